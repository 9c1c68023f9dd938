"""Figures explained: added up again from what is shown, over every KPI of the shipped site."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from math import hypot, isclose, sqrt

import numpy as np
import pytest

from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import KPIS, measure
from models.kpi.result import Flag, Withheld
from models.legal_time.days import to_us
from models.metering.tree import Role
from models.metering.uncertainty import CommonError
from models.readings import Window
from models.site.site import Site, site_sums
from service.evaluation.on_demand import written_window
from service.evaluation.one_window import OneWindow
from service.evaluation.periods import GRAIN_OF, Grain, window_named
from service.explain.figure import (
    FigureExplanation,
    LineKind,
    edge_readings,
    explain_declared,
    explain_kpi,
)
from tests.models.kpi.small_site import (
    CLASS_05,
    INTAKE,
    PLAIN,
    START,
    UPS,
    every,
    measured,
    meter,
    one_result,
    shown,
    site_of,
    steady,
    window,
)
from tests.service.evaluation.test_evaluator import NOW, SITE, PlantHistory

WINDOWS = ("15min", "today", "2026-10", "12months", "last_night")


def window_of(name: str) -> tuple[Window, Grain]:
    if name in GRAIN_OF:
        return window_named(name, NOW - timedelta(seconds=17)), GRAIN_OF[name]
    written = written_window(name, NOW)
    assert written is not None
    return written, Grain.LONG


@cache
def measurement(name: str) -> Measurement:
    found, grain = window_of(name)
    return asyncio.run(OneWindow(SITE, PlantHistory()).measurement(KPIS.values(), found, grain))


@cache
def explanations(name: str) -> dict[str, FigureExplanation]:
    of_window = measurement(name)
    found = ((kpi.id, explain_kpi(kpi, of_window)) for kpi in KPIS.values())
    told = {result.kpi for result in measure(of_window)}
    return {kpi: one for kpi, one in found if one is not None and kpi in told}


def rows(one: FigureExplanation) -> list[tuple[float, float, float]]:
    each = (*one.meters, *one.declared)
    return [(row.numerator_weight, row.denominator_weight, row.counted) for row in each]


@pytest.mark.parametrize("name", WINDOWS)
def test_every_figure_is_the_ratio_of_the_sums_that_are_shown(name: str) -> None:
    metered = 0
    for kpi, one in explanations(name).items():
        result = one.result
        if not rows(one) or result.value is None:
            continue
        metered += 1
        top = sum(plus * counted for plus, _, counted in rows(one))
        bottom = sum(minus * counted for _, minus, counted in rows(one)) + one.fixed_denominator
        assert result.numerator is not None
        assert top == pytest.approx(result.numerator, rel=1e-9), kpi
        value = top
        if result.denominator is not None:
            assert bottom == pytest.approx(result.denominator, rel=1e-9), kpi
            scale = 1000.0 if kpi.startswith("wue") else 1.0
            value = scale * top / bottom
        if Flag.CAPPED in result.flags:
            value = min(value, 1.0)
        assert value == pytest.approx(result.value, rel=1e-9), kpi
    assert metered >= (0 if name == "last_night" else 10)


@pytest.mark.parametrize("name", WINDOWS)
def test_the_shares_are_those_of_the_figures_own_variance_and_add_up_to_it(name: str) -> None:
    told = 0
    for kpi, one in explanations(name).items():
        expanded = one.result.expanded_uncertainty
        each = [(row.value_u, row.share_of_variance) for row in (*one.meters, *one.declared)]
        each += [(line.value_u, line.share_of_variance) for line in one.lines]
        if not expanded or not each:
            assert all(share is None for _, share in each), kpi
            continue
        told += 1
        assert sum(share or 0.0 for _, share in each) == pytest.approx(1.0, abs=1e-9), kpi
        u = sqrt(sum((value_u or 0.0) ** 2 for value_u, _ in each))
        if Flag.CAPPED not in one.result.flags:
            assert 2.0 * u == pytest.approx(expanded, rel=1e-9), kpi
        assert all(
            isclose(share or 0.0, ((value_u or 0.0) / u) ** 2, abs_tol=1e-12)
            for value_u, share in each
        )
    assert told >= (2 if name == "last_night" else 10)


@pytest.mark.parametrize("name", ["today", "2026-10"])
def test_what_a_meter_is_worth_is_what_the_figure_does_when_it_errs(name: str) -> None:
    """The budget again, by moving each meter by its own uncertainty: no derivative is believed."""
    for kpi, one in explanations(name).items():
        if one.result.value is None or not one.meters or one.is_share_only:
            continue
        scale = 1000.0 if kpi.startswith("wue") else 1.0

        def value(
            moved: str, by: float, told: FigureExplanation = one, by_1: float = scale
        ) -> float:
            each = [
                (r.numerator_weight, r.denominator_weight, r.counted + by * (r.name == moved))
                for r in (*told.meters, *told.declared)
            ]
            top = sum(plus * counted for plus, _, counted in each)
            bottom = sum(minus * counted for _, minus, counted in each) + told.fixed_denominator
            return top if told.result.denominator is None else by_1 * top / bottom

        for row in one.meters:
            assert row.u is not None
            assert row.value_u is not None
            # A step so small that the ratio is straight.
            step = 1e-4 * row.u
            moved = (value(row.name, step) - value(row.name, -step)) / 2e-4
            assert abs(moved) == pytest.approx(row.value_u, rel=1e-4, abs=1e-12), (kpi, row.name)


def test_every_meter_leads_to_its_point_and_the_readings_at_the_edges() -> None:
    one = explanations("2026-10")["pue"]
    start, end = one.result.window.start, one.result.window.end
    assert {row.sums for row in one.meters} == {("facility",), ("it",)}
    for row in one.meters:
        assert row.point in SITE.points
        assert SITE.tree.meters[row.name].point == row.point
        assert row.unit == "kWh"
        assert row.coverage_ratio == pytest.approx(1.0)
        assert row.first is not None
        assert row.last is not None
        assert row.first.ts <= start
        assert row.last.ts >= end
        # The readings lie outside by half an hour at most: what they tell is the count, and a bit.
        longer = (row.last.ts - row.first.ts) / (end - start)
        assert row.last.value - row.first.value == pytest.approx(row.counted * longer, rel=0.01)
    assert set(one.points) == {row.point for row in one.meters}


def test_a_figure_by_its_own_points_alone_is_the_same() -> None:
    one_window = OneWindow(SITE, PlantHistory())
    found, grain = window_of("today")
    for kpi in ("pue", "erf", "cue_location", "delivered_temperature", "inlet_air_temp"):
        alone = explain_kpi(
            KPIS[kpi], asyncio.run(one_window.measurement([KPIS[kpi]], found, grain))
        )
        assert alone == explanations("today")[kpi]


def test_gauges_are_named_where_a_figure_is_made_of_them() -> None:
    of_today = explanations("today")
    inlets = of_today["inlet_air_temp"]
    assert SITE.envelope.air is not None
    assert inlets.gauges == tuple(SITE.envelope.air.inlets)
    assert inlets.meters == ()
    assert LineKind.SENSORS in {line.kind for line in inlets.lines}
    assert explanations("last_night")["noise_emergence_night"].gauges
    [line] = of_today["delivered_temperature"].lines
    assert line.kind is LineKind.UNDIVIDED
    assert line.share_of_variance == pytest.approx(1.0)


def test_a_night_is_heard_to_its_end() -> None:
    """The last ten minutes of a window are told by the report that follows it."""
    night, _ = window_of("last_night")
    keys = explanations("last_night")["noise_boundary_night"].gauges
    longer = asyncio.run(
        PlantHistory().samples(
            keys, night.start, night.end + timedelta(hours=1), timedelta(minutes=10)
        )
    )
    live = Measurement(SITE, site_sums(SITE), SiteReadings(levels=longer), (night,))
    for kpi in ("noise_boundary_night", "noise_emergence_night"):
        assert one_result(live, kpi).value == explanations("last_night")[kpi].result.value


def of_small(site: Site, kw: Sequence[tuple[str, float]], hours: float = 24.0) -> Measurement:
    ts_us = every(1.0, round(hours) + 1)
    return measured(site, {point: steady(ts_us, each) for point, each in kw}, [window(hours)])


def test_an_error_that_meters_share_is_a_line_of_its_own() -> None:
    """Two feeds on one set of transformers, by hand: (0.5 % of the sum) and each meter's own."""
    shared = (CommonError(name="transformers", mpe_ratio=0.01),)
    a = meter("a", Role.UTILITY_INTAKE, max_rate_per_h=400.0, common_errors=shared)
    b = meter("b", Role.UTILITY_INTAKE, max_rate_per_h=400.0, common_errors=shared)
    ups = meter("ups", Role.UPS_OUTPUT, "a", max_rate_per_h=400.0)
    of_day = of_small(site_of(a, b, ups), [(a.point, 100.0), (b.point, 160.0), (ups.point, 200.0)])
    one = explain_kpi(KPIS["pue"], of_day)
    assert one is not None

    own = {
        "a": 2400.0 * CLASS_05.mpe_ratio / sqrt(3) / 4800.0,
        "b": 3840.0 * CLASS_05.mpe_ratio / sqrt(3) / 4800.0,
        "ups": 1.3 * CLASS_05.mpe_ratio / sqrt(3),
    }
    common = (2400.0 + 3840.0) * 0.01 / sqrt(3) / 4800.0
    variance = sum(u**2 for u in own.values()) + common**2
    assert {row.name: row.share_of_variance for row in one.meters} == {
        name: pytest.approx(u**2 / variance) for name, u in own.items()
    }
    [line] = one.lines
    assert (line.kind, line.name, line.meters) == (LineKind.COMMON, "transformers", ("a", "b"))
    assert line.share_of_variance == pytest.approx(common**2 / variance)
    assert one.result.expanded_uncertainty == pytest.approx(2 * sqrt(variance))


def test_an_error_that_cancels_is_worth_nothing() -> None:
    shared = (CommonError(name="rig", mpe_ratio=0.01),)
    intake = meter("a", Role.UTILITY_INTAKE, max_rate_per_h=400.0, common_errors=shared)
    ups = meter("ups", Role.UPS_OUTPUT, "a", max_rate_per_h=400.0, common_errors=shared)
    one = explain_kpi(
        KPIS["pue"], of_small(site_of(intake, ups), [(intake.point, 260.0), (ups.point, 200.0)])
    )
    assert one is not None
    assert sum(line.share_of_variance or 0.0 for line in one.lines) == pytest.approx(0.0, abs=1e-9)


def test_what_is_missing_has_its_share() -> None:
    ts_us = every(0.25, 4 * 24 + 1)
    there = np.concatenate([ts_us[:40], ts_us[60:]])
    registers = {
        INTAKE.point: steady(ts_us, 260.0),
        UPS.point: shown(there, steady(there, 200.0, 500.0).value),
    }
    # The register breaks: the gap cannot be bridged.
    registers[UPS.point].value[40:] -= 5000.0
    one = explain_kpi(KPIS["pue"], measured(PLAIN, registers, [window(24.0)]))
    assert one is not None
    assert one.result.value is not None
    assert one.result.coverage_ratio < 0.9
    assert {line.kind for line in one.lines} == {LineKind.MISSING}
    by_name = {row.name: row for row in one.meters}
    assert by_name["intake"].coverage_ratio == pytest.approx(1.0)
    assert by_name["ups"].coverage_ratio < 0.9
    total = sum(row.share_of_variance or 0 for row in one.meters)
    assert total + sum(line.share_of_variance or 0 for line in one.lines) == pytest.approx(1.0)


def test_a_withheld_figure_shares_out_nothing() -> None:
    one = explain_kpi(KPIS["pue"], of_small(PLAIN, [(INTAKE.point, 260.0)]))
    assert one is not None
    assert one.result.withheld is Withheld.NO_DATA
    assert {row.name for row in one.meters} == {"intake", "ups"}
    assert {(row.value_u, row.share_of_variance) for row in one.meters} == {(None, None)}
    assert one.lines == ()
    silent = next(row for row in one.meters if row.name == "ups")
    assert (silent.first, silent.last, silent.coverage_ratio) == (None, None, 0.0)


def test_the_hours_at_part_load_add_up() -> None:
    """The band alone is counted, and the meters are as uncertain as over the whole window."""
    hours = np.arange(24 * 8 + 1)
    it_kw = np.where(np.arange(24 * 8) % 2 == 0, 100.0, 200.0)
    ts_us = every(1.0, len(hours))
    it = np.concatenate([[0.0], np.cumsum(it_kw)]) + 500.0
    registers = {
        INTAKE.point: shown(ts_us, 1.3 * (it - 500.0) + 1000.0),
        UPS.point: shown(ts_us, it),
    }
    kpi = KPIS["pue_at_25_percent_load"]
    one = explain_kpi(kpi, measured(PLAIN, registers, [window(24.0 * 8)]))
    assert one is not None
    assert one.is_share_only
    by_name = {row.name: row for row in one.meters}
    assert by_name["ups"].counted == pytest.approx(100.0 * 24 * 4)
    assert by_name["intake"].counted == pytest.approx(130.0 * 24 * 4)
    assert {row.u for row in one.meters} == {None}
    own = 1.3 * CLASS_05.mpe_ratio / sqrt(3)
    assert [row.share_of_variance for row in one.meters] == [pytest.approx(0.5)] * 2
    assert one.result.expanded_uncertainty == pytest.approx(2 * hypot(own, own), rel=1e-3)


def test_a_declared_figure_is_one_line_or_none() -> None:
    results = [one for one in measure(measurement("2026-10")) if one.kpi == "inlet_air_temp"]
    told = explain_declared(results[0])
    assert (told.meters, told.points) == ((), ())
    assert sum(line.share_of_variance or 0.0 for line in told.lines) == pytest.approx(1.0)


def test_edges_are_outside_the_window_where_there_are_readings() -> None:
    ts_us = every(1.0, 5, first_h=-0.5)
    samples = shown(ts_us, [1.0, 2.0, 3.0, float("nan"), 5.0])
    first, last = edge_readings(samples, window(2.0))
    assert first is not None
    assert last is not None
    assert (first.value, last.value) == (1.0, 5.0)
    assert to_us(first.ts) < to_us(START) < to_us(last.ts)
    inside = edge_readings(samples, window(100.0, start=START - timedelta(hours=50)))
    assert [one.value for one in inside if one is not None] == [1.0, 5.0]
