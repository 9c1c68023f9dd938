"""An evaluation and its board in one process: what the database stands between otherwise."""

from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot


class BoardOutlet:
    """Implements :class:`service.evaluation.ports.SnapshotOutlet`."""

    def __init__(self, board: SnapshotBoard) -> None:
        self._board = board

    async def publish(self, snapshot: LiveSnapshot) -> None:
        self._board.publish(snapshot)
