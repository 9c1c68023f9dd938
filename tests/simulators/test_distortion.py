from collections.abc import Mapping

import pytest

from simulators.distortion import Distortion
from simulators.errors import FaultError
from simulators.faults import FaultBook
from simulators.modbus_device import ModbusDevice
from simulators.plant import Plant
from simulators.site import SimulatedSite
from simulators.values import LiveValues
from tests.simulators.sites import HandClock


class Bench:
    """One device with its faults, on a clock moved by hand."""

    def __init__(self, plant: Plant, site: SimulatedSite, device: str) -> None:
        self.clock = HandClock()
        self.live = LiveValues(plant, site.points(), self.clock)
        self.faults = FaultBook(site, lambda: self.clock.now_us / 1e6)
        self.device = next(d for d in site.devices if d.id == device)
        self.distortion = Distortion(self.device, self.live, self.faults)

    def shown(self, after_s: float = 0.0) -> Mapping[str, float]:
        self.clock.advance(after_s)
        return self.distortion.values(self.live.current())

    def sound(self) -> Mapping[str, float]:
        values = self.live.current().values
        return {p.name: values[self.device.key(p)] for p in self.device.points}

    def apply(self, kind: str, seconds: float | None = None, **params: float) -> None:
        self.faults.apply(self.device.id, kind, seconds, params)


@pytest.fixture
def intake(one_plant: Plant, site: SimulatedSite) -> Bench:
    return Bench(one_plant, site, "intake_a")


@pytest.fixture
def loop_meter(one_plant: Plant, site: SimulatedSite) -> Bench:
    return Bench(one_plant, site, "heat_meter_loop")


def test_without_faults_nothing_changes(intake: Bench) -> None:
    assert intake.shown() == intake.sound()


def test_a_frozen_device_repeats_itself_until_the_end(intake: Bench) -> None:
    intake.apply("frozen", 60)
    first = intake.shown()
    assert intake.shown(30) == first
    assert intake.shown(31) == intake.sound() != first


def test_a_reversed_ct_loses_two_thirds_and_the_register_keeps_the_loss(intake: Bench) -> None:
    before = intake.shown()["active_energy_kwh"]
    intake.apply("ct_reversed")
    values = intake.shown(600)
    gain = intake.sound()["active_energy_kwh"] - before
    assert gain > 10
    assert values["active_energy_kwh"] - before == pytest.approx(gain / 3)
    assert values["active_power_kw"] == pytest.approx(intake.sound()["active_power_kw"] / 3)
    assert values["voltage_l1_v"] == intake.sound()["voltage_l1_v"]
    intake.faults.clear("intake_a")
    after = intake.shown(600)
    assert after["active_power_kw"] == intake.sound()["active_power_kw"]
    lost = intake.sound()["active_energy_kwh"] - after["active_energy_kwh"]
    assert lost == pytest.approx(gain * 2 / 3)


def test_a_replaced_meter_starts_at_zero_and_counts_on(intake: Bench) -> None:
    intake.apply("meter_replaced")
    start = intake.sound()["active_energy_kwh"]
    assert intake.shown()["active_energy_kwh"] == 0.0
    later = intake.shown(600)["active_energy_kwh"]
    assert later == pytest.approx(intake.sound()["active_energy_kwh"] - start)
    assert later > 10


def test_drift_grows(intake: Bench, loop_meter: Bench) -> None:
    intake.apply("drift", share_per_min=0.01)
    shown = intake.shown(600)
    assert shown["active_power_kw"] == pytest.approx(intake.sound()["active_power_kw"] * 1.1)
    assert shown["frequency_hz"] == intake.sound()["frequency_hz"]
    loop_meter.apply("drift", k_per_min=0.1)
    shown = loop_meter.shown(600)
    sound = loop_meter.sound()
    assert shown["supply_temp_degc"] == pytest.approx(sound["supply_temp_degc"] + 1.0)


def test_glycol_overstates_heat_only(loop_meter: Bench) -> None:
    loop_meter.shown()
    loop_meter.apply("glycol")
    shown, sound = loop_meter.shown(60), loop_meter.sound()
    assert shown["heat_power_kw"] == pytest.approx(1.08 * sound["heat_power_kw"])
    assert shown["flow_m3_per_h"] == sound["flow_m3_per_h"]
    assert shown["heat_energy_kwh"] > sound["heat_energy_kwh"]


def test_air_hides_flow(loop_meter: Bench) -> None:
    before = loop_meter.shown()
    loop_meter.apply("air_in_flow")
    shares = []
    for _ in range(10):
        shown = loop_meter.shown(10)
        shares.append(shown["flow_m3_per_h"] / loop_meter.sound()["flow_m3_per_h"])
    assert max(shares) <= 1.0
    assert max(shares) - min(shares) > 0.2
    assert before["volume_m3"] < shown["volume_m3"] < loop_meter.sound()["volume_m3"]


def test_reverse_flow_stops_the_registers(loop_meter: Bench) -> None:
    before = loop_meter.shown()
    loop_meter.apply("reverse_flow")
    shown = loop_meter.shown(60)
    assert shown["flow_m3_per_h"] < 0
    assert shown["heat_power_kw"] < 0
    assert shown["volume_m3"] == pytest.approx(before["volume_m3"], abs=1e-9)


def test_yesterday_again(intake: Bench) -> None:
    intake.apply("yesterday")
    yesterday = intake.live.measured_at(intake.clock.now_us - 86_400_000_000)
    assert intake.shown()["active_power_kw"] == yesterday["intake_a.active_power_kw"]


def test_swapped_transformers_exchange_power_and_what_is_counted_from_now_on(
    one_plant: Plant, site: SimulatedSite
) -> None:
    pump, board = Bench(one_plant, site, "heat_pump_board"), Bench(one_plant, site, "mech_board_a")
    board.clock, board.live, board.faults = pump.clock, pump.live, pump.faults
    board.distortion = Distortion(board.device, board.live, board.faults)
    register = "active_energy_kwh"
    before = {bench: bench.shown()[register] for bench in (pump, board)}
    start = {bench: bench.sound()[register] for bench in (pump, board)}
    assert before == start
    pump.apply("swapped_cts", unit=5)
    assert {bench: bench.shown()[register] for bench in (pump, board)} == before
    for _ in range(3):
        pump.clock.advance(600)
        shown = {bench: bench.shown() for bench in (pump, board)}
    grown = {bench: bench.sound()[register] - start[bench] for bench in (pump, board)}
    assert abs(grown[pump] - grown[board]) > 1.0
    for bench, other in ((pump, board), (board, pump)):
        assert shown[bench]["active_power_kw"] == other.sound()["active_power_kw"]
        assert shown[bench]["current_l1_a"] == other.sound()["current_l1_a"]
        assert shown[bench]["voltage_l1_v"] == bench.sound()["voltage_l1_v"]
        counted = shown[bench][register] - before[bench]
        assert counted == pytest.approx(grown[other], abs=1e-6)
    kept = {bench: shown[bench][register] for bench in (pump, board)}
    board.faults.clear("mech_board_a")
    assert board.faults.all_active() == ()
    pump.clock.advance(600)
    for bench in (pump, board):
        now = bench.shown()
        assert now["active_power_kw"] == bench.sound()["active_power_kw"]
        lasting = now[register] - bench.sound()[register]
        assert lasting == pytest.approx(kept[bench] - start[bench] - grown[bench], abs=1e-6)


def test_swapping_with_a_third_meter_frees_the_second(intake: Bench) -> None:
    intake.apply("swapped_cts", unit=2)
    intake.apply("swapped_cts", unit=3)

    swapped = {(f.device, f.param("unit")) for f in intake.faults.all_active()}
    assert swapped == {("intake_a", 3.0), ("genset_meter", 1.0)}


@pytest.mark.parametrize(
    ("device", "params", "words"),
    [
        ("intake_a", {}, "needs unit: that of another energy_meter on link gw_electrical"),
        ("intake_a", {"unit": 1.0}, "needs unit"),
        ("pdu_05", {"unit": 6.0}, "needs unit: that of another pdu on link gw_pdu_a"),
        ("heat_meter_loop", {"unit": 2.0}, "counts no electricity"),
    ],
)
def test_transformers_that_cannot_be_swapped(
    site: SimulatedSite, device: str, params: dict[str, float], words: str
) -> None:
    with pytest.raises(FaultError) as caught:
        FaultBook(site).apply(device, "swapped_cts", None, params)
    assert words in str(caught.value)


def test_a_device_that_gives_up_in_the_heat_is_silent_above_its_limit_only(intake: Bench) -> None:
    outdoor_degc = intake.live.current().outdoor_temp_degc
    modbus = ModbusDevice(intake.device, intake.live, intake.faults)
    request = bytes((3, 0x03, 0xFC, 0, 2))  # two registers of the power at 1020

    assert -10.0 < outdoor_degc < 27.0
    intake.apply("hot_day_dropout")
    assert modbus.reply(request) is not None
    intake.apply("hot_day_dropout", above_degc=outdoor_degc - 0.5)
    assert modbus.reply(request) is None


@pytest.mark.parametrize(
    ("device", "kind", "params", "words"),
    [
        ("nobody", "silent", {}, "there is no device 'nobody'"),
        ("intake_a", "tired", {}, "use one of silent, refused"),
        ("intake_a", "refused", {}, "shares link gw_electrical"),
        ("intake_a", "clock_jump", {}, "fault of OPC UA devices"),
        ("chiller_1", "slow", {}, "fault of Modbus devices"),
        ("intake_a", "slow", {"hours": 1.0}, "has no parameter hours; it takes seconds"),
        ("intake_a", "silent", {"x": 1.0}, "it takes none"),
    ],
)
def test_faults_that_do_not_fit(
    site: SimulatedSite, device: str, kind: str, params: dict[str, float], words: str
) -> None:
    with pytest.raises(FaultError) as caught:
        FaultBook(site).apply(device, kind, None, params)
    assert words in str(caught.value)
