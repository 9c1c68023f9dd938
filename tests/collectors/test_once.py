"""Every device asked once, against real servers: what a newcomer to a site sees."""

from contextlib import AsyncExitStack

import pytest

from collectors.installation import Installation
from collectors.once import DeviceAnswer, ask_once
from collectors.profiles.schema import Profile
from models.readings import Quality
from models.trouble.trouble import Trouble
from tests.collectors.builders import (
    device,
    modbus_link,
    modbus_point,
    modbus_profile,
    opcua_link,
    opcua_profile,
)
from tests.collectors.opcua_peer import free_port, serving
from tests.collectors.scripted_server import ScriptedServer, Unit

# 231.7 V in two registers from 100 on, high and low word first
RIGHT = {100: 0x4367, 101: 0xB333}
SWAPPED = {100: 0xB333, 101: 0x4367}


def meter() -> Profile:
    point = modbus_point("v", 100, type="f32", quantity="voltage", unit="V")
    return modbus_profile([point, modbus_point("s", 300)])


def troubles(answers: list[DeviceAnswer]) -> dict[str, Trouble | None]:
    return {one.device.id: None if one.cause is None else one.cause.trouble for one in answers}


@pytest.mark.asyncio
async def test_each_device_is_in_order_or_has_its_own_trouble() -> None:
    port, dead = free_port(), free_port()
    nodes: dict[str, Profile] = {
        "thing": meter(),
        "tank": opcua_profile([("t", "{object}.T")]),
    }
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ScriptedServer())
        await stack.enter_async_context(serving(port, {"TANK.T": 21.5}))
        server.units[1] = Unit(value=lambda address: RIGHT.get(address, 7))
        server.units[2] = Unit(kind="silent")
        server.units[3] = Unit(value=lambda address: SWAPPED.get(address, 0))
        server.units[4] = Unit(value=lambda address: RIGHT.get(address, 7), unreadable={300})
        links = (
            modbus_link(server.port, id="gw", timeout_s=0.2),
            modbus_link(dead, id="off", timeout_s=0.2),
            opcua_link(port, id="bms"),
        )
        behind = [device(f"m{unit}", unit=unit, link="gw") for unit in (1, 2, 3, 4)]
        behind.append(device("gone", unit=1, link="off"))
        behind.append(device("tank", object="TANK", profile="tank", link="bms"))
        behind.append(device("tnak", object="TNAK", profile="tank", link="bms"))
        answers = await ask_once(Installation(links=links, devices=tuple(behind)), nodes)

    assert troubles(answers) == {
        "m1": None,
        "m2": Trouble.SILENT,
        "m3": Trouble.IMPOSSIBLE_VALUE,
        "m4": Trouble.REFUSED,
        "gone": Trouble.NOTHING_LISTENS,
        "tank": None,
        "tnak": Trouble.NODE_UNKNOWN,
    }
    well = {one.device.id: one.points for one in answers}
    assert [(p.point, round(p.value, 1), p.quality) for p in well["m1"]] == [
        ("v", 231.7, Quality.GOOD),
        ("s", 7.0, Quality.GOOD),
    ]
    assert [p.quality for p in well["m4"]] == [Quality.GOOD, Quality.BAD]
    assert [p.value for p in well["tank"]] == [21.5]
    swapped = answers[2].cause
    assert swapped is not None
    assert "with word_order: little they would be 231.7 V" in swapped.detail
