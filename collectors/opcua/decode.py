"""OPC UA values to readings: status code to quality, source time to reading time. Pure."""

import math
from dataclasses import dataclass
from typing import Final

from collectors.conversion import Conversion
from collectors.opcua.nodes import NodeValue
from models.readings import Quality

# Further from our clock than this, a source time says more of the clock than of the value.
MAX_SKEW_US: Final = 60_000_000
_SEVERITY_SHIFT: Final = 30
_GOOD: Final = 0
_UNCERTAIN: Final = 1
# sub-codes are in the upper half of a status code
_CODE_MASK: Final = 0xFFFF0000
# BadNoData, BadWaitingForInitialData, BadDataUnavailable: well, and without a value
_NO_VALUE_CODES: Final = frozenset({0x809B0000, 0x80320000, 0x809E0000})
NODE_UNKNOWN_CODES: Final = frozenset({0x80330000, 0x80340000})


@dataclass(frozen=True, slots=True)
class Decoded:
    """One reading without its point."""

    value: float
    quality: Quality
    ts_us: int


def decode_value(
    node: NodeValue, conversion: Conversion, *, received_us: int, is_state: bool
) -> Decoded:
    """Reading of one variable.

    A source time far from our own clock is replaced by the time of receipt and the value
    marked uncertain, so that a lying clock is seen. A state may rightly be old: servers keep
    the time of its last change.
    """
    value, quality = _value(node, conversion)
    if node.source_us is None:
        return Decoded(value, quality, received_us)
    skew_us = node.source_us - received_us
    if abs(skew_us) <= MAX_SKEW_US:
        return Decoded(value, quality, node.source_us)
    is_old_state = is_state and skew_us < 0
    if quality is Quality.GOOD and not is_old_state:
        quality = Quality.UNCERTAIN
    return Decoded(value, quality, received_us)


def is_node_unknown(status: int) -> bool:
    """Whether the server does not have the node (any more)."""
    return status & _CODE_MASK in NODE_UNKNOWN_CODES


def _value(node: NodeValue, conversion: Conversion) -> tuple[float, Quality]:
    severity = (node.status & 0xFFFFFFFF) >> _SEVERITY_SHIFT
    if severity not in (_GOOD, _UNCERTAIN):
        absent = node.status & _CODE_MASK in _NO_VALUE_CODES
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
