import asyncio
import math
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np
import pytest
import pytest_asyncio

from simulators.plant import Plant
from simulators.serving import Simulation, simulation
from simulators.site import SimulatedSite
from tests.simulators.hand_client import connected
from tests.simulators.sites import NOON_US, HandClock, port_of

HOLDING, INPUT = 3, 4


@dataclass
class Served:
    simulation: Simulation
    site: SimulatedSite
    clock: HandClock

    def port(self, link: str) -> int:
        return port_of(self.site, link)

    def apply(self, device: str, kind: str, seconds: float | None = None, **p: float) -> None:
        self.simulation.faults.apply(device, kind, seconds, p)

    async def read(self, link: str, unit: int, function: int, address: int, count: int) -> bytes:
        async with connected(self.port(link)) as client:
            return await client.read(unit, function, address, count)


@pytest_asyncio.fixture
async def served(one_plant: Plant, site: SimulatedSite) -> AsyncIterator[Served]:
    clock = HandClock()
    only_modbus = SimulatedSite(
        links=tuple(link for link in site.links if link.protocol == "modbus"),
        devices=tuple(d for d in site.devices if d.link.protocol == "modbus"),
    )
    async with simulation(only_modbus, one_plant, clock=clock) as running:
        yield Served(running, only_modbus, clock)


def measured(plant: Plant, key: str) -> float:
    return float(plant.measured_values(np.array([NOON_US]))[key][0])


@pytest.mark.asyncio
async def test_registers_hold_what_the_meters_say(served: Served, one_plant: Plant) -> None:
    data = await served.read("gw_electrical", 1, HOLDING, 1020, 2)
    power_kw = measured(one_plant, "intake_a.active_power_kw")
    assert struct.unpack(">f", data)[0] == pytest.approx(power_kw, rel=2e-3)

    data = await served.read("gw_electrical", 9, HOLDING, 2000, 4)
    energy_kwh = measured(one_plant, "ups_pump_meter.active_energy_kwh")
    assert struct.unpack(">Q", data)[0] == math.floor(energy_kwh / 1e-3)

    low, high = struct.unpack(">HH", await served.read("ups_b_link", 1, INPUT, 102, 2))
    energy_kwh = measured(one_plant, "ups_b.output_energy_kwh")
    assert (high << 16 | low) * 0.01 == pytest.approx(energy_kwh, abs=0.0101)

    data = await served.read("gw_water", 2, HOLDING, 40, 2)
    litres = struct.unpack(">I", bytes((data[1], data[0], data[3], data[2])))[0] * 0.01
    volume_m3 = measured(one_plant, "water_humidifier.volume_m3")
    assert litres / 1000 == pytest.approx(volume_m3, abs=1.01e-5)

    data = await served.read("gw_heat", 1, HOLDING, 16, 1)
    supply_degc = measured(one_plant, "heat_meter_loop.supply_temp_degc")
    assert struct.unpack(">h", data)[0] / 100 == pytest.approx(supply_degc, abs=0.04)

    data = await served.read("gw_pdu_b", 6, INPUT, 512, 45)
    outlet_kw = measured(one_plant, "pdu_12.outlet_12_power_kw")
    assert struct.unpack_from(">H", data, 88)[0] / 1000 == pytest.approx(outlet_kw, abs=0.02)


@pytest.mark.asyncio
async def test_every_device_answers_and_holes_are_zero(served: Served) -> None:
    for device in served.site.devices:
        assert device.device.unit is not None
        profile = device.profile
        assert profile.protocol == "modbus"
        first = profile.points[0]
        function = HOLDING if first.space == "holding" else INPUT
        unit = device.device.unit
        data = await served.read(device.link.id, unit, function, first.address, 1)
        assert len(data) == 2
    assert await served.read("gw_electrical", 1, HOLDING, 1016, 2) == bytes(4)


@pytest.mark.parametrize(
    ("pdu", "reply"),
    [
        (struct.pack(">BHH", 3, 999, 2), "8302"),  # before the map
        (struct.pack(">BHH", 3, 1039, 2), "8302"),  # across the end of a range
        (struct.pack(">BHH", 3, 1039, 1), "0302"),
        (struct.pack(">BHH", 4, 1000, 2), "8402"),  # a space the device has not
        (struct.pack(">BHH", 3, 1000, 0), "8303"),
        (struct.pack(">BHH", 3, 1000, 126), "8303"),
        (struct.pack(">BHHH", 3, 1000, 2, 0), "8303"),
        (struct.pack(">BHH", 6, 1000, 1), "8601"),  # writing
        (b"\x2b\x0e\x01\x00", "ab01"),
    ],
)
@pytest.mark.asyncio
async def test_refusals(served: Served, pdu: bytes, reply: str) -> None:
    async with connected(served.port("gw_electrical")) as client:
        assert (await client.exchange(1, pdu))[:2].hex() == reply


@pytest.mark.asyncio
async def test_a_gateway_reads_no_more_than_it_can(served: Served) -> None:
    assert len(await served.read("gw_heat", 1, HOLDING, 0, 20)) == 40
    assert (await served.read("gw_heat", 1, HOLDING, 0, 21)).hex() == "8303"


@pytest.mark.asyncio
async def test_an_unknown_unit_is_a_silent_target(served: Served) -> None:
    assert (await served.read("gw_electrical", 77, HOLDING, 1000, 2)).hex() == "830b"


@pytest.mark.asyncio
async def test_frames_may_come_in_pieces_and_together(served: Served) -> None:
    one = struct.pack(">HHHBBHH", 1, 0, 6, 1, HOLDING, 1000, 1)
    two = struct.pack(">HHHBBHH", 2, 0, 6, 2, HOLDING, 1000, 2)
    async with connected(served.port("gw_electrical")) as client, asyncio.timeout(3):
        for byte in one[:-1]:
            client.writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        client.writer.write(one[-1:] + two)
        assert (await client.reader.readexactly(11))[:2] == b"\0\1"
        assert (await client.reader.readexactly(13))[:2] == b"\0\2"


@pytest.mark.parametrize("frame", [b"GET / HTTP/1.1\r\n\r\n", b"\0\1\0\0\0\1\1", b"\0\1\0\0\1\0\1"])
@pytest.mark.asyncio
async def test_a_stranger_is_cut_off(served: Served, frame: bytes) -> None:
    async with connected(served.port("gw_electrical")) as client, asyncio.timeout(3):
        client.writer.write(frame)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await client.reader.readexactly(1)


@pytest.mark.asyncio
async def test_a_silent_unit_leaves_its_neighbours_alone(served: Served) -> None:
    served.apply("intake_a", "silent", 1.0)
    async with connected(served.port("gw_electrical")) as client:
        client.writer.write(struct.pack(">HHHBBHH", 1, 0, 6, 1, HOLDING, 1000, 1))
        assert len(await client.read(2, HOLDING, 1000, 1)) == 2
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await client.reader.readexactly(1)
        await asyncio.sleep(0.8)
        assert len(await client.read(1, HOLDING, 1000, 1)) == 2


@pytest.mark.asyncio
async def test_refused_and_plugged_in_again(served: Served) -> None:
    port = served.port("ups_a_link")
    async with connected(port) as client:
        served.apply("ups_a", "refused", 1.0)
        await asyncio.sleep(0.3)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await client.read(1, INPUT, 100, 2)
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", port)
    assert len(await served.read("ups_b_link", 1, INPUT, 100, 2)) == 4
    await asyncio.sleep(1.0)
    assert len(await served.read("ups_a_link", 1, INPUT, 100, 2)) == 4


@pytest.mark.asyncio
async def test_unplugged_behind_a_gateway_and_on_its_own(served: Served) -> None:
    served.apply("pdu_07", "unplugged")
    served.apply("genset", "unplugged")
    await asyncio.sleep(0.2)
    assert (await served.read("gw_pdu_b", 1, INPUT, 0, 2)).hex() == "840b"
    assert len(await served.read("gw_pdu_b", 2, INPUT, 0, 2)) == 4
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", served.port("genset_link"))
    served.simulation.faults.clear("genset")
    await asyncio.sleep(0.2)
    assert len(await served.read("genset_link", 1, HOLDING, 50, 2)) == 4


@pytest.mark.asyncio
async def test_a_slow_unit_answers_late_and_alone(served: Served) -> None:
    served.simulation.faults.apply("intake_a", "slow", None, {"seconds": 0.5})
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    await served.read("gw_electrical", 2, HOLDING, 1000, 1)
    assert loop.time() - start_s < 0.3
    start_s = loop.time()
    await served.read("gw_electrical", 1, HOLDING, 1000, 1)
    assert 0.45 < loop.time() - start_s < 1.5


@pytest.mark.asyncio
async def test_lying_garbage_exceptions_and_short_replies(served: Served) -> None:
    sound = await served.read("gw_electrical", 1, HOLDING, 1000, 8)
    served.apply("intake_a", "lying")
    lies = await served.read("gw_electrical", 1, HOLDING, 1000, 8)
    assert len(lies) == 16
    assert lies != sound

    served.apply("intake_b", "exceptions")
    assert (await served.read("gw_electrical", 2, HOLDING, 1000, 8)).hex() == "8304"

    served.apply("pv_meter", "short")
    assert len(await served.read("gw_electrical", 4, HOLDING, 1000, 8)) == 14

    served.apply("genset_meter", "garbage")
    async with connected(served.port("gw_electrical")) as client, asyncio.timeout(3):
        client.writer.write(struct.pack(">HHHBBHH", 1, 0, 6, 3, HOLDING, 1000, 1))
        assert (await client.reader.readexactly(5)) == b"\xffERR "


@pytest.mark.asyncio
async def test_swapped_words_and_missing_values(served: Served) -> None:
    sound = await served.read("gw_electrical", 1, HOLDING, 2000, 4)
    served.apply("intake_a", "swapped_words")
    words = struct.unpack(">4H", await served.read("gw_electrical", 1, HOLDING, 2000, 4))
    assert struct.pack(">4H", *reversed(words)) == sound
    served.simulation.faults.clear("intake_a")
    served.apply("intake_a", "bad_status")
    assert (await served.read("gw_electrical", 1, HOLDING, 2000, 4)) == b"\xff" * 8
    assert (await served.read("gw_electrical", 1, HOLDING, 1020, 2)).hex() == "7fc00000"


@pytest.mark.asyncio
async def test_a_rollover_comes_soon(served: Served) -> None:
    async def count() -> int:
        data = await served.read("gw_heat", 5, HOLDING, 0, 2)
        return int(struct.unpack(">I", data)[0])

    served.simulation.faults.apply("heat_meter_chilled_water", "rollover", None, {"counts": 50})
    before = await count()
    assert before == 1_000_000_000 - 50
    served.clock.advance(600)
    after = await count()
    assert 0 <= after < 10_000


@pytest.mark.asyncio
async def test_frozen_registers_stand_still(served: Served) -> None:
    served.apply("pdu_01", "frozen")
    first = await served.read("gw_pdu_a", 1, INPUT, 0, 25)
    other = await served.read("gw_pdu_a", 2, INPUT, 0, 25)
    served.clock.advance(60)
    assert await served.read("gw_pdu_a", 1, INPUT, 0, 25) == first
    assert await served.read("gw_pdu_a", 2, INPUT, 0, 25) != other


@pytest.mark.asyncio
async def test_counters_run_forward_while_time_does(served: Served) -> None:
    counts = []
    async with connected(served.port("gw_electrical")) as client:
        for _ in range(50):
            data = await client.read(1, HOLDING, 2000, 4)
            counts.append(struct.unpack(">Q", data)[0])
            served.clock.advance(0.6)
    assert counts == sorted(counts)
    assert counts[-1] - counts[0] > 500
