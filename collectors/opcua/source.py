"""One device behind an OPC UA server: its variables, read together."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from collectors.conversion import Conversion
from collectors.opcua.decode import Decoded, decode_value
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
        self._is_state = [p.kind == "state" for p in profile.points]
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
        decoded = [
            decode_value(node, conversion, received_us=reply.received_us, is_state=is_state)
            for node, conversion, is_state in zip(
                reply.values, self._conversions, self._is_state, strict=True
            )
        ]
        return measured_poll(
            point_id=self._point_id,
            ts_us=np.array([d.ts_us for d in decoded], np.int64),
            received_us=np.full(len(decoded), reply.received_us, np.int64),
            value=np.array([d.value for d in decoded], np.float64),
            quality=np.array([d.quality for d in decoded], np.int16),
            error=self._error(reply, decoded),
        )

    def _error(self, reply: NodeReply, decoded: Sequence[Decoded]) -> str | None:
        """Name the failing nodes, one example per status code."""
        failed = [i for i, d in enumerate(decoded) if d.quality is Quality.BAD]
        counts = Counter(reply.values[i].status for i in failed)
        examples = {reply.values[i].status: self._identifiers[i] for i in reversed(failed)}
        parts = [f"{n} x status 0x{s:08X} ({examples[s]})" for s, n in counts.items()]
        return "; ".join(parts) or None
