"""The monthly heat statement: hand cases, legal months, dated takers, what is unknown."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.heat.coefficient import FlowSensorPipe
from models.heat.figures import HeatSteps
from models.heat.statement import HeatStatement, TakerSteps, monthly_statement, statement_record
from models.legal_time.calendar_spans import legal_month
from models.metering.uncertainty import HeatAccuracy
from models.readings import FloatArray, Window

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "heat_statement.json").read_text(encoding="utf-8")
)
PARIS = ZoneInfo("Europe/Paris")
YEAR_END = datetime(2027, 1, 1, tzinfo=PARIS)
MARCH = legal_month(2026, 3)


def column(values: list[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def taker(
    steps: HeatSteps,
    accuracy: HeatAccuracy | None = None,
    *,
    min_supply_temp_degc: float = 60.0,
    **more: Any,
) -> TakerSteps:
    named: dict[str, Any] = {"taker": "loop", "operator": "first", "step_h": 1.0, **more}
    return TakerSteps(
        steps=steps,
        accuracy=accuracy or HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=15.0),
        pipe=FlowSensorPipe.RETURN,
        min_supply_temp_degc=min_supply_temp_degc,
        **named,
    )


def state(month: Window, *takers: TakerSteps) -> HeatStatement:
    return monthly_statement(month, takers, sampling_u_ratio=0.002)


def random_steps(count: int, seed: int = 3, gaps: float = 0.1) -> HeatSteps:
    rng = np.random.default_rng(seed)
    volume = rng.normal(8.0, 4.0, count)
    register = 20.0 * volume + rng.normal(0.0, 5.0, count)
    register[rng.random(count) < gaps] = np.nan
    return HeatSteps(
        register_kwh=register,
        volume_m3=volume,
        supply_temp_degc=rng.normal(61.0, 2.0, count),
        return_temp_degc=rng.normal(43.0, 1.0, count),
    )


def test_every_case_names_its_source() -> None:
    cases = [case for group in ORACLES.values() if isinstance(group, list) for case in group]

    assert len(cases) >= 9
    for case in cases:
        assert len(case["source"]) > 8
        assert case["reliability"] in {"S", "S2", "B", "D"}


@pytest.mark.parametrize("case", ORACLES["months"])
def test_a_legal_month_has_the_hours_of_the_clock(case: dict[str, Any]) -> None:
    month = legal_month(case["year"], case["month"])

    assert month.duration == timedelta(hours=case["hours"])
    assert month.start.isoformat() == case["start"]


def hand_taker(case: dict[str, Any], **more: Any) -> TakerSteps:
    steps = HeatSteps(
        register_kwh=column(case["register_kwh"]),
        volume_m3=column(case["volume_m3"]),
        supply_temp_degc=column(case["supply_temp_degc"]),
        return_temp_degc=column(case["return_temp_degc"]),
    )
    accuracy = HeatAccuracy(
        accuracy_class=2, dt_min_k=case["dt_min_k"], qp_m3_per_h=case["qp_m3_per_h"]
    )
    return taker(steps, accuracy, min_supply_temp_degc=case["min_supply_temp_degc"], **more)


@pytest.mark.parametrize("case", ORACLES["statement"])
def test_a_statement_is_that_by_hand(case: dict[str, Any]) -> None:
    whole = state(legal_month(case["year"], case["month"]), hand_taker(case))
    one = whole.takers[0]

    assert one.delivered_kwh == pytest.approx(case["delivered_kwh"])
    assert one.books.reversed_kwh == pytest.approx(case["reversed_kwh"])
    assert one.books.defrost_kwh == pytest.approx(case["defrost_kwh"])
    assert one.books.below_dt_min_kwh == pytest.approx(case["below_dt_min_kwh"])
    assert one.below_dt_min_ratio == pytest.approx(case["below_dt_min_ratio"], rel=1e-5)
    assert one.volume_m3 == pytest.approx(case["volume_forward_m3"])
    assert one.supply_temp_degc == pytest.approx(case["supply_weighted_degc"], rel=1e-6)
    assert one.return_temp_degc == pytest.approx(case["return_weighted_degc"])
    assert one.hours_unknown == pytest.approx(case["hours_unknown"])
    assert one.coverage_ratio == pytest.approx(1.0 - one.hours_unknown / one.hours)
    assert whole.delivered_kwh == one.delivered_kwh
    assert whole.reversed_kwh == one.books.reversed_kwh


@pytest.mark.parametrize("row", ORACLES["statement"][0]["availability"])
def test_availability_is_that_by_hand(row: dict[str, Any]) -> None:
    case = ORACLES["statement"][0]
    signals = {
        name: None if row[name] is None else column(row[name]) for name in ("asked_kw", "offered")
    }
    one = state(legal_month(case["year"], case["month"]), hand_taker(case, **signals)).takers[0]

    assert one.availability_ratio == pytest.approx(row["ratio"])
    assert one.hours_asked == row["hours_asked"]
    assert one.availability_basis.value == row["basis"]


@pytest.mark.parametrize("case", ORACLES["two_figures"])
def test_two_figures_stand_beside_each_other_with_their_uncertainty(case: dict[str, float]) -> None:
    hours = np.ones(int(case["hours"]))
    steps = HeatSteps(
        register_kwh=hours * case["register_kwh"],
        volume_m3=hours * case["volume_m3"],
        supply_temp_degc=hours * case["supply_temp_degc"],
        return_temp_degc=hours * case["return_temp_degc"],
        resolution_kwh=case["resolution_kwh"],
    )
    accuracy = HeatAccuracy(
        accuracy_class=2, dt_min_k=case["dt_min_k"], qp_m3_per_h=case["qp_m3_per_h"]
    )
    one = state(MARCH, taker(steps, accuracy)).takers[0]

    assert one.delivered_kwh == pytest.approx(case["delivered_kwh"])
    assert one.expanded_uncertainty_kwh == pytest.approx(case["expanded_uncertainty_kwh"], rel=1e-4)
    assert one.figures.calculated_kwh == pytest.approx(
        case["calculated_kwh"], abs=case["tolerance_kwh"]
    )
    assert one.figures.difference_kwh == pytest.approx(
        case["difference_kwh"], abs=case["tolerance_kwh"]
    )


def parts(whole: HeatStatement) -> tuple[float, ...]:
    return (
        whole.delivered_kwh,
        whole.reversed_kwh,
        whole.defrost_kwh,
        whole.below_dt_min_kwh,
        whole.volume_m3,
        sum(one.hours_asked for one in whole.takers),
    )


@given(cut_s=st.integers(3600, 743 * 3600 - 3600), step_h=st.sampled_from([1.0, 0.25, 0.1]))
def test_a_month_cut_at_any_second_adds_up(cut_s: int, step_h: float) -> None:
    month = legal_month(2026, 3)
    all_steps = taker(
        random_steps(round(743 / step_h), gaps=0.02), step_h=step_h, first_step=month.start
    )
    cut = month.start + timedelta(seconds=cut_s)
    halves = (
        parts(state(replace(month, end=cut), all_steps)),
        parts(state(replace(month, start=cut), all_steps)),
    )

    assert np.sum(halves, axis=0) == pytest.approx(parts(state(month, all_steps)))


def test_steps_of_other_months_do_not_count() -> None:
    steps = random_steps(24 * 90, gaps=0.0)
    year = taker(steps, first_step=legal_month(2026, 2).start)
    start, end = 672, 672 + 743

    expected = steps.register_kwh[start:end][steps.volume_m3[start:end] >= 0.05]
    assert state(MARCH, year).delivered_kwh == pytest.approx(expected[expected > 0.0].sum())
    assert state(MARCH, year).takers[0].hours_unknown == 0.0


@given(order=st.permutations(range(4)))
def test_totals_do_not_depend_on_the_order_of_takers(order: list[int]) -> None:
    four = [taker(random_steps(743, seed), taker=f"taker {seed}") for seed in range(4)]
    mixed = state(MARCH, *(four[n] for n in order))
    whole = state(MARCH, *four)

    assert parts(mixed) == pytest.approx(parts(whole))
    assert mixed.expanded_uncertainty_kwh == pytest.approx(whole.expanded_uncertainty_kwh)
    assert whole.expanded_uncertainty_kwh <= sum(
        one.expanded_uncertainty_kwh for one in whole.takers
    )


@given(scale=st.floats(0.1, 10.0))
def test_ratios_and_temperatures_know_no_size(scale: float) -> None:
    steps = random_steps(743)
    large = replace(
        steps, register_kwh=scale * steps.register_kwh, volume_m3=scale * steps.volume_m3
    )
    small_meter = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=15.0)
    large_meter = replace(small_meter, qp_m3_per_h=scale * 15.0)

    def figures(of: HeatSteps, meter: HeatAccuracy, flow_scale: float) -> list[float | None]:
        one = monthly_statement(
            MARCH,
            (taker(of, meter),),
            sampling_u_ratio=0.002,
            least_flow_m3_per_h=0.05 * flow_scale,
        ).takers[0]
        return [
            one.supply_temp_degc,
            one.return_temp_degc,
            one.availability_ratio,
            one.below_dt_min_ratio,
            one.expanded_uncertainty_kwh / one.delivered_kwh,
        ]

    assert figures(large, large_meter, scale) == pytest.approx(figures(steps, small_meter, 1.0))


def test_a_change_of_operator_gives_each_its_own_time() -> None:
    first = taker(random_steps(745, 1), operator="first", valid_to=YEAR_END)
    second = taker(random_steps(744, 2), operator="second", valid_from=YEAR_END)
    december, january = legal_month(2026, 12), legal_month(2027, 1)
    first = replace(first, first_step=december.start)
    second = replace(second, first_step=january.start)

    assert [one.operator for one in state(december, first, second).takers] == ["first"]
    assert [one.operator for one in state(january, first, second).takers] == ["second"]


def test_within_a_month_each_contract_has_its_hours_and_steps() -> None:
    middle = datetime(2026, 3, 11, tzinfo=PARIS)
    steps = random_steps(743, gaps=0.0)
    old = taker(steps, operator="old", valid_to=middle, first_step=MARCH.start)
    new = taker(steps, operator="new", valid_from=middle, first_step=MARCH.start)
    both = state(MARCH, old, new)

    assert [one.hours for one in both.takers] == [240.0, 503.0]
    assert [one.hours_unknown for one in both.takers] == [0.0, 0.0]
    assert both.delivered_kwh == pytest.approx(state(MARCH, taker(steps)).delivered_kwh)


def test_two_contracts_at_once_for_one_taker_are_refused() -> None:
    steps = random_steps(10)
    with pytest.raises(ValueError, match="listed twice"):
        state(MARCH, taker(steps, operator="a"), taker(steps, operator="b"))
    with pytest.raises(ValueError, match="listed twice"):
        state(MARCH, taker(steps), taker(steps))


def test_the_unknown_is_withheld_and_not_zero() -> None:
    steps = random_steps(743)
    dead = replace(steps, register_kwh=np.full(743, np.nan))
    whole = state(MARCH, taker(steps), taker(dead, taker="greenhouse"))
    blind = whole.takers[1]

    assert np.isnan(blind.delivered_kwh)
    assert np.isnan(blind.expanded_uncertainty_kwh)
    assert blind.supply_temp_degc is None
    assert blind.below_dt_min_ratio is None
    assert (blind.hours_unknown, blind.coverage_ratio) == (743.0, 0.0)
    assert np.isnan(whole.delivered_kwh)
    assert whole.takers[0].delivered_kwh > 0.0


def test_heat_without_temperatures_has_the_widest_uncertainty_of_the_meter() -> None:
    hours = np.ones(743)
    steps = HeatSteps(
        register_kwh=100.0 * hours,
        volume_m3=5.0 * hours,
        supply_temp_degc=60.0 * hours,
        return_temp_degc=40.0 * hours,
    )
    blind = replace(steps, supply_temp_degc=np.nan * hours)
    seen, unseen = (state(MARCH, taker(one)).takers[0] for one in (steps, blind))

    assert unseen.delivered_kwh == seen.delivered_kwh
    assert unseen.expanded_uncertainty_kwh > seen.expanded_uncertainty_kwh > 0.0
    assert unseen.availability_ratio is None
    assert unseen.below_dt_min_ratio == 1.0


def test_a_refusing_month_has_no_availability_and_an_outage_has_none_left() -> None:
    hours = np.ones(743)
    still = HeatSteps(
        register_kwh=0.0 * hours,
        volume_m3=0.0 * hours,
        supply_temp_degc=20.0 * hours,
        return_temp_degc=20.0 * hours,
    )

    assert state(MARCH, taker(still)).takers[0].availability_ratio is None
    assert state(MARCH, taker(still)).takers[0].delivered_kwh == 0.0
    outage = taker(still, asked_kw=200.0 * hours)
    assert state(MARCH, outage).takers[0].availability_ratio == 0.0


def test_the_record_is_strict_json_with_nulls_for_the_unknown() -> None:
    dead = replace(random_steps(743), register_kwh=np.full(743, np.nan))
    whole = state(MARCH, taker(random_steps(743), valid_to=YEAR_END), taker(dead, taker="b"))
    again = json.loads(json.dumps(statement_record(whole), allow_nan=False))

    assert again["delivered_kwh"] is None
    assert again["takers"][0]["delivered_kwh"] == whole.takers[0].delivered_kwh
    assert again["takers"][0]["valid_to"] == "2026-12-31T23:00:00+00:00"
    assert again["takers"][0]["figures"]["disagree"] is whole.takers[0].figures.disagree
    assert again["month"]["start"] == MARCH.start.isoformat()


def test_wrong_takers_and_windows_are_refused() -> None:
    steps = random_steps(800)
    with pytest.raises(ValueError, match="first_step"):
        state(MARCH, taker(steps))
    with pytest.raises(ValueError, match="legal_month"):
        state(replace(MARCH, end=MARCH.end + timedelta(hours=1)), taker(random_steps(5)))
    with pytest.raises(ValueError, match="step_h"):
        taker(steps, step_h=0.0)
    with pytest.raises(ValueError, match="length"):
        taker(steps, asked_kw=np.ones(3))
    with pytest.raises(ValueError, match="naive"):
        taker(steps, valid_from=datetime(2027, 1, 1, tzinfo=UTC).replace(tzinfo=None))
    with pytest.raises(ValueError, match="month 13"):
        legal_month(2026, 13)
