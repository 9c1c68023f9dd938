"""What a register link takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collectors.profiles.schema import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Neighbouring registers read by one request, and the points (by index) inside."""

    space: Space
    address: int
    count: int
    points: tuple[int, ...]

    def __str__(self) -> str:
        """Name the registers as an operator would look them up."""
        return f"{self.space} {self.address}..{self.address + self.count - 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Registers as they came, with the wall-clock times of asking and of receipt."""

    registers: Sequence[int]
    sent_us: int
    received_us: int

    @property
    def middle_us(self) -> int:
        """Best guess of when the device looked at its registers."""
        return (self.sent_us + self.received_us) // 2


class RegisterLink(Protocol):
    """A connection shared by units; one request at a time, those first that answer."""

    async def read(
        self, unit: int, block: Block, *, is_retest: bool = False, asker: str = ""
    ) -> Reply:
        """Read one block or raise a `CollectorError`, within the link's timeout.

        With ``is_retest`` no answer is what was to be expected, of this block alone. ``asker``
        tells apart the devices that are one unit.
        """
        ...

    def expect(self, unit: int, in_s: float, *, asker: str = "") -> None:
        """Say when the unit, which has just answered, will be asked again by this device."""
        ...
