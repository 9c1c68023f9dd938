"""When a device was asked, by our own clock. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTime:
    """Wall-clock times of sending and of receipt: the device looked at its values in between."""

    sent_us: int
    received_us: int

    @property
    def middle_us(self) -> int:
        """Best guess of when the device looked."""
        return (self.sent_us + self.received_us) // 2

    def offset_us(self, shown_us: int) -> int:
        """How far a clock that showed this during the request is ahead of ours, at least.

        Examples
        --------
        >>> asked = RequestTime(sent_us=1_000, received_us=1_400)
        >>> [asked.offset_us(shown) for shown in (900, 1_200, 1_500)]
        [-100, 0, 100]
        """
        return shown_us - min(max(shown_us, self.sent_us), self.received_us)
