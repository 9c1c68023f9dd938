"""What was made of the newest snapshot of a site: made once for all who are shown the same."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot

Made = TypeVar("Made")

# A few answers of a large site; whoever asks for more variety has each made anew.
_MOST_BYTES = 1 << 24


class RememberedOfNewest(Generic[Made]):
    """Forgets everything with the next snapshot, and before that what was not asked for longest."""

    def __init__(self, board: SnapshotBoard, most_bytes: int = _MOST_BYTES) -> None:
        self._board, self._most_bytes = board, most_bytes
        self._of: LiveSnapshot | None = None
        self._made: OrderedDict[Hashable, tuple[Made, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Made | None:
        """What was made, if it was made of the newest snapshot."""
        self._forget_older()
        if key not in self._made:
            return None
        self._made.move_to_end(key)
        return self._made[key][0]

    def put(self, key: Hashable, made: Made, size: int) -> None:
        """Remember what was made just now, without waiting since; ``size`` in bytes."""
        self._forget_older()
        if self._of is None or key in self._made or size > self._most_bytes:
            return
        self._made[key] = (made, size)
        self._bytes += size
        while self._bytes > self._most_bytes:
            _, (_, gone) = self._made.popitem(last=False)
            self._bytes -= gone

    def _forget_older(self) -> None:
        if self._of is not self._board.current:
            self._of, self._bytes = self._board.current, 0
            self._made.clear()
