"""How often one device may write to the log: at once, and now and then when it never rests."""

import time
from collections.abc import Callable
from typing import Final

BURST_LINES: Final = 10
LINE_EVERY_S: Final = 60.0


class LogPace:
    """Some lines at once, and one more for each minute that passes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is written yet."""
        self._clock = clock
        self._left = float(BURST_LINES)
        self._seen_s = clock()

    def allows(self) -> bool:
        """Whether a line may be written now; it is counted if so."""
        now_s = self._clock()
        self._left = min(self._left + (now_s - self._seen_s) / LINE_EVERY_S, BURST_LINES)
        self._seen_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
