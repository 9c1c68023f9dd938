"""Where a mode plays: the faulty device, a neighbour on its link, and one on a link of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from collectors.installation import Device, Link
from collectors.profiles.schema import Profile
from tests.collectors.builders import device, modbus_link, opcua_link
from tests.collectors.relay import Relay
from tests.collectors.wire_faults.exchange import Framing
from tests.collectors.wire_faults.held import Held
from tests.collectors.wire_faults.meter import ADDRESSES, FIRST_BLOCK, meter_profile
from tests.collectors.wire_faults.modbus_server import FAULTY_UNIT, FaultServer, ModbusFault
from tests.collectors.wire_faults.mode import ClockFault, Mode
from tests.collectors.wire_faults.opcua_server import NODES, OpcUaFault, OpcUaPlant, machine_profile
from tests.collectors.wire_faults.pace import OPCUA_TIMEOUT_S, POLL_S, TIMEOUT_S
from tests.collectors.wire_faults.surroundings import OWN

_NEIGHBOUR_UNIT: Final = 2
_WELL_UNIT: Final = 30
_FRAMING: Final[dict[str, Framing]] = {"tcp": "mbap", "rtu": "rtu"}
_CLOCK_STEP_EVERY_S: Final = 0.9
PROFILES: Final[dict[str, Profile]] = {"meter": meter_profile(), "machine": machine_profile()}
POINT_NAMES: Final = {"meter": [f"p{a}" for a in ADDRESSES], "machine": list(NODES)}


@dataclass(slots=True)
class Stage:
    """``truth`` is what the points of each device are read from, in the profile's order."""

    links: list[Link]
    devices: list[Device]
    truth: dict[str, Held]
    server: FaultServer | None = None
    plant: OpcUaPlant | None = None
    relay: Relay | None = None
    number: int = 0
    _setting: asyncio.Task[None] | None = field(default=None)

    async def begin(self, mode: Mode) -> None:
        match mode.fault:
            case ModbusFault() as fault:
                assert self.server is not None
                await self.server.begin(fault)
            case OpcUaFault() as fault:
                assert self.plant is not None
                assert self.relay is not None
                self.plant.begin(self.number, fault)
                if fault.is_restart:
                    self.relay.target = self.plant.ports[1]
                    self.relay.hang_up()
                if fault.relay is not None:
                    await self.relay.begin(fault.relay)
            case ClockFault(steps_s=steps_s):
                self._setting = asyncio.create_task(_set_clock(steps_s))

    async def end(self, mode: Mode) -> None:
        match mode.fault:
            case ModbusFault():
                assert self.server is not None
                await self.server.end()
            case OpcUaFault() as fault:
                assert self.plant is not None
                assert self.relay is not None
                self.plant.end(self.number)
                if fault.relay is not None:
                    await self.relay.end()
            case ClockFault():
                assert self._setting is not None
                await self._setting
                OWN.get().clock_ahead_ns = 0


async def _set_clock(steps_s: Sequence[float]) -> None:
    for number, step_s in enumerate(steps_s):
        await asyncio.sleep(_CLOCK_STEP_EVERY_S if number else 0.0)
        OWN.get().clock_ahead_ns += int(step_s * 1e9)


@asynccontextmanager
async def staged(mode: Mode, well: FaultServer, plant: OpcUaPlant) -> AsyncIterator[Stage]:
    """The servers of a mode, and the site that is read from them. Objects and units are its own."""
    async with AsyncExitStack() as stack:
        if mode.wire == "opc ua":
            relay = await stack.enter_async_context(Relay(plant.ports[0]))
            stage = _opcua_stage(mode, relay, plant)
        else:
            server = await stack.enter_async_context(FaultServer(_FRAMING[mode.wire]))
            stage = _modbus_stage(mode, server)
        stage.links.append(modbus_link(well.port, id="own", timeout_s=TIMEOUT_S))
        # One block is enough to see that it is asked.
        absent = tuple(f"p{a}" for a in ADDRESSES if f"p{a}" not in FIRST_BLOCK)
        stage.devices.append(
            device(
                "well", link="own", profile="meter", unit=_WELL_UNIT, poll_s=POLL_S, absent=absent
            )
        )
        stage.truth["well"] = well.held(_WELL_UNIT)
        yield stage


def _modbus_stage(mode: Mode, server: FaultServer) -> Stage:
    units = {"faulty": FAULTY_UNIT}
    if mode.has_neighbour:
        units["neighbour"] = _NEIGHBOUR_UNIT
    link = modbus_link(
        server.port, framing=server.framing, timeout_s=TIMEOUT_S, **dict(mode.settings)
    )
    devices = [device(d, profile="meter", unit=u, poll_s=POLL_S) for d, u in units.items()]
    truth = {d: server.held(u) for d, u in units.items()}
    return Stage([link], devices, truth, server=server)


def _opcua_stage(mode: Mode, relay: Relay, plant: OpcUaPlant) -> Stage:
    number = plant.first_of[mode.key]
    objects = {"faulty": number}
    if mode.has_neighbour:
        objects["neighbour"] = number + 1
    link = opcua_link(relay.port, timeout_s=OPCUA_TIMEOUT_S)
    devices = [
        device(d, link="bms", profile="machine", object=f"M{n}", poll_s=POLL_S)
        for d, n in objects.items()
    ]
    truth = {d: plant.held[n] for d, n in objects.items()}
    return Stage([link], devices, truth, plant=plant, relay=relay, number=number)
