"""One device behind an OPC UA server: its variables, read together."""

import time
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from collectors.conversion import Conversion
from collectors.device_clock import doubt_of_clock, doubt_of_source, is_off
from collectors.errors import CollectorError
from collectors.opcua.causes import kind_cause
from collectors.opcua.decode import Decoded, ahead_us, decode_value
from collectors.opcua.kept import KeptValues
from collectors.opcua.nodes import NodeLink, NodeReply
from collectors.polling import Poll, measured_poll
from collectors.profiles.node_ids import NodeName, node_name
from collectors.profiles.schema import OpcUaProfile
from collectors.raw import RawPoint
from models.readings import Quality
from models.trouble.trouble import Cause


class OpcUaSource:
    """Polls the variables of one object, as its profile says."""

    def __init__(
        self,
        *,
        device: str,
        object_name: str,
        profile: OpcUaProfile,
        link: NodeLink,
        point_ids: Sequence[int],
        periods_s: Sequence[float] = (),
    ) -> None:
        """``point_ids`` and their rates are in the order of the profile's points."""
        self._device = device
        self._link = link
        self._names = [
            node_name(p.node, profile.namespace_uri, object_name) for p in profile.points
        ]
        self._conversions = [
            Conversion.of(p.quantity, p.unit, scale=p.scale, offset=p.offset)
            for p in profile.points
        ]
        self._point_id = np.array(point_ids, np.int32)
        self._periods_s = tuple(periods_s)
        self._kept = KeptValues(device, [p.name for p in profile.points], self._names)

    @property
    def device(self) -> str:
        """Id of the device."""
        return self._device

    async def poll(
        self,
        *,
        probe: bool,  # noqa: ARG002 - one read is a probe already
        due_s: Collection[float] | None = None,
    ) -> Poll:
        """Read the variables that are due; a missing node costs its own point only."""
        asked = self._asked(due_s)
        names = [self._names[index] for index in asked]
        try:
            reply = await self._link.read(names)
        except CollectorError as error:
            self._kept.note_failed(asked, time.time_ns() // 1_000, error.cause.detail)
            raise
        self._kept.keep(asked, reply.values)
        is_clock_off = is_off((reply.clock_offset_us or 0) / 1e6)
        decoded = [
            decode_value(node, self._conversions[index], is_clock_off=is_clock_off)
            for node, index in zip(reply.values, asked, strict=True)
        ]
        return measured_poll(
            point_id=self._point_id[asked],
            ts_us=np.array([d.ts_us for d in decoded], np.int64),
            received_us=np.array([n.request.received_us for n in reply.values], np.int64),
            value=np.array([d.value for d in decoded], np.float64),
            quality=np.array([d.quality for d in decoded], np.int16),
            error=_error(names, reply, decoded),
            clock_offset_s=_clock_offset_s(reply),
            doubt=_doubt(names, reply, decoded),
        )

    def raw(self) -> Sequence[RawPoint]:
        """The last value of each variable."""
        return self._kept.raw()

    def _asked(self, due_s: Collection[float] | None) -> list[int]:
        if due_s is None:
            return list(range(len(self._names)))
        return [index for index, period_s in enumerate(self._periods_s) if period_s in due_s]


def _error(names: Sequence[NodeName], reply: NodeReply, decoded: Sequence[Decoded]) -> Cause | None:
    """Why nodes give no value."""
    failed = [i for i, d in enumerate(decoded) if d.quality is Quality.BAD]
    return _told(
        names, ((reply.values[i].cause or kind_cause(reply.values[i].value), i) for i in failed)
    )


def _doubt(names: Sequence[NodeName], reply: NodeReply, decoded: Sequence[Decoded]) -> Cause | None:
    """Why values are uncertain: a clock, or what the server says of them."""
    server_s = (reply.clock_offset_us or 0) / 1e6
    if is_off(server_s):
        return doubt_of_clock(server_s)
    doubtful = [i for i, d in enumerate(decoded) if d.quality is Quality.UNCERTAIN]
    ahead_s = max((ahead_us(reply.values[i]) for i in doubtful), default=0) / 1e6
    # One sentence for all values from the future, however many seconds each is ahead.
    return _told(names, ((reply.values[i].cause or doubt_of_source(ahead_s), i) for i in doubtful))


def _told(names: Sequence[NodeName], causes: Iterable[tuple[Cause, int]]) -> Cause | None:
    """Each cause once, with how many nodes it concerns and one of them; the first is named."""
    nodes: dict[Cause, list[int]] = {}
    for cause, index in causes:
        nodes.setdefault(cause, []).append(index)
    parts = [
        f"{names[found[0]].written}: {cause.detail}"
        + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
        for cause, found in nodes.items()
    ]
    return Cause(next(iter(nodes)).trouble, "; ".join(parts)) if nodes else None


def _clock_offset_s(reply: NodeReply) -> float | None:
    """How far the clock of the device is ahead of ours: the server's, or one behind the server.

    A value from the future tells of a clock that the server only passes on.
    """
    ahead = max((ahead_us(node) for node in reply.values), default=0)
    if reply.clock_offset_us is None and not ahead:
        return None
    return max(reply.clock_offset_us or 0, ahead, key=abs) / 1e6
