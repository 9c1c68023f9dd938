"""When an RTU line may be asked again.

RTU frames carry no transaction id: a reply that comes late fits the next question as well as
its own. Hanging up does not help, for a serial server passes what the bus says to whoever is
connected. So after anything that may leave a reply under way, the line is listened to until
it was quiet for a whole timeout. What comes later still, or one question behind for good, is
known by its length: the first question after that is for fewer registers than the next one.
"""

import asyncio
import time
from dataclasses import replace
from typing import Final

from collectors.errors import CorruptReply
from collectors.modbus.wire import Block

# A bus that talks for so many timeouts without being asked has another master.
_LONGEST_WAIT_TIMEOUTS: Final = 4.0


class QuietLine:
    """Whether a reply to an earlier question may still be on its way."""

    def __init__(self, timeout_s: float) -> None:
        """Doubtful from the start: somebody may have asked just before us."""
        self._timeout_s = timeout_s
        self._heard_at_s = time.monotonic()
        self._is_doubtful = True

    @property
    def is_doubtful(self) -> bool:
        """Whether the line has to be quiet first."""
        return self._is_doubtful

    def doubt(self) -> None:
        """A reply may be under way, or bytes came that nobody asked for: listen from now on."""
        self._is_doubtful = True
        self._heard_at_s = time.monotonic()

    async def wait(self) -> None:
        """Return when nothing was heard for a timeout; `CorruptReply` if that does not happen."""
        end_s = time.monotonic() + _LONGEST_WAIT_TIMEOUTS * self._timeout_s
        while (left_s := self._heard_at_s + self._timeout_s - time.monotonic()) > 0.0:
            if time.monotonic() + left_s > end_s:
                msg = (
                    "the line talks without being asked, so no reply can be told from another: "
                    "is there a second master on the bus?"
                )
                raise CorruptReply(msg)
            await asyncio.sleep(left_s)
        self._is_doubtful = False


def proof_of(block: Block, number: int) -> Block:
    """A smaller part of a block, whose reply cannot be taken for that of the whole.

    Of two lengths in turn where there is room, so that neither are two proofs confused.
    A single register has no smaller part.
    """
    if block.count <= 2:
        return replace(block, count=1)
    longer = 4 if block.count > 4 and number % 2 else 2
    return replace(block, count=longer)
