import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import numpy as np
import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.uaerrors import BadUserAccessDenied

from collectors.installation import OpcUaLink
from collectors.profiles.library import SHIPPED_PROFILES
from simulators.plant import Plant
from simulators.serving import Simulation, simulation
from simulators.site import SimulatedSite, load_simulated_site
from tests.simulators.sites import NOON_US, HandClock, text_on_free_ports

NAMESPACE = "urn:boucle:simulated-bms"
TIMEOUT_S = 10


@pytest.fixture(scope="module")
def bms(tmp_path_factory: pytest.TempPathFactory) -> SimulatedSite:
    path = tmp_path_factory.mktemp("bms") / "site.yaml"
    path.write_text(text_on_free_ports(), encoding="utf-8")
    site = load_simulated_site(path, SHIPPED_PROFILES)
    return SimulatedSite(
        links=tuple(link for link in site.links if link.protocol == "opcua"),
        devices=site.on_link("bms"),
    )


# A server takes a second to build: one for all tests, and each leaves it without faults.
@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(one_plant: Plant, bms: SimulatedSite) -> AsyncIterator[Simulation]:
    async with simulation(bms, one_plant, clock=HandClock()) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(served: Simulation, bms: SimulatedSite) -> AsyncIterator[Client]:
    (link,) = bms.links
    assert isinstance(link, OpcUaLink)
    async with asyncio.timeout(TIMEOUT_S), Client(link.endpoint) as connected:
        yield connected


async def value_of(client: Client, name: str) -> ua.DataValue:
    index = await client.get_namespace_index(NAMESPACE)
    node = client.get_node(f"ns={index};s={name}")
    return await node.read_data_value(raise_on_bad_status=False)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_address_space_can_be_browsed(client: Client, bms: SimulatedSite) -> None:
    index = await client.get_namespace_index(NAMESPACE)
    found: dict[str, list[str]] = {}
    for folder in await client.nodes.objects.get_children():
        if folder.nodeid.NamespaceIndex == index:
            name = str((await folder.read_browse_name()).Name)
            children = await folder.get_children()
            found[name] = [str((await child.read_browse_name()).Name) for child in children]
    assert set(found) == {d.device.object for d in bms.devices}
    assert found["FreeCooling"] == ["HeatPower", "Share", "RunState"]


@pytest.mark.asyncio(loop_scope="module")
async def test_nodes_hold_what_the_meters_say(client: Client, one_plant: Plant) -> None:
    measured = one_plant.measured_values(np.array([NOON_US]))

    async def shown(name: str) -> float:
        read = await value_of(client, name)
        assert read.Value is not None
        assert read.SourceTimestamp == datetime.fromtimestamp(NOON_US / 1e6, UTC)
        return float(read.Value.Value)

    power_kw = measured["heat_pump_1.active_power_kw"][0]
    assert await shown("HeatPump1.ActivePower") / 1000 == pytest.approx(power_kw, rel=2e-3)
    energy_kwh = measured["heat_pump_1.active_energy_kwh"][0]
    seen_kwh = await shown("HeatPump1.ActiveEnergy") * 1000
    assert 0 <= energy_kwh - seen_kwh < 0.0101
    pressure_bar = measured["weather_mast.pressure_bar"][0]
    assert await shown("Weather.Pressure") / 1000 == pytest.approx(pressure_bar)
    running = measured["heat_pump_1.run_state"][0]
    assert await shown("HeatPump1.RunState") == running


@pytest.mark.asyncio(loop_scope="module")
async def test_faults_show_as_status_and_time(served: Simulation, client: Client) -> None:
    jump = {"seconds": 7200.0}
    served.faults.apply("chiller_1", "bad_status", 1.5, {})
    served.faults.apply("chiller_2", "clock_jump", None, jump)
    served.faults.apply("heat_pump_2", "unplugged", None, {})
    served.faults.apply("weather_mast", "lying", None, {})
    served.faults.apply("heat_pump_1", "local_clock", None, {})
    served.faults.apply("loop_exchanger", "hot_day_dropout", None, {"above_degc": -40.0})
    await asyncio.sleep(1.0)
    read = await value_of(client, "HeatPump1.HeatPower")
    # in March Paris is an hour ahead of UTC
    assert read.SourceTimestamp == datetime.fromtimestamp(NOON_US / 1e6 + 3600, UTC)
    read = await value_of(client, "LoopExchanger.HeatPower")
    assert read.StatusCode is not None
    assert read.StatusCode.name == "BadNoCommunication"
    read = await value_of(client, "Chiller1.ActivePower")
    assert read.StatusCode is not None
    assert read.StatusCode.name == "BadSensorFailure"
    read = await value_of(client, "Chiller2.ActivePower")
    ahead = datetime.fromtimestamp(NOON_US / 1e6 + 7200, UTC)
    assert read.SourceTimestamp == ahead
    read = await value_of(client, "HeatPump2.HeatPower")
    assert read.StatusCode is not None
    assert read.StatusCode.name == "BadNoCommunication"
    read = await value_of(client, "Weather.OutdoorTemperature")
    assert read.Value is not None
    assert abs(read.Value.Value) > 60 or read.Value.Value == 0
    await asyncio.sleep(1.2)
    read = await value_of(client, "Chiller1.ActivePower")
    assert read.StatusCode is not None
    assert read.StatusCode.is_good()
    for device in ("chiller_2", "heat_pump_1", "heat_pump_2", "loop_exchanger", "weather_mast"):
        served.faults.clear(device)


@pytest.mark.asyncio(loop_scope="module")
async def test_writing_is_refused(client: Client) -> None:
    index = await client.get_namespace_index(NAMESPACE)
    node = client.get_node(f"ns={index};s=HeatPump1.ActivePower")
    with pytest.raises(BadUserAccessDenied):
        await node.write_value(0.0)
