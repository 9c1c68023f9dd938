"""OPC UA values to readings: status code to quality, times to the time of the reading. Pure.

A source time is that of the last change (OPC 10000-4, 7.7): an unchanged value that was just
read is fresh, however old its source time. A reading therefore has the time of the read.
"""

import math
from dataclasses import dataclass
from typing import Final

from collectors.conversion import Conversion
from collectors.device_clock import is_off
from collectors.opcua.nodes import NodeValue
from models.readings import Quality

_SEVERITY_SHIFT: Final = 30
_GOOD: Final = 0
_UNCERTAIN: Final = 1
# sub-codes are in the upper half of a status code
CODE_MASK: Final = 0xFFFF0000
# BadNoData, BadWaitingForInitialData, BadDataUnavailable: well, and without a value
_NO_VALUE_CODES: Final = frozenset({0x809B0000, 0x80320000, 0x809E0000})
NODE_UNKNOWN_CODES: Final = frozenset({0x80330000, 0x80340000})


@dataclass(frozen=True, slots=True)
class Decoded:
    """One reading without its point."""

    value: float
    quality: Quality
    ts_us: int


def decode_value(node: NodeValue, conversion: Conversion, *, is_clock_off: bool) -> Decoded:
    """Reading of one variable; uncertain when the clock behind it is not to be believed."""
    value, quality = _value(node, conversion)
    if quality is Quality.GOOD and (is_clock_off or is_off(ahead_us(node) / 1e6)):
        quality = Quality.UNCERTAIN
    return Decoded(value, quality, _time_us(node))


def ahead_us(node: NodeValue) -> int:
    """How far the times of a value are ahead of our clock; zero when they are in the past.

    The past says nothing of a clock: the value may have stood still since.
    """
    times = [t for t in (node.source_us, node.server_us) if t is not None]
    return max(0, *(t - node.request.received_us for t in times)) if times else 0


def _time_us(node: NodeValue) -> int:
    """The server's time where it falls into the request, else the middle of the request.

    Either way the time is within the request, so that readings keep their order when the
    server's clock is moved.
    """
    told = node.server_us
    if told is not None and node.request.offset_us(told) == 0:
        return told
    return node.request.middle_us


def is_node_unknown(status: int) -> bool:
    """Whether the server does not have the node (any more)."""
    return status & CODE_MASK in NODE_UNKNOWN_CODES


def is_not_good(status: int) -> bool:
    """Whether a status says that the value is uncertain or bad."""
    return _severity(status) != _GOOD


def is_bad(status: int) -> bool:
    """Whether a status says that there is no usable value."""
    return _severity(status) not in (_GOOD, _UNCERTAIN)


def _severity(status: int) -> int:
    return (status & 0xFFFFFFFF) >> _SEVERITY_SHIFT


def _value(node: NodeValue, conversion: Conversion) -> tuple[float, Quality]:
    severity = _severity(node.status)
    if is_bad(node.status):
        absent = node.status & CODE_MASK in _NO_VALUE_CODES
        return math.nan, Quality.NOT_AVAILABLE if absent else Quality.BAD
    if node.value is None:
        return math.nan, Quality.NOT_AVAILABLE
    if not isinstance(node.value, int | float):
        # a text or an array where the profile says a number
        return math.nan, Quality.BAD
    return _number(node.value, severity, conversion)


def _number(raw: float, severity: int, conversion: Conversion) -> tuple[float, Quality]:
    if not math.isfinite(raw):
        return math.nan, Quality.NOT_AVAILABLE
    value = raw * conversion.factor + conversion.offset
    if not (conversion.lower <= value <= conversion.upper and math.isfinite(value)):
        return math.nan, Quality.OUT_OF_RANGE
    return value, Quality.GOOD if severity == _GOOD else Quality.UNCERTAIN
