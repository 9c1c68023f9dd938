"""What each mode has of its own though all run at once: the collector's clock, and its log."""

import logging
import time
from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from tests.collectors.wire_faults.held import TRUE_TIME_NS


@dataclass(slots=True)
class Own:
    """Tasks inherit it from the one that began the mode."""

    mode: str = ""
    clock_ahead_ns: int = 0


OWN: Final[ContextVar[Own]] = ContextVar("own")
_NOBODYS: Final = Own()


def _time_ns() -> int:
    return TRUE_TIME_NS() + OWN.get(_NOBODYS).clock_ahead_ns


class Lines(logging.Handler):
    """Counts the lines of each mode, those of the libraries too."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.of: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        self.of[OWN.get(_NOBODYS).mode] += 1

    def count(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        self.of[OWN.get(_NOBODYS).mode] += 1
        return event


@contextmanager
def own_surroundings() -> Iterator[Lines]:
    """Let each mode have them, from now on."""
    lines = Lines()
    with pytest.MonkeyPatch.context() as patch, capture_logs(processors=[lines.count]):
        patch.setattr(time, "time_ns", _time_ns)
        logging.getLogger().addHandler(lines)
        try:
            yield lines
        finally:
            logging.getLogger().removeHandler(lines)
