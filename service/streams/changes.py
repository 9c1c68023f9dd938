"""What changed of late: bounded, and shared by all readers."""

from collections import deque
from typing import Final

# Two minutes of figures. A reader that was away for longer is soonest served with the whole.
_KEPT: Final = 64
_KEPT_BYTES: Final = 2 * 2**20


class Changes:
    """Events by the sequence at which each became true."""

    def __init__(self, sequence: int) -> None:
        """Nothing is known of what was before ``sequence``."""
        self._floor = self._newest = sequence
        self._events: deque[tuple[int, bytes]] = deque()
        self._bytes = 0

    def add(self, sequence: int, event: bytes | None) -> None:
        """Remember what a sequence brought, which may be nothing; forget the oldest."""
        self._newest = sequence
        if event is None:
            return
        self._events.append((sequence, event))
        self._bytes += len(event)
        while len(self._events) > _KEPT or self._bytes > _KEPT_BYTES:
            self._floor, oldest = self._events.popleft()
            self._bytes -= len(oldest)

    def since(self, sequence: int) -> list[tuple[int, bytes]] | None:
        """What became true after a sequence, and at which; None where only the whole helps."""
        if not self._floor <= sequence <= self._newest:
            return None
        return [one for one in self._events if one[0] > sequence]
