"""The values that the polls of one object brought last, as the server gave them."""

import math
from collections.abc import Sequence

from collectors.opcua.decode import is_bad
from collectors.opcua.nodes import NodeValue
from collectors.profiles.node_ids import NodeName, expanded
from collectors.raw import RawPoint, RawValue, RawVariable

# A text that stands where the profile says a number.
_LONGEST_TEXT = 200


class KeptValues:
    """The last value of each variable of a device, and of which the last try failed."""

    def __init__(self, device: str, points: Sequence[str], names: Sequence[NodeName]) -> None:
        """Nothing was read yet; ``points`` and ``names`` are in the order of the profile."""
        self._keys = [f"{device}.{point}" for point in points]
        self._nodes = [expanded(name) for name in names]
        self._read: dict[int, NodeValue] = {}
        self._failed: dict[int, tuple[int, str]] = {}

    def keep(self, rows: Sequence[int], values: Sequence[NodeValue]) -> None:
        """What one poll brought; a bad status is a failed read."""
        for row, value in zip(rows, values, strict=True):
            if is_bad(value.status):
                why = "bad status" if value.cause is None else value.cause.detail
                self._failed[row] = (value.request.received_us, why)
            else:
                self._read[row] = value
                if self._failed:
                    self._failed.pop(row, None)

    def note_failed(self, rows: Sequence[int], at_us: int, why: str) -> None:
        """Some variables were asked for and did not come."""
        self._failed.update(dict.fromkeys(rows, (at_us, why)))

    def raw(self) -> list[RawPoint]:
        """The points that were ever asked for."""
        rows = sorted(self._read.keys() | self._failed.keys())
        return [self._point(row) for row in rows]

    def _point(self, row: int) -> RawPoint:
        failed_us, failure = self._failed.get(row, (None, None))
        value = self._read.get(row)
        return RawPoint(
            key=self._keys[row],
            read_us=None if value is None else value.request.middle_us,
            raw=None if value is None else _variable(self._nodes[row], value),
            failed_us=failed_us,
            failure=failure,
        )


def _variable(node: str, value: NodeValue) -> RawVariable:
    return RawVariable(
        node=node,
        data_type=value.data_type,
        value=_told(value.value),
        status=value.status,
        source_us=value.source_us,
        server_us=value.server_us,
    )


def _told(value: object) -> RawValue:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)[:_LONGEST_TEXT]
