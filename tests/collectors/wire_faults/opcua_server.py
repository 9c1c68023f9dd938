"""A plant behind two real OPC UA servers that number its namespaces differently.

Every mode has an object of its own in it and a relay of its own before it, so that what befalls
one is not felt by the others.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from asyncua import ua
from asyncua.common.utils import ServiceError

from collectors.profiles.schema import OpcUaProfile
from models.quantities import Quantity
from tests.collectors.builders import NAMESPACE, opcua_profile
from tests.collectors.opcua_peer import CLOCK, OpcUaPeer, free_port, serving, ua_time
from tests.collectors.relay import RelayFault
from tests.collectors.wire_faults.held import Held

NODES: Final = ("a", "b", "c")
_SPOILT_NODES: Final = 2
_FOREIGN_NAMESPACE: Final = 2
# The values of nodes that have the same ids in another namespace.
_STRANGER: Final = 200


@dataclass(frozen=True, slots=True)
class Given:
    """What a variable would say now, and when it is asked."""

    value: float
    now: datetime


ValueScript: TypeAlias = Callable[[Given], ua.DataValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpcUaFault:
    """How a server misbehaves: in its values, in its clock, in the service, on the wire.

    ``value`` is what the first two variables of the object say. ``clock`` is what the server
    shows as its time. A read is refused with ``service_fault``, each ``refuses_every`` of them;
    ``wait_s`` is how long it hangs; ``leaves_out`` how many values are missing at the end.
    """

    value: ValueScript | None = None
    clock: Callable[[datetime], datetime | None] | None = None
    service_fault: int | None = None
    refuses_every: int = 1
    wait_s: float = 0.0
    leaves_out: int = 0
    relay: RelayFault | None = None
    is_restart: bool = False
    on_held: Callable[[Held], None] | None = None


def honest(given: Given) -> ua.DataValue:
    return told(given.value, given.now)


def told(
    value: object,
    now: datetime,
    *,
    status: int = 0,
    source: datetime | None = None,
    has_source: bool = True,
    server: datetime | None = None,
) -> ua.DataValue:
    """A value with its times: those of now where nothing else is said."""
    return ua.DataValue(
        ua.Variant(value) if value is not None else ua.Variant(),
        StatusCode=ua.StatusCode(ua.UInt32(status)),
        SourceTimestamp=ua_time(source or now) if has_source else None,
        ServerTimestamp=ua_time(server or now),
    )


def machine_profile() -> OpcUaProfile:
    return opcua_profile(
        [(node, f"{{object}}.{node}") for node in NODES],
        quantity=Quantity.ACTIVE_ENERGY,
        kind="counter",
        unit="kWh",
    )


class OpcUaPlant:
    """Two objects for each name; they are honest until a fault is put on them.

    Without a name there is no server: one takes a second to build.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.first_of = {name: 2 * place + 1 for place, name in enumerate(names)}
        self.held = {number: Held(number) for number in range(1, 2 * len(names) + 1)}
        self.ports = (free_port(), free_port())
        self._faults: dict[str, OpcUaFault] = {}
        self._reads: dict[str, int] = {}

    def begin(self, number: int, fault: OpcUaFault) -> None:
        self._faults[f"M{number}"] = fault
        self._reads.clear()
        if fault.on_held is not None:
            fault.on_held(self.held[number])

    def end(self, number: int) -> None:
        fault = self._faults.pop(f"M{number}")
        if fault.on_held is not None:
            self.held[number].go_on()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        if not self.held:
            yield
            return
        async with (
            serving(self.ports[0], {}) as first,
            serving(self.ports[1], {}, namespaces_before=1) as second,
        ):
            for peer in (first, second):
                await self._furnish(peer)
            yield

    async def _furnish(self, peer: OpcUaPeer) -> None:
        index = await peer.namespace(NAMESPACE)
        for number in self.held:
            for place, node in enumerate(NODES):
                await peer.add(f"M{number}.{node}", index, 0.0)
                peer.answer(f"M{number}.{node}", self._speaker(number, place))
                if index != _FOREIGN_NAMESPACE:
                    stranger = float(Held(_STRANGER).value(place))
                    await peer.add(f"M{number}.{node}", _FOREIGN_NAMESPACE, stranger)
        peer.on_read(self._on_read)

    def _speaker(self, number: int, place: int) -> Callable[[], ua.DataValue]:
        def speak() -> ua.DataValue:
            given = Given(float(self.held[number].value(place)), datetime.now(UTC))
            fault = self._faults.get(f"M{number}")
            spoilt = fault.value if fault is not None and place < _SPOILT_NODES else None
            return honest(given) if spoilt is None else spoilt(given)

        return speak

    async def _on_read(self, nodes: Sequence[ua.NodeId], values: list[ua.DataValue]) -> None:
        name = next((str(n.Identifier).partition(".")[0] for n in nodes if n != CLOCK), "")
        fault = self._faults.get(name)
        if fault is None:
            return
        self._reads[name] = self._reads.get(name, 0) + 1
        if fault.service_fault is not None and self._reads[name] % fault.refuses_every == 0:
            raise ServiceError(fault.service_fault)
        await asyncio.sleep(fault.wait_s)
        if fault.clock is not None and nodes[0] == CLOCK:
            shown = fault.clock(datetime.now(UTC))
            values[0] = ua.DataValue(ua.Variant() if shown is None else ua.Variant(ua_time(shown)))
        if fault.leaves_out:
            del values[-fault.leaves_out :]
