"""A warning that strangers can provoke at will: told once a minute."""

from collections.abc import Callable
from typing import Final

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_APART_S: Final = 60.0


class RareWarning:
    """Tells an event with its reason, and leaves out what follows too soon."""

    def __init__(self, event: str, clock: Callable[[], float]) -> None:
        self._event = event
        self._clock = clock
        self._told_at: float | None = None
        self._untold = 0

    def tell(self, reason: str) -> None:
        """Say it, or count it."""
        now = self._clock()
        if self._told_at is not None and now - self._told_at < _APART_S:
            self._untold += 1
            return
        log.warning(self._event, reason=reason, left_out_before=self._untold)
        self._told_at, self._untold = now, 0
