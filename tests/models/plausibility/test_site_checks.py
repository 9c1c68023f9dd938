"""Cross-checks of the shipped site on the plant's own registers, honest and tampered with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from models.kpi.limit import KpiLimit
from models.kpi.measurement import SiteReadings
from models.legal_time.days import day_start, to_us
from models.plausibility.site_checks import SiteChecks
from models.plausibility.suspicion import SuspicionKind
from models.readings import IntArray
from models.registers.gauges import gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples
from models.registers.steps import whole_steps
from models.site.heat import TakerReport
from models.site.site import Site, site_sums
from tests.models.plant_readings import NOW, read, site, traced

HOUR_US = 3_600_000_000
OUTDOOR = "weather_mast.outdoor_temp_degc"
SEEDS = (1, 2, 3)
CHECKS = SiteChecks(site(), site_sums(site()))
LIMITS = tuple(
    KpiLimit(
        kpi=kpi,
        window="12months",
        rule=f"{kpi}_rule",
        value=value,
        at_least=at_least,
        least_coverage_ratio=0.9,
    )
    for kpi, value, at_least in (
        ("pue", 1.3, False),
        ("pue", 1.4, False),
        ("erf", 0.4, True),
        ("wue", 0.4, False),
    )
)
Tamper = Callable[[dict[str, Samples]], dict[str, Samples]]


@cache
def _read(seed: int) -> dict[str, Samples]:
    """A year and more of hourly readings, with the steps of the registers, and the weather."""
    step = {meter.point: meter.resolution for meter in site().tree.meters.values()}
    keys = (*CHECKS.registers(), OUTDOOR)
    shown = read(NOW - timedelta(days=400), NOW, timedelta(hours=1), keys, seed)

    def stepped(key: str, of: Samples) -> Samples:
        resolution = step.get(key, 0.0)
        if resolution <= 0.0:
            return of
        return replace(of, value=np.floor(of.value / resolution) * resolution)

    return {key: stepped(key, of) for key, of in shown.items()}


def _readings(samples: dict[str, Samples]) -> SiteReadings:
    start, end = to_us(NOW - timedelta(days=399)), to_us(NOW)
    hours = Periods.between(whole_steps(start, end, HOUR_US))
    return SiteReadings(
        registers={key: one for key, one in samples.items() if key != OUTDOOR},
        gauges={
            key: gauge_totals(one, hours, hold_us=HOUR_US)
            for key, one in samples.items()
            if key == OUTDOOR
        },
    )


def _kinds(samples: dict[str, Samples], of: Site | None = None) -> dict[str, set[str]]:
    checks = CHECKS if of is None else SiteChecks(of, site_sums(of))
    given = _readings(samples)
    found: dict[str, set[str]] = {}
    for view in checks.suspicions(given, traced(given), NOW, LIMITS):
        found.setdefault(view.kind, set()).update(view.about)
    return found


def _counted(samples: Samples, change: Callable[[IntArray, np.ndarray], np.ndarray]) -> Samples:
    """Other counts: the register follows."""
    gain = change(samples.ts_us[:-1], np.diff(samples.value))
    level = samples.value[0] + np.concatenate([[0.0], np.cumsum(gain)])
    return replace(samples, value=np.round(level, 3))


def _counts_more(samples: dict[str, Samples]) -> dict[str, Samples]:
    keys = [f"pdu_{n:02d}.active_energy_kwh" for n in range(1, 7)]
    more = {key: _counted(samples[key], lambda _, gain: 1.05 * gain) for key in keys}
    return samples | more


def _hides_cooling(samples: dict[str, Samples]) -> dict[str, Samples]:
    cooling = np.diff(samples["mech_board_a.active_energy_kwh"].value)
    keys = ["pdu_03.active_energy_kwh", "ups_a.output_energy_kwh", "ups_a.input_energy_kwh"]
    more = {key: _counted(samples[key], lambda _, gain: gain + 0.2 * cooling) for key in keys}
    return samples | more


def _copies_a_week(samples: dict[str, Samples]) -> dict[str, Samples]:
    start, end = to_us(day_start(date(2026, 6, 8))), to_us(day_start(date(2026, 6, 15)))
    week = (end - start) // HOUR_US

    def copied(ts_us: IntArray, gain: np.ndarray) -> np.ndarray:
        at = int(np.searchsorted(ts_us, start))
        gain[at : at + week] = gain[at - week : at]
        return gain

    key = "pdu_04.active_energy_kwh"
    return samples | {key: _counted(samples[key], copied)}


def _rounds(samples: dict[str, Samples]) -> dict[str, Samples]:
    key = "intake_a.active_energy_kwh"
    of = samples[key]
    late = of.ts_us >= to_us(NOW - timedelta(days=90))
    return samples | {key: replace(of, value=np.where(late, np.round(of.value), of.value))}


def _stops_when_hot(samples: dict[str, Samples]) -> dict[str, Samples]:
    outdoor = samples[OUTDOOR].value
    usual = np.convolve(outdoor, np.ones(24 * 61), "same")
    usual /= np.convolve(np.ones(len(outdoor)), np.ones(24 * 61), "same")
    hot = outdoor > np.maximum(usual + 5.5, 15.0)
    key = "pdu_07.active_energy_kwh"
    of = samples[key]
    return samples | {key: Samples(ts_us=of.ts_us[~hot], value=of.value[~hot])}


def _smooths(samples: dict[str, Samples]) -> dict[str, Samples]:
    def smoothed(ts_us: IntArray, gain: np.ndarray) -> np.ndarray:
        part = (ts_us >= to_us(NOW - timedelta(days=200))) & (
            ts_us < to_us(NOW - timedelta(days=120))
        )
        mean = np.convolve(gain, np.ones(49) / 49.0, "same")
        return np.where(part, mean + 0.05 * (gain - mean), gain)

    key = "pdu_05.active_energy_kwh"
    return samples | {key: _counted(samples[key], smoothed)}


CHEATS: list[tuple[Tamper, SuspicionKind, str]] = [
    (_counts_more, SuspicionKind.IT_ABOVE_UPS, "pdu_01"),
    (_hides_cooling, SuspicionKind.IT_FOLLOWS_WEATHER, "pdu_03"),
    (_copies_a_week, SuspicionKind.REPEATED_FIGURES, "pdu_04"),
    (_rounds, SuspicionKind.ROUND_FIGURES, "intake_a"),
    (_stops_when_hot, SuspicionKind.SILENT_WHEN_HOT, "pdu_07"),
    (_smooths, SuspicionKind.TOO_SMOOTH, "pdu_05"),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_honest_plant_is_not_suspected_of_anything(seed: int) -> None:
    assert _kinds(_read(seed)) == {}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("tamper", "kind", "meter"), CHEATS, ids=[k.value for _, k, _ in CHEATS])
def test_registers_that_were_tampered_with_are_named(
    tamper: Tamper, kind: SuspicionKind, meter: str, seed: int
) -> None:
    found = _kinds(tamper(_read(seed)))

    assert meter in found[kind.value]
    assert set(found) == {kind.value}


def _with_reports(share: float) -> Site:
    """The loop's operator reports a share of what the site's meter counted."""
    register = _read(1)["heat_meter_loop.heat_energy_kwh"]
    reports = []
    for month in range(1, 11):
        edges = [to_us(day_start(date(2026, n, 1))) for n in (month, month + 1)]
        start, end = np.interp(edges, register.ts_us, register.value)
        reports.append(
            TakerReport(
                taker="district_loop",
                year=2026,
                month=month,
                heat_kwh=share * float(end - start),
                u_ratio=0.015,
                line_loss_ratio=0.01,
                source="a test",
            )
        )
    declared = replace(site().declared, taker_reports=tuple(reports))
    return replace(site(), declared=declared)


def test_heat_that_the_taker_did_not_receive_is_named_with_its_figures() -> None:
    reported = _with_reports(0.85)
    given = _readings(_read(1))
    checks = SiteChecks(reported, site_sums(reported))

    (view,) = checks.suspicions(given, traced(given), NOW, ())

    figures = {one.name: one.value for one in view.figures}
    assert (view.kind, view.about) == ("heat_above_taker", ("heat_meter_loop",))
    assert (view.label_en, view.effect_unit) == ("Heat handed to the district loop", "kWh")
    # 1 % may be lost on the way: 14 of 99 is claimed in excess.
    assert view.effect / figures["claimed"] == pytest.approx(0.14 / 0.99, rel=0.01)
    assert figures["months_compared"] == 10.0
    assert (view.since, view.until) == (date(2026, 1, 1), date(2026, 11, 1))
    assert view.p_value <= view.family_p_value <= 0.01


def test_heat_that_the_taker_confirms_is_not_suspected() -> None:
    assert _kinds(_read(1), _with_reports(0.985)) == {}


def test_a_meter_installed_last_month_and_a_silent_store_raise_nothing() -> None:
    young = dict(_read(1))
    cut = to_us(NOW - timedelta(days=30))
    of = young["pdu_09.active_energy_kwh"]
    young["pdu_09.active_energy_kwh"] = Samples(
        ts_us=of.ts_us[of.ts_us >= cut], value=of.value[of.ts_us >= cut]
    )
    fresh = {
        key: Samples(ts_us=one.ts_us[-40:], value=one.value[-40:]) for key, one in young.items()
    }

    assert _kinds(young) == {}
    assert _kinds(fresh) == {}
    assert _kinds({}) == {}


def test_a_meter_read_once_a_day_shows_no_hours_that_could_be_copies() -> None:
    """The level between two visits runs evenly: hours alike that no register showed."""
    daily = dict(_read(1))
    for n in range(1, 13):
        of = daily.get(key := f"pdu_{n:02d}.active_energy_kwh")
        if of is not None:
            visits = (of.ts_us // HOUR_US) % 24 == 7
            daily[key] = Samples(ts_us=of.ts_us[visits], value=of.value[visits])

    assert _kinds(daily) == {}


def test_a_silence_that_was_counted_through_is_no_copied_day() -> None:
    quiet = dict(_read(1))
    of = quiet["pdu_04.active_energy_kwh"]
    start, end = (to_us(NOW - timedelta(days=n)) for n in (90, 83))
    keep = (of.ts_us < start) | (of.ts_us > end)
    quiet["pdu_04.active_energy_kwh"] = Samples(ts_us=of.ts_us[keep], value=of.value[keep])

    assert _kinds(quiet) == {}
