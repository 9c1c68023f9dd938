"""Cross-checks of the shipped site on the plant's own registers, honest and tampered with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from time import process_time

import numpy as np
import pytest

from charter_rules.findings import Finding
from charter_rules.judging.engine import evaluate
from charter_rules.loader import load_rulebook
from models.legal_time.days import day_start, to_us
from models.plausibility.suspicion import SuspicionKind
from models.readings import IntArray
from models.registers.gauges import GaugesByKey
from models.site.heat import TakerReport
from models.site.site import Site
from service.evaluation.recipes import KpiMeters
from service.evaluation.samples import Samples
from service.evaluation.scrutiny import Scrutiny
from service.pages.text import TEXTS
from service.site.errors import SiteFileError
from service.site.facts import facts_of
from service.site.loader import parse_site
from simulators.plant import Plant
from tests.models.plausibility.invented import all_checks, invented
from tests.service.evaluation.gauge_sums import sums_of
from tests.service.evaluation.test_evaluator import NOW, SITE
from tests.service.site.test_loader import PROFILES, SHIPPED

HOUR_US = 3_600_000_000
OUTDOOR = "weather_mast.outdoor_temp_degc"
SEEDS = (1, 2, 3)
SCRUTINY = Scrutiny(SITE, KpiMeters(SITE.tree))
Tamper = Callable[[dict[str, Samples]], dict[str, Samples]]


@cache
def _read(seed: int) -> dict[str, Samples]:
    """A year and more of hourly readings, with the steps of the registers."""
    first = to_us(NOW - timedelta(days=400)) // HOUR_US * HOUR_US
    ts = np.arange(first, to_us(NOW), HOUR_US, dtype=np.int64)
    values = Plant(seed=seed).measured_values(ts)
    step = {meter.point: meter.resolution for meter in SITE.tree.meters.values()}
    found = {}
    for key in (*SCRUTINY.keys(), OUTDOOR):
        resolution = step.get(key, 0.0)
        value = values[key]
        if resolution > 0.0:
            value = np.floor(value / resolution) * resolution
        found[key] = Samples(ts_us=ts, value=value)
    return found


def _weather(samples: dict[str, Samples]) -> GaugesByKey:
    """Hourly totals of the outdoor temperature, where it is among the samples."""
    if OUTDOOR not in samples:
        return {}
    first = NOW.replace(minute=0, second=0) - timedelta(days=399)
    read = {OUTDOOR: samples[OUTDOOR]}
    return sums_of(read, first, NOW, timedelta(hours=1), {}, hold_us=HOUR_US)


@cache
def _findings() -> tuple[Finding, ...]:
    return evaluate(load_rulebook(charter="paris"), facts_of(SITE), {}, NOW.date())


def _kinds(samples: dict[str, Samples], site: Site = SITE) -> dict[str, set[str]]:
    scrutiny = Scrutiny(site, KpiMeters(site.tree))
    found: dict[str, set[str]] = {}
    for view in scrutiny.suspicions(samples, _weather(samples), NOW, _findings()):
        found.setdefault(view.kind, set()).update(view.about)
    return found


def _day_us(day: date) -> tuple[int, int]:
    return to_us(day_start(day)), to_us(day_start(day + timedelta(days=1)))


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
    declared = replace(SITE.declared, taker_reports=tuple(reports))
    return replace(SITE, declared=declared)


def test_heat_that_the_taker_did_not_receive_is_named_with_its_figures() -> None:
    site = _with_reports(0.85)
    samples = _read(1)
    scrutiny = Scrutiny(site, KpiMeters(site.tree))
    (view,) = scrutiny.suspicions(samples, _weather(samples), NOW, ())

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


def test_a_year_is_judged_within_a_second() -> None:
    samples, weather = _read(1), _weather(_read(1))
    SCRUTINY.suspicions(samples, weather, NOW, _findings())
    began = process_time()
    SCRUTINY.suspicions(samples, weather, NOW, _findings())

    # Processor time, with room for a machine that is shared.
    assert process_time() - began < 1.5


@pytest.mark.parametrize("lang", TEXTS)
def test_every_suspicion_has_its_words_and_its_innocent_reading(lang: str) -> None:
    for kind in SuspicionKind:
        assert f"suspicion_{kind.value}" in TEXTS[lang]
        assert f"suspicion_{kind.value}_else" in TEXTS[lang]
    for found in all_checks(invented(1)):
        for figure in () if found is None else found.figures:
            assert f"suspicion_figure_{figure.name}" in TEXTS[lang]


def test_a_report_of_an_unknown_taker_or_given_twice_is_refused() -> None:
    report = "{taker: TAKER, month: 2026-01, heat_kwh: 10000, u_ratio: 0.02, source: its bill}"
    mine, stranger = (report.replace("TAKER", one) for one in ("greenhouses", "nobody"))
    text = SHIPPED.read_text(encoding="utf-8").replace(
        "  trajectory_base:", f"  taker_reports: [{mine}, {mine}, {stranger}]\n  trajectory_base:"
    )

    with pytest.raises(SiteFileError) as refused:
        parse_site(text, "site.yaml", PROFILES)

    assert "stands twice" in str(refused.value)
    assert "no taker 'nobody'" in str(refused.value)
