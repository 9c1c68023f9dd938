"""Small profiles and installations for tests."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from collectors.installation import Device, Installation, ModbusLink, OpcUaLink
from collectors.modbus.wire import Block
from collectors.ports import Backlog, DeviceHealth
from collectors.profiles.node_ids import NodeName
from collectors.profiles.schema import (
    Datasheet,
    ModbusPoint,
    ModbusProfile,
    OpcUaPoint,
    OpcUaProfile,
    Profile,
)
from models.quantities import Quantity
from models.readings import DeviceState, ReadingBatch

SHEET = Datasheet(title="a sheet", revision="1")
NAMESPACE = "urn:test:plant"


def modbus_point(name: str, address: int, **changes: Any) -> ModbusPoint:
    fields: dict[str, Any] = {
        "name": name,
        "quantity": Quantity.STATE,
        "kind": "state",
        "space": "holding",
        "address": address,
        "type": "u16",
        "unit": "state",
    }
    return ModbusPoint(**(fields | changes))


def modbus_profile(points: Sequence[ModbusPoint], **changes: Any) -> ModbusProfile:
    fields: dict[str, Any] = {
        "protocol": "modbus",
        "id": "thing",
        "vendor": "v",
        "model": "m",
        "datasheet": SHEET,
        "maturity": "bronze",
        "points": tuple(points),
    }
    return ModbusProfile(**(fields | changes))


def three_block_profile() -> ModbusProfile:
    """Nine points of value = address, in three blocks of three."""
    return modbus_profile(
        [modbus_point(f"p{a}", a) for start in (100, 200, 300) for a in range(start, start + 3)]
    )


def opcua_profile(points: Sequence[tuple[str, str]], **changes: Any) -> OpcUaProfile:
    """Points as (name, node); gauges of temperature where nothing else is said."""
    namespace_uri = changes.pop("namespace_uri", NAMESPACE)
    fields = {"quantity": Quantity.TEMPERATURE, "kind": "gauge", "unit": "degC"} | changes
    return OpcUaProfile(
        protocol="opcua",
        id="machine",
        vendor="v",
        model="m",
        datasheet=SHEET,
        maturity="bronze",
        namespace_uri=namespace_uri,
        points=tuple(OpcUaPoint(name=name, node=node, **fields) for name, node in points),
    )


def named(identifier: str) -> NodeName:
    return NodeName(NAMESPACE, identifier, identifier)


def modbus_link(port: int, **changes: Any) -> ModbusLink:
    fields: dict[str, Any] = {
        "id": "gw",
        "protocol": "modbus",
        "host": "127.0.0.1",
        "port": port,
        "timeout_s": 0.2,
    }
    return ModbusLink(**(fields | changes))


def opcua_link(port: int, **changes: Any) -> OpcUaLink:
    fields: dict[str, Any] = {
        "id": "bms",
        "protocol": "opcua",
        "endpoint": f"opc.tcp://127.0.0.1:{port}/test",
        "timeout_s": 1.0,
    }
    return OpcUaLink(**(fields | changes))


def device(name: str, **changes: Any) -> Device:
    fields: dict[str, Any] = {
        "id": name,
        "link": "gw",
        "profile": "thing",
        "poll_s": 0.1,
        "label_fr": name,
        "label_en": name,
    }
    return Device(**(fields | changes))


def ids_of(installation: Installation, profiles: dict[str, Profile]) -> dict[str, int]:
    keys = [f"{d.id}.{p.name}" for d in installation.devices for p in profiles[d.profile].points]
    return {key: number for number, key in enumerate(keys, start=1)}


def block(address: int, count: int, space: Any = "holding", points: int = 1) -> Block:
    return Block(space=space, address=address, count=count, points=tuple(range(points)))


class Sink:
    """Keeps what it is given; can fail, or be slow."""

    def __init__(self) -> None:
        self.batches: list[ReadingBatch] = []
        self.failures_left = 0
        self.delay_s = 0.0

    async def accept(self, batch: ReadingBatch) -> None:
        await asyncio.sleep(self.delay_s)
        if self.failures_left:
            self.failures_left -= 1
            msg = "disk full"
            raise OSError(msg)
        self.batches.append(batch)

    def backlog(self) -> Backlog:
        return Backlog(rows=0, taken_per_s=None, is_taken=True)

    @property
    def all(self) -> ReadingBatch:
        return ReadingBatch.concat(self.batches)

    def of(self, point_id: int) -> ReadingBatch:
        everything = self.all
        chosen = everything.point_id == point_id
        return ReadingBatch(
            **{
                name: getattr(everything, name)[chosen]
                for name in ("point_id", "ts_us", "received_us", "value", "quality", "origin")
            }
        )

    def longest_gap_s(self, point_id: int) -> float:
        return float(np.diff(np.sort(self.of(point_id).received_us)).max()) / 1e6


class Ward:
    """Keeps health reports."""

    def __init__(self) -> None:
        self.reports: list[DeviceHealth] = []

    async def report(self, health: DeviceHealth) -> None:
        self.reports.append(health)

    def latest(self, name: str) -> DeviceHealth:
        return next(h for h in reversed(self.reports) if h.device == name)

    def state(self, name: str) -> DeviceState | None:
        return next((h.state for h in reversed(self.reports) if h.device == name), None)


async def until(condition: Callable[[], bool], limit_s: float = 5.0) -> float:
    """Wait for a condition; gives the seconds it took."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.01)
    return loop.time() - started
