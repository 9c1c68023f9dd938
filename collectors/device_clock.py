"""Whether the clock of a device may be believed, and how to say that it may not. Pure."""

from typing import Final

from models.trouble.trouble import Cause, Trouble

# A time ahead of ours cannot be that of a value: what is left is the scatter of clocks in order.
AHEAD_AT_MOST_S: Final = 10.0
# Servers write their own time down now and then, so that it may be a little old.
BEHIND_AT_MOST_S: Final = 60.0


def is_off(offset_s: float) -> bool:
    """Whether a clock that is so far ahead of ours (negative: behind) is not to be believed."""
    return not -BEHIND_AT_MOST_S <= offset_s <= AHEAD_AT_MOST_S


def off_by(offset_s: float) -> str:
    """How far a clock is off, in words.

    Examples
    --------
    >>> off_by(-7200.4), off_by(30.0)
    ('7200 s behind', '30 s ahead')
    """
    return f"{abs(offset_s):.0f} s {'ahead' if offset_s > 0 else 'behind'}"


def doubt_of_clock(offset_s: float) -> Cause:
    """Why values of a device with such a clock are uncertain.

    Which of the two clocks is wrong cannot be told from here.
    """
    detail = f"the clock of the device is {off_by(offset_s)} of ours: its values are uncertain"
    return Cause(Trouble.DEVICE_CLOCK, detail)


def doubt_of_source(ahead_s: float) -> Cause:
    """Why a value from the future is uncertain though the server's own clock is in order."""
    detail = f"changed {off_by(ahead_s)} of us, as the device behind the server says: uncertain"
    return Cause(Trouble.DEVICE_CLOCK, detail)
