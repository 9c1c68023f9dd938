"""The building management system: an OPC UA server with a browsable object per device."""

import asyncio
import logging
import random
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Final

import numpy as np
from asyncua import ua
from asyncua.common.node import Node
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from collectors.installation import OpcUaLink
from collectors.profiles.schema import OpcUaPoint, OpcUaProfile
from simulators.distortion import Distortion, is_too_hot
from simulators.errors import FaultError
from simulators.faults import Fault, FaultBook, FaultKind
from simulators.modbus_server import port_error
from simulators.plant.grid import paris_offset_s
from simulators.registers import node_value
from simulators.site import SimulatedDevice, opcua_address
from simulators.values import LiveValues, Snapshot

_REFRESH_S: Final = 0.5
_TIMEOUT_S: Final = 20.0
_GONE: Final = (FaultKind.SILENT, FaultKind.UNPLUGGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    """One point as a node."""

    point: OpcUaPoint
    node: Node


class _Plugged:
    """One device and its nodes."""

    def __init__(
        self,
        device: SimulatedDevice,
        variables: Sequence[_Variable],
        distortion: Distortion,
        faults: FaultBook,
        live: LiveValues,
    ) -> None:
        self._live = live
        self._device = device
        self._variables = variables
        self._distortion = distortion
        self._faults = faults

    def changes(self, snapshot: Snapshot) -> list[tuple[Node, ua.DataValue]]:
        """What to write to its nodes now."""
        faults = self._faults.active(self._device.id)
        if any(kind in faults for kind in _GONE) or is_too_hot(faults, self._live):
            status = StatusCodes.BadNoCommunication
            return [(v.node, _without_value(status, snapshot)) for v in self._variables]
        if FaultKind.BAD_STATUS in faults:
            status = StatusCodes.BadSensorFailure
            return [(v.node, _without_value(status, snapshot)) for v in self._variables]
        values = self._distortion.values(snapshot)
        source = _source_time(snapshot, faults)
        is_lying = FaultKind.LYING in faults
        return [
            (v.node, _data_value(v, values[v.point.name], source, is_lying=is_lying))
            for v in self._variables
        ]


class OpcUaServer:
    """Serves the OPC UA devices of one link; anonymous, without security, on this machine."""

    def __init__(
        self,
        link: OpcUaLink,
        host: str | None,
        devices: Sequence[SimulatedDevice],
        live: LiveValues,
        faults: FaultBook,
    ) -> None:
        endpoint_host, self.port = opcua_address(link)
        self._host = host or endpoint_host
        self._link = link
        self._devices = devices
        self._live = live
        self._faults = faults
        self._plugged: list[_Plugged] = []
        self._server: Server | None = None

    async def start(self) -> None:
        """Build the address space and listen, or raise PortTakenError."""
        # every dropped client is a warning with a traceback there
        logging.getLogger("asyncua").setLevel(logging.CRITICAL)
        self._require_free_port()
        server = Server()
        async with asyncio.timeout(_TIMEOUT_S):
            await server.init()
            path = self._link.endpoint.partition("://")[2].partition("/")[2]
            server.set_endpoint(f"opc.tcp://{self._host}:{self.port}/{path}")
            server.set_server_name("Boucle simulated building management system")
            server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
            await self._build(server)
            await self._write_all()
            try:
                await server.start()
            except OSError as error:
                raise port_error(error, self._host, self.port, f"link {self._link.id}") from error
        self._server = server

    def _require_free_port(self) -> None:
        """Building the address space takes a second: know before it that it is not in vain."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self._host, self.port))
            except OSError as error:
                raise port_error(error, self._host, self.port, f"link {self._link.id}") from error

    async def stop(self) -> None:
        """Say goodbye to the clients and close."""
        server, self._server = self._server, None
        if server is not None:
            async with asyncio.timeout(_TIMEOUT_S):
                await server.stop()

    async def keep_fresh(self) -> None:
        """Write the present into the nodes, for ever."""
        while True:
            await asyncio.sleep(_REFRESH_S)
            await self._write_all()

    async def _build(self, server: Server) -> None:
        for device in self._devices:
            if not isinstance(device.profile, OpcUaProfile):
                msg = f"{device.id} is not an OPC UA device"
                raise FaultError(msg)
            index = await server.register_namespace(device.profile.namespace_uri)
            name = str(device.device.object)
            folder = await server.nodes.objects.add_object(
                _node_id(name, index), ua.QualifiedName(name, index)
            )
            variables = [
                await _add_variable(folder, index, name, point) for point in device.profile.points
            ]
            distortion = Distortion(device, self._live, self._faults)
            self._plugged.append(_Plugged(device, variables, distortion, self._faults, self._live))

    async def _write_all(self) -> None:
        snapshot = self._live.current()
        for plugged in self._plugged:
            for node, value in plugged.changes(snapshot):
                async with asyncio.timeout(_TIMEOUT_S):
                    await node.write_attribute(AttributeIds.Value, value)


async def _add_variable(folder: Node, index: int, name: str, point: OpcUaPoint) -> _Variable:
    identifier = point.node.replace("{object}", name)
    node = await folder.add_variable(
        _node_id(identifier, index),
        ua.QualifiedName(identifier.removeprefix(f"{name}."), index),
        0 if point.kind == "state" else 0.0,
        varianttype=_variant_type(point),
    )
    return _Variable(point=point, node=node)


def _node_id(identifier: str, index: int) -> ua.NodeId:
    return ua.NodeId(ua.String(identifier), ua.Int16(index))


def _variant_type(point: OpcUaPoint) -> ua.VariantType:
    return ua.VariantType.UInt16 if point.kind == "state" else ua.VariantType.Double


def _data_value(
    variable: _Variable, value: float, source: ua.DateTime, *, is_lying: bool
) -> ua.DataValue:
    point = variable.point
    shown: float | int = node_value(point, value)
    if is_lying:
        shown = random.choice((-1e30, 1e12, 65_000.0, -4_000.0, float("inf"))) * random.random()
    if point.kind == "state":
        shown = random.randrange(65_536) if is_lying else round(shown)
    return ua.DataValue(
        Value=ua.Variant(shown, _variant_type(point)),
        StatusCode=ua.StatusCode(ua.UInt32(StatusCodes.Good)),
        SourceTimestamp=source,
        ServerTimestamp=ua.DateTime.now(UTC),
    )


def _without_value(status: int, snapshot: Snapshot) -> ua.DataValue:
    return ua.DataValue(
        Value=ua.Variant(),
        StatusCode=ua.StatusCode(ua.UInt32(status)),
        SourceTimestamp=_source_time(snapshot, {}),
        ServerTimestamp=ua.DateTime.now(UTC),
    )


def _source_time(snapshot: Snapshot, faults: Mapping[FaultKind, Fault]) -> ua.DateTime:
    jump = faults.get(FaultKind.CLOCK_JUMP)
    source = ua.DateTime.fromtimestamp(snapshot.ts_us // 1_000_000, UTC)
    source += timedelta(microseconds=snapshot.ts_us % 1_000_000)
    if jump:
        source += timedelta(seconds=jump.param("seconds"))
    if FaultKind.LOCAL_CLOCK in faults:
        # the time on the wall in Paris, said to be UTC: an hour off in winter, two in summer
        now_s = np.array([snapshot.ts_us // 1_000_000])
        source += timedelta(seconds=int(paris_offset_s(now_s)[0]))
    return source
