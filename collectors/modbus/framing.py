"""Telling a damaged frame from an incomplete one. Pure.

Without this a frame of nonsense is only noticed when the time for the answer has run out, and
the echo of a request may be taken for its reply.
"""

from typing import Final

from models.trouble.trouble import Cause, Trouble

_HEADER: Final = 6
_PROTOCOL_END: Final = 4
_READ_CODES: Final = (3, 4)
_EXCEPTION_FLAG: Final = 0x80
# unit id, function code and one byte; unit id plus the longest PDU of the standard
_SHORTEST: Final = 3
_LONGEST: Final = 254
_UNIT: Final = 6
# unit id, function code, one byte and the check sum
_SHORTEST_RTU: Final = 5
_CHECK_SUM: Final = 2


def mbap_fault(data: bytes) -> str | None:
    """What makes ``data`` impossible as the start of a reply to a read, if anything.

    An incomplete frame is no fault yet.

    Examples
    --------
    >>> mbap_fault(bytes([0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7])) is None
    True
    >>> mbap_fault(b"HTTP/1.1")
    'protocol id 0x5450 instead of 0'
    """
    protocol = int.from_bytes(data[2:4], "big")
    if len(data) >= _PROTOCOL_END and protocol:
        return f"protocol id 0x{protocol:04x} instead of 0"
    if len(data) < _HEADER:
        return None
    length = int.from_bytes(data[4:6], "big")
    if not _SHORTEST <= length <= _LONGEST:
        return f"length field {length}"
    if len(data) < _HEADER + length:
        return None
    return _pdu_fault(data[_HEADER + 1 : _HEADER + length])


def foreign_unit(data: bytes, *, sent: bytes) -> int | None:
    """The unit id of a whole reply to ``sent`` that bears another one than was asked, if any.

    Examples
    --------
    >>> asked = bytes([0, 7, 0, 0, 0, 6, 3, 4, 0, 0, 0, 1])
    >>> foreign_unit(bytes([0, 7, 0, 0, 0, 5, 1, 4, 2, 0, 9]), sent=asked)
    1
    """
    start = _reply_start(data, sent)
    if start is None or data[start + _UNIT] == sent[_UNIT]:
        return None
    return data[start + _UNIT]


def readdressed(data: bytes, *, sent: bytes) -> bytes:
    """``data`` with the unit id that was asked in the reply to ``sent``."""
    start = _reply_start(data, sent)
    if start is None:
        return data
    place = start + _UNIT
    return data[:place] + sent[_UNIT : _UNIT + 1] + data[place + 1 :]


def _reply_start(data: bytes, sent: bytes) -> int | None:
    """Where a whole frame with the transaction id of ``sent`` begins."""
    start = 0
    while start + _HEADER <= len(data):
        end = start + _HEADER + int.from_bytes(data[start + 4 : start + 6], "big")
        if end > len(data):
            return None
        if data[start : start + 2] == sent[:2]:
            return start
        start = end
    return None


def rtu_unit(data: bytes) -> int | None:
    """The unit id of ``data`` if that is one whole RTU frame with a good check sum.

    Examples
    --------
    >>> rtu_unit(bytes([1, 3, 2, 0, 7, 0xF9, 0x86]))
    1
    """
    if len(data) < _SHORTEST_RTU or _crc16(data[:-_CHECK_SUM]) != data[-_CHECK_SUM:]:
        return None
    return data[0]


def _crc16(data: bytes) -> bytes:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def rtu_fault(data: bytes, *, sent: bytes, count: int) -> Cause | None:
    """What makes ``data`` impossible as the reply of ``count`` registers to ``sent``, if anything.

    The echo of a request for registers 0x300 to 0x3ff is a reply with a good check sum.

    Examples
    --------
    >>> asked = bytes([1, 3, 3, 0, 0, 1, 0x84, 0x4E])
    >>> rtu_fault(asked, sent=asked, count=1)
    Cause(trouble=<Trouble.ECHO: 'echo'>, detail='the request itself came back')
    >>> rtu_fault(bytes([1, 3, 2, 0, 7, 0xF9, 0x86]), sent=asked, count=1) is None
    True
    """
    if data.startswith(sent):
        return Cause(Trouble.ECHO, "the request itself came back")
    if len(data) >= _SHORTEST_RTU + 2 * count + _SHORTEST_RTU:
        return Cause(Trouble.GARBLED, f"{len(data)} bytes, which is more than one reply")
    return None


def may_be_echo(data: bytes, *, sent: bytes) -> bool:
    """Whether ``data`` is so far what was sent, and too short to say."""
    return len(data) < len(sent) and sent.startswith(data)


def _pdu_fault(pdu: bytes) -> str | None:
    code = pdu[0]
    if code & ~_EXCEPTION_FLAG not in _READ_CODES:
        return f"function code {code}"
    if code in _READ_CODES and (pdu[1] != len(pdu) - 2 or pdu[1] % 2):
        return f"byte count {pdu[1]} before {len(pdu) - 2} bytes"
    return None
