"""The heat chain of the shipped site on the plant's own readings, against the plant's truth."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from models.heat.chain import FINE_STEP, HeatChain, HeatChainView
from models.heat.handover import doubts
from models.heat.site_exchanger import TREND
from models.kpi.measurement import SiteReadings
from models.kpi.result import Doubt, DoubtReason
from models.legal_time.calendar_spans import legal_month
from models.legal_time.days import to_us
from models.registers.samples import Samples
from simulators.truth_document import truth_document
from tests.models.plant_readings import NOW, PLANT, readings, site, traced

HOUR = timedelta(hours=1)
CHAIN = HeatChain(site())
LOOP = "heat_meter_loop.heat_energy_kwh"


@cache
def _hourly() -> SiteReadings:
    start = NOW.replace(minute=0) - TREND
    return readings(start, NOW, HOUR, registers=CHAIN.registers(), gauges=CHAIN.gauges())


@cache
def _fine() -> SiteReadings:
    start = NOW.replace(hour=0, minute=0) - HOUR
    return readings(start, NOW, FINE_STEP, registers=CHAIN.registers(), gauges=CHAIN.gauges())


def _view(hourly: SiteReadings, fine: SiteReadings) -> HeatChainView:
    return CHAIN.view(
        NOW,
        hourly=hourly,
        hourly_registers=traced(hourly),
        fine=fine,
        fine_registers=traced(fine),
    )


@cache
def _sound() -> HeatChainView:
    return _view(_hourly(), _fine())


def _without(given: SiteReadings, device: str) -> SiteReadings:
    mute = f"{device}."
    return replace(
        given,
        registers={key: one for key, one in given.registers.items() if not key.startswith(mute)},
        gauges={key: one for key, one in given.gauges.items() if not key.startswith(mute)},
    )


def test_the_exchanger_is_as_clean_as_the_plants() -> None:
    exchanger = _sound().exchanger

    assert exchanger is not None
    spread = exchanger.clean_share_expanded_uncertainty_ratio
    truth = truth_document(PLANT, NOW - timedelta(days=1), NOW)["exchanger_clean_ratio_mean"]
    assert spread is not None
    assert exchanger.clean_share_ratio == pytest.approx(truth, abs=1.5 * spread)  # k = 3
    assert exchanger.ua_kw_per_k is not None
    assert exchanger.lmtd_k is not None


def test_pumps_give_about_half_of_what_carnot_leaves() -> None:
    values = {
        key: float(one[0])
        for key, one in PLANT.measured_values(np.array([to_us(NOW)])).items()
        if key in site().points
    }

    pumps = CHAIN.pumps(values)

    assert len(pumps) == len(site().heat_pumps)
    assert all(2.5 < (pump.cop or 0.0) < 6.0 for pump in pumps)
    assert all(0.4 < (pump.carnot_ratio or 0.0) < 0.6 for pump in pumps)
    assert [pump.cop for pump in CHAIN.pumps({})] == [None] * len(pumps)


def test_two_figures_of_sound_meters_agree_over_the_day_and_the_month() -> None:
    figures = _sound().figures

    assert {(one.meter, one.window) for one in figures} == {
        (meter, window)
        for meter in ("heat_meter_loop", "heat_meter_greenhouse")
        for window in ("today", "month")
    }
    assert all(one.coverage_ratio > 0.99 for one in figures)
    assert not any(one.disagree for one in figures)
    assert doubts(figures) == ()


def test_a_meter_whose_two_figures_disagree_is_in_doubt() -> None:
    """The loop's register counts 8 % too much, as with glycol in a foreign meter."""

    def spoilt(given: SiteReadings) -> SiteReadings:
        of = given.registers[LOOP]
        more = of.value[0] + 1.08 * (of.value - of.value[0])
        return replace(given, registers={**given.registers, LOOP: replace(of, value=more)})

    figures = _view(spoilt(_hourly()), spoilt(_fine())).figures

    disagree = {(one.meter, one.window) for one in figures if one.disagree}
    assert disagree == {("heat_meter_loop", "today"), ("heat_meter_loop", "month")}
    assert doubts(figures) == (Doubt("heat_meter_loop", DoubtReason.SECOND_CALCULATION),)


def test_a_heat_meter_that_never_spoke_has_no_second_figure() -> None:
    silent = [_without(each, "heat_meter_greenhouse") for each in (_hourly(), _fine())]

    assert {one.meter for one in _view(*silent).figures} == {"heat_meter_loop"}


def test_missed_heat_of_the_month_is_little() -> None:
    missed = _sound().missed

    assert missed is not None
    assert 0.0 <= missed["month"].missed_kwh < 0.01 * 74_000.0
    assert missed["month"].coverage_ratio > 0.99


def test_nothing_read_is_nothing_shown() -> None:
    nothing = _view(SiteReadings(), SiteReadings())

    assert nothing.figures == ()
    assert nothing.missed == {}
    assert nothing.exchanger is not None
    assert nothing.exchanger.ua_kw_per_k is None
    assert nothing.exchanger.clean_share_ratio is None


def test_statements_add_up_to_the_heat_of_the_registers() -> None:
    given = _hourly()
    newest, october = CHAIN.handover.statements(given, traced(given), NOW, months=2)

    assert (newest.month.name, october.month.name) == ("2026-11", "2026-10")
    assert [taker.taker for taker in newest.takers] == ["district_loop", "greenhouses"]
    start, end = to_us(legal_month(2026, 11).start), to_us(NOW.replace(minute=0))
    counted = sum(
        float(np.diff(np.interp([start, end], one.ts_us, one.value))[0])
        for key in (LOOP, "heat_meter_greenhouse.heat_energy_kwh")
        if (one := given.registers[key])
    )
    assert newest.delivered_kwh == pytest.approx(counted, rel=0.002)


def test_heat_counted_in_a_silence_is_in_the_statement_and_not_vouched_for() -> None:
    """Two days without a word, the register counting on: delivered, its temperatures unknown."""
    given = _hourly()
    start, end = (to_us(NOW.replace(minute=0) - timedelta(days=n)) for n in (8, 6))

    def holed(one: Samples) -> Samples:
        keep = (one.ts_us <= start) | (one.ts_us >= end)
        return Samples(ts_us=one.ts_us[keep], value=one.value[keep])

    quiet = {
        key: holed(one) if key.startswith("heat_meter_loop.") else one
        for key, one in given.registers.items()
    }
    mute = {key: one for key, one in given.gauges.items() if not key.startswith("heat_meter_loop.")}
    silent = replace(given, registers=quiet, gauges=mute)

    (whole,) = CHAIN.handover.statements(given, traced(given), NOW, months=1)
    (with_gap,) = CHAIN.handover.statements(silent, traced(silent), NOW, months=1)

    assert with_gap.delivered_kwh == pytest.approx(whole.delivered_kwh, rel=0.002)
    assert with_gap.below_dt_min_kwh > whole.below_dt_min_kwh
