import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulators.__main__ import main
from simulators.fleet.calendar import metered_windows, noise_windows
from simulators.fleet.faults import MeterFault, MeterFaultKind, silence, spoil
from simulators.fleet.roster import roster
from simulators.fleet.site_file import site_file_text
from simulators.fleet.writing import FleetOrder
from simulators.plant import Plant
from tests.simulators.sites import SITE

END = datetime(2026, 11, 20, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
DAY_US = 86_400_000_000


def written(folder: Path, seed: int) -> dict[str, bytes]:
    arguments = ["fleet", "--sites", "1", "--months", "12", "--seed", str(seed)]
    assert main([*arguments, "--end", END.isoformat(), "--out", str(folder)]) == 0
    own = folder / "site_01"
    names = ("site.yaml", "registers.npz", "gauges.npz", "sound.npz", "truth.json")
    return {name: (own / name).read_bytes() for name in names}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once")
    written(folder, 1)
    return folder


def test_a_seed_is_one_fleet_to_the_last_byte_and_another_seed_is_another(
    once: Path, tmp_path: Path
) -> None:
    again, other = written(tmp_path / "again", 1), written(tmp_path / "other", 2)
    for name, content in again.items():
        assert (once / "site_01" / name).read_bytes() == content, name
    for name in ("registers.npz", "gauges.npz", "sound.npz", "truth.json"):
        assert other[name] != again[name], name


def test_the_truth_is_that_of_the_plant_over_legal_months(once: Path) -> None:
    site = roster(1, 1)[0]
    start = datetime(2025, 11, 1, tzinfo=PARIS).astimezone(UTC)
    end = datetime(2026, 11, 1, tzinfo=PARIS).astimezone(UTC)
    plant = Plant(site.seed, start, variant=site.variant)
    truths = {
        (one["kpi"], one["window"], one["on"]): one["value"]
        for one in json.loads((once / "site_01/truth.json").read_text())
    }
    year, on = plant.truth(start, end), "2026-10-31"
    assert truths["pue", "12months", on] == year.pue
    assert truths["wue", "12months", on] == year.wue_l_per_kwh
    assert truths["erf", "12months", on] == year.erf
    assert truths["facility_energy", "12months", on] == year.e_dc_kwh
    assert truths["delivered_temperature", "12months", on] == year.heat.supply_temp_delivered_degc
    weather = plant.truth_weather(start, end)
    assert truths["cooling_degree_days", "12months", on] == pytest.approx(
        weather.cooling_degree_days_k_d, rel=1e-9
    )
    assert weather.cooling_degree_days_k_d > 10.0
    october = datetime(2026, 10, 1, tzinfo=PARIS).astimezone(UTC)
    # a month of 745 hours: the clock goes back in it
    assert (end - october).total_seconds() == 745 * 3600
    assert truths["pue", "month", on] == plant.truth(october, end).pue
    night = plant.truth_noise(
        datetime(2026, 10, 30, 22, tzinfo=PARIS).astimezone(UTC),
        datetime(2026, 10, 31, 7, tzinfo=PARIS).astimezone(UTC),
    )
    worst = max(levels.emergence_night_db for levels in night.values())
    assert truths["noise_emergence_night", "last_night", on] == worst


def test_registers_are_read_each_hour_from_midnight_to_midnight_with_the_errors_of_meters(
    once: Path,
) -> None:
    with np.load(once / "site_01/registers.npz") as file:
        ts_us, keys, values = file["ts_us"], file["keys"].tolist(), file["values"]
    assert ts_us[0] == datetime(2025, 11, 1, tzinfo=PARIS).timestamp() * 1e6
    assert ts_us[-1] == datetime(2026, 11, 1, tzinfo=PARIS).timestamp() * 1e6
    assert (np.diff(ts_us) == 3_600_000_000).all()
    assert np.isfinite(values).all()
    site = roster(1, 1)[0]
    plant = Plant(site.seed, datetime.fromtimestamp(ts_us[0] / 1e6, UTC), variant=site.variant)
    true = plant.true_values(ts_us[[0, -1]])["intake_a.active_energy_kwh"]
    read = values[[0, -1], keys.index("intake_a.active_energy_kwh")]
    error_ratio = (read[1] - read[0]) / (true[1] - true[0]) - 1.0
    # class 0.5 S and transformers of class 0.5
    assert 0.0 < abs(error_ratio) < 0.0101


def test_gauges_are_read_each_quarter_of_an_hour_as_registers_are_each_hour(once: Path) -> None:
    with np.load(once / "site_01/gauges.npz") as file:
        ts_us, keys, values = file["ts_us"], file["keys"].tolist(), file["values"]
    with np.load(once / "site_01/registers.npz") as file:
        hours_us = file["ts_us"]
    assert (ts_us[::4] == hours_us).all()
    assert (np.diff(ts_us) == 900_000_000).all()
    assert np.isfinite(values).all()
    site = roster(1, 1)[0]
    plant = Plant(site.seed, datetime.fromtimestamp(ts_us[0] / 1e6, UTC), variant=site.variant)
    rows = np.array([0, 1, 20_001, 35_039])
    true = plant.true_values(ts_us[rows])
    for column, key in enumerate(keys):
        # a thermometer errs by 0.3 K and shows tenths
        assert values[rows, column] == pytest.approx(true[key], abs=0.6), key


def test_the_site_file_names_no_real_place_and_grows_its_meters_with_the_plant() -> None:
    template = SITE.read_text(encoding="utf-8")
    for site in roster(14, 1):
        text = site_file_text(site, template, 2024)
        for word in ("Chapelle", "CPCU", "Ville de", "logistique"):
            assert word not in text, (site.name, word)
        assert f"name: {site.name}" in text
        largest = 900.0 * site.variant.size
        assert f"role: utility_intake, max_per_h: {largest:g}," in text


def test_sites_beyond_fourteen_are_other_plants_of_the_same_kinds() -> None:
    sites = roster(16, 1)
    assert [site.name for site in sites[-2:]] == ["site_15", "site_16"]
    assert sites[14].facts == sites[0].facts
    assert sites[14].variant != sites[0].variant
    assert len({site.seed for site in sites}) == 16


def test_a_silent_device_shows_no_gauge_and_afterwards_the_same_as_before() -> None:
    ts_us = np.arange(101) * DAY_US
    values = np.full((101, 2), 40.0)
    fault = MeterFault(kind=MeterFaultKind.REPLACED, device="a", days_before_end=50.0, days=10.0)

    silence(values, ts_us, ["a.supply_temp_degc", "b.supply_temp_degc"], [fault])

    assert np.isnan(values[50:60, 0]).all()
    assert (values[:50, 0] == 40.0).all()
    assert (values[60:, 0] == 40.0).all()
    assert (values[:, 1] == 40.0).all()


@pytest.mark.parametrize("kind", list(MeterFaultKind))
def test_a_fault_silences_its_device_alone_and_goes_on_as_it_says(kind: MeterFaultKind) -> None:
    ts_us = np.arange(101) * DAY_US
    values = np.stack([np.arange(101.0), np.arange(101.0)], axis=1)
    fault = MeterFault(kind=kind, device="a", days_before_end=50.0, days=10.0)
    spoil(values, ts_us, ["a.energy", "b.energy"], [fault])
    assert (values[:, 1] == np.arange(101.0)).all()
    assert (values[:50, 0] == np.arange(50.0)).all()
    assert np.isnan(values[50:60, 0]).all()
    after = {
        MeterFaultKind.GAP: np.arange(60.0, 101.0),
        MeterFaultKind.REPLACED: np.arange(0.0, 41.0),
        MeterFaultKind.DEAD: np.full(41, np.nan),
    }[kind]
    assert np.array_equal(values[60:, 0], after, equal_nan=True)


def test_only_month_ends_with_a_year_behind_them_are_judged() -> None:
    order = FleetOrder(sites=1, seed=1, end=END, months=14)
    assert order.first_day == date(2025, 9, 1)
    assert order.judged_days == (date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31))


def test_windows_follow_the_clock_of_paris() -> None:
    month, year = metered_windows(date(2026, 3, 31))
    assert (month.end - month.start).total_seconds() == 743 * 3600
    assert (year.end - year.start).total_seconds() == 365 * 86400
    night, day = noise_windows(date(2026, 3, 29))
    assert (night.end - night.start).total_seconds() == 8 * 3600
    assert (day.end - day.start).total_seconds() == 15 * 3600


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--sites", "0"), "--sites must be at least 1"),
        (("--months", "11"), "--months must be at least 12"),
        (("--months", "60"), "give a later --end or fewer --months"),
        (("--out", "/proc/none"), "give another --out"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused_with_the_remedy(
    wrong: tuple[str, str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fleet", "--end", END.isoformat(), "--out", str(tmp_path), *wrong]
    assert main(arguments) == 2
    assert told in capsys.readouterr().err
