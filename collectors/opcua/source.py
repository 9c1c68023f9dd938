"""One device behind an OPC UA server: its variables, read together."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from collectors.conversion import Conversion
from collectors.device_clock import doubt_of_clock, is_off
from collectors.opcua.decode import Decoded, ahead_us, decode_value
from collectors.opcua.nodes import NodeLink, NodeReply
from collectors.polling import Poll, measured_poll
from collectors.profiles.schema import OpcUaProfile
from models.readings import Quality


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
    ) -> None:
        """``point_ids`` are in the order of the profile's points."""
        self._device = device
        self._link = link
        self._namespace_uri = profile.namespace_uri
        self._identifiers = [p.node.replace("{object}", object_name) for p in profile.points]
        self._conversions = [
            Conversion.of(p.quantity, p.unit, scale=p.scale, offset=p.offset)
            for p in profile.points
        ]
        self._point_id = np.array(point_ids, np.int32)

    @property
    def device(self) -> str:
        """Id of the device."""
        return self._device

    async def poll(self, *, probe: bool) -> Poll:  # noqa: ARG002 - one read is a probe already
        """Read all variables; a missing node costs its own point only."""
        reply = await self._link.read(self._namespace_uri, self._identifiers)
        is_clock_off = is_off((reply.clock_offset_us or 0) / 1e6)
        decoded = [
            decode_value(node, conversion, is_clock_off=is_clock_off)
            for node, conversion in zip(reply.values, self._conversions, strict=True)
        ]
        offset_s = _clock_offset_s(reply)
        return measured_poll(
            point_id=self._point_id,
            ts_us=np.array([d.ts_us for d in decoded], np.int64),
            received_us=np.array([n.request.received_us for n in reply.values], np.int64),
            value=np.array([d.value for d in decoded], np.float64),
            quality=np.array([d.quality for d in decoded], np.int16),
            error=self._error(reply, decoded),
            clock_offset_s=offset_s,
            doubt=None if offset_s is None else doubt_of_clock(offset_s),
        )

    def _error(self, reply: NodeReply, decoded: Sequence[Decoded]) -> str | None:
        """Name the failing nodes, one example per status code."""
        failed = [i for i, d in enumerate(decoded) if d.quality is Quality.BAD]
        counts = Counter(reply.values[i].status for i in failed)
        examples = {reply.values[i].status: self._identifiers[i] for i in reversed(failed)}
        parts = [f"{n} x status 0x{s:08X} ({examples[s]})" for s, n in counts.items()]
        return "; ".join(parts) or None


def _clock_offset_s(reply: NodeReply) -> float | None:
    """How far the clock of the device is ahead of ours: the server's, or one behind the server.

    A value from the future tells of a clock that the server only passes on.
    """
    ahead = max((ahead_us(node) for node in reply.values), default=0)
    if reply.clock_offset_us is None and not ahead:
        return None
    return max(reply.clock_offset_us or 0, ahead, key=abs) / 1e6
