"""Keeps one cause from filling the log of a process."""

import logging
from time import monotonic
from typing import Final

_MOST: Final = 5
_PER_S: Final = 60.0


class Throttle(logging.Filter):
    """Lets through a few lines a minute of each place of the code that logs.

    The first line of the next minute says how many were left out. Places are bounded, unlike
    messages, which carry addresses and numbers.
    """

    def __init__(self, most: int = _MOST, per_s: float = _PER_S) -> None:
        super().__init__()
        self._most, self._per_s = most, per_s
        self._seen: dict[tuple[str, str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is written."""
        left_out = self.count((record.name, record.pathname, record.lineno))
        if left_out is None:
            return False
        if left_out:
            record.left_out = left_out
            record.msg = f"{record.msg} ({left_out} more were left out)"
        return True

    def count(self, place: tuple[str, str, int]) -> int | None:
        """None when a line of a place is left out, else how many were before it."""
        now_s = monotonic()
        began_s, count = self._seen.get(place, (now_s, 0))
        left_out = 0
        if now_s - began_s >= self._per_s:
            began_s, count, left_out = now_s, 0, max(0, count - self._most)
        self._seen[place] = (began_s, count + 1)
        return None if count >= self._most else left_out
