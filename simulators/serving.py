"""Serves a whole site: every link at its port, the control channel, and the plugs."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from collectors.installation import ModbusLink, OpcUaLink
from simulators.control import ControlServer
from simulators.errors import PortsTakenError, PortTakenError
from simulators.faults import FaultBook
from simulators.modbus_device import ModbusDevice
from simulators.modbus_server import ModbusServer
from simulators.opcua_server import OpcUaServer
from simulators.script import PlannedFault, play, rehearse
from simulators.site import SimulatedSite, require_signals
from simulators.values import Clock, LiveValues, MeasuredPlant, wall_clock_us

_PLUG_CHECK_S: Final = 0.1


@dataclass(kw_only=True)
class Simulation:
    """Everything that is served, once it listens."""

    faults: FaultBook
    live: LiveValues
    modbus: list[ModbusServer] = field(default_factory=list)
    opcua: list[OpcUaServer] = field(default_factory=list)
    control: ControlServer | None = None


@contextlib.asynccontextmanager
async def simulation(
    site: SimulatedSite,
    plant: MeasuredPlant,
    *,
    host: str | None = None,
    control_port: int | None = None,
    planned: Sequence[PlannedFault] = (),
    clock: Clock = wall_clock_us,
) -> AsyncIterator[Simulation]:
    """Serve the site as long as the block runs.

    Raises
    ------
    PortsTakenError
        Naming every port that could not be had.
    """
    require_signals(site, plant.signal_keys())
    live = LiveValues(plant, site.points(), clock)
    faults = FaultBook(site)
    rehearse(planned, faults)
    served = Simulation(faults=faults, live=live)
    _assemble(site, host, served)
    if control_port is not None:
        served.control = ControlServer(control_port, faults, live)
    try:
        await _start_all(served)
        async with asyncio.TaskGroup() as tasks:
            owned = [tasks.create_task(server.keep_fresh()) for server in served.opcua]
            owned.append(tasks.create_task(_mind_plugs(served.modbus, faults)))
            owned.append(tasks.create_task(play(planned, faults)))
            yield served
            for task in owned:
                task.cancel()
    finally:
        await _stop_all(served)


async def serve_until_signal(
    site: SimulatedSite,
    plant: MeasuredPlant,
    *,
    host: str | None,
    control_port: int | None,
    planned: Sequence[PlannedFault],
    on_ready: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT; ``on_ready`` is called when every socket listens."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with simulation(site, plant, host=host, control_port=control_port, planned=planned):
        on_ready()
        await stopped.wait()


def _assemble(site: SimulatedSite, host: str | None, served: Simulation) -> None:
    for link in site.links:
        devices = site.on_link(link.id)
        match link:
            case ModbusLink():
                units = {
                    device.device.unit: ModbusDevice(device, served.live, served.faults)
                    for device in devices
                    if device.device.unit is not None
                }
                bind = host or link.host
                served.modbus.append(ModbusServer(link.id, bind, link.port, units))
            case OpcUaLink():
                server = OpcUaServer(link, host, devices, served.live, served.faults)
                served.opcua.append(server)


async def _start_all(served: Simulation) -> None:
    """Start every server, and tell of all taken ports at once."""
    taken: list[PortTakenError] = []
    servers: list[ModbusServer | OpcUaServer | ControlServer] = [*served.modbus, *served.opcua]
    if served.control is not None:
        servers.append(served.control)
    for server in servers:
        try:
            await server.start()
        except PortTakenError as error:
            taken.append(error)
    if taken:
        raise PortsTakenError(taken)


async def _stop_all(served: Simulation) -> None:
    for modbus in served.modbus:
        modbus.stop()
    if served.control is not None:
        served.control.stop()
    for opcua in served.opcua:
        with contextlib.suppress(TimeoutError, OSError):
            await opcua.stop()


async def _mind_plugs(servers: Sequence[ModbusServer], faults: FaultBook) -> None:
    """Open and close the sockets of devices that are unplugged or refuse connections."""
    while True:
        for server in servers:
            devices = [unit.device for unit in server.units.values()]
            wanted = not any(faults.is_off_line(device) for device in devices)
            if server.is_listening and not wanted:
                server.stop()
            elif wanted and not server.is_listening:
                with contextlib.suppress(PortTakenError):  # tried again a moment later
                    await server.start()
        await asyncio.sleep(_PLUG_CHECK_S)
