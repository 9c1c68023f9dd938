"""How long to leave a failing device alone: exponential, capped, with full jitter."""

from dataclasses import dataclass

SHORTEST_CAP_S = 5.0
LONGEST_CAP_S = 30.0
# A retry at once would turn a bug or a refused connection into a busy loop.
SHORTEST_DELAY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Delays drawn uniformly below a ceiling that doubles with each failure up to ``cap_s``.

    The jitter is full so that devices lost together do not come back together.
    """

    base_s: float
    cap_s: float

    @classmethod
    def for_poll(cls, poll_s: float) -> "Backoff":
        """The house's choice: a device that is back is noticed within its cap.

        Two poll intervals, yet at least 5 s (one lost device must not eat its link) and at
        most 30 s (an hourly meter must not stay lost for two hours).
        """
        cap_s = min(max(2.0 * poll_s, SHORTEST_CAP_S), LONGEST_CAP_S)
        return cls(base_s=min(poll_s, cap_s), cap_s=cap_s)

    def ceiling_s(self, failures: int) -> float:
        """Longest delay after ``failures`` failures in a row."""
        # 2**60 is far above any cap; without the bound a long outage would overflow.
        return min(self.cap_s, self.base_s * 2.0 ** min(max(failures - 1, 0), 60))

    def delay_s(self, failures: int, draw: float) -> float:
        """Delay before the next attempt; ``draw`` is uniform in [0, 1)."""
        return max(SHORTEST_DELAY_S, draw * self.ceiling_s(failures))
