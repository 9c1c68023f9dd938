"""What the exception codes of a Modbus reply mean (MODBUS Application Protocol V1.1b3, 7). Pure."""

from typing import Final

from models.trouble.trouble import Trouble

# illegal function, illegal data address, illegal data value: asking again changes nothing
FINAL_CODES: Final = (1, 2, 3)
SPLITTING_CODES: Final = (2, 3)
# acknowledged and working on it, busy: the same question a little later may be answered
BUSY_CODES: Final = (5, 6)
# The gateway answers in the place of a silent unit: path unavailable, target did not respond.
GATEWAY_CODES: Final = (0x0A, 0x0B)
_DEVICE_FAULT_CODES: Final = (4, 8)


def refusal_trouble(code: int) -> Trouble:
    """What to check after an exception.

    Examples
    --------
    >>> refusal_trouble(2), refusal_trouble(6)
    (<Trouble.REFUSED: 'refused'>, <Trouble.BUSY: 'busy'>)
    """
    if code in BUSY_CODES:
        return Trouble.BUSY
    return Trouble.DEVICE_FAULT if code in _DEVICE_FAULT_CODES else Trouble.REFUSED
