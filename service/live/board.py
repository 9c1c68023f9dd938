"""Where the newest snapshot hangs: one writer, any number of readers."""

import asyncio
from time import monotonic

from service.live.snapshot import LiveSnapshot


class SnapshotBoard:
    """Holds the newest snapshot and wakes those who wait for one."""

    def __init__(self) -> None:
        self._current: LiveSnapshot | None = None
        self._sequence = 0
        # The part that a next snapshot waits for, and why; for those who ask what is wrong.
        self.waiting_for: tuple[str, str] | None = None
        self._published = asyncio.Event()
        self._published_at_s = monotonic()

    @property
    def age_s(self) -> float:
        """How long nothing newer came, whatever became of the wall clock."""
        return monotonic() - self._published_at_s

    @property
    def current(self) -> LiveSnapshot | None:
        """The newest snapshot; None before the first."""
        return self._current

    @property
    def sequence(self) -> int:
        """How many were published: which is newer is told by no clock."""
        return self._sequence

    def publish(self, snapshot: LiveSnapshot) -> None:
        """Replace the snapshot and wake everyone who waits."""
        self._current = snapshot
        self._sequence += 1
        self._published_at_s = monotonic()
        waiting, self._published = self._published, asyncio.Event()
        waiting.set()

    async def wait_newer(self, than: int, timeout_s: float) -> LiveSnapshot | None:
        """The first snapshot published after that of a sequence, or None when none came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while self._sequence <= than:
                    await self._published.wait()
        except TimeoutError:
            return None
        return self._current
