"""The simulated site with one fault each: the engine must name the meter and the fault."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.balance.node import learn
from models.balance.suspects import FaultKind, Suspect, diagnose
from models.readings import FloatArray
from tests.models.balance.plant_counts import MARCH, hourly_kwh, increments, nodes, row

SEEDS = (1, 2, 3)
WEEK_H = 168


def faulty(seed: int, spoil: Callable[[FloatArray], None]) -> tuple[Suspect, ...]:
    """A week of the plant with a fault, after two sound weeks that the nodes have learned."""
    sound = increments(hourly_kwh(seed, MARCH - timedelta(days=14), 2 * WEEK_H))
    value = hourly_kwh(seed, MARCH, WEEK_H)
    spoil(value)
    return diagnose([learn(node, sound) for node in nodes()], increments(value))


def the_one(found: tuple[Suspect, ...]) -> Suspect:
    assert len(found) == 1, found
    assert not found[0].ambiguous
    return found[0]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("a", "b"), [("pdu_06", "pdu_07"), ("mech_board_a", "heat_pump_board"), ("pdu_02", "pdu_09")]
)
def test_swapped_transformers_are_named(seed: int, a: str, b: str) -> None:
    def swap(value: FloatArray) -> None:
        value[[row(a), row(b)]] = value[[row(b), row(a)]]

    found = the_one(faulty(seed, swap))

    assert (found.kind, set(found.meters)) == (FaultKind.SWAPPED, {a, b})


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("meter", ["pdu_03", "mech_board_a", "ups_b_output"])
def test_a_reversed_transformer_is_named(seed: int, meter: str) -> None:
    def third(value: FloatArray) -> None:
        value[row(meter)] /= 3.0

    found = the_one(faulty(seed, third))

    assert (found.kind, found.meters) == (FaultKind.REVERSED_CT, (meter,))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drifting_flow_meter_is_named_with_its_drift(seed: int) -> None:
    def drift(value: FloatArray) -> None:
        late = np.maximum(np.arange(WEEK_H) - 48, 0)
        value[row("heat_meter_loop")] *= 1.0 + 0.12 * late / late[-1]

    found = the_one(faulty(seed, drift))

    assert (found.kind, found.meters) == (FaultKind.DRIFTING, ("heat_meter_loop",))
    assert found.size == pytest.approx(0.12, abs=0.02)
    assert found.since_step == pytest.approx(48, abs=12)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pump_behind_the_ups_without_a_meter_is_named(seed: int) -> None:
    blind = [
        replace(node, outputs=tuple(m for m in node.outputs if m != "ups_pump_meter"))
        for node in nodes()
    ]

    found = the_one(diagnose(blind, increments(hourly_kwh(seed, MARCH, WEEK_H))))

    assert (found.kind, found.meters) == (FaultKind.UPS_FED_LOAD, ("ups_b_output",))
    assert found.size == pytest.approx(4.8, abs=0.8)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("meter", ["heat_meter_loop", "heat_meter_source"])
def test_a_circuit_filled_with_glycol_is_named(seed: int, meter: str) -> None:
    def over_read(value: FloatArray) -> None:
        value[row(meter)] *= 1.08

    found = the_one(faulty(seed, over_read))

    assert (found.kind, found.meters) == (FaultKind.GLYCOL, (meter,))
    assert found.size == pytest.approx(1.0 / 1.08, abs=0.015)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("meter", ["pdu_05", "ups_a_output", "heat_pump_board"])
def test_a_dead_meter_is_named(seed: int, meter: str) -> None:
    def die(value: FloatArray) -> None:
        value[row(meter), -20:] = 0.0

    found = the_one(faulty(seed, die))

    assert (found.kind, found.meters, found.since_step) == (FaultKind.DEAD, (meter,), WEEK_H - 20)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_silent_meter_and_one_that_repeats_yesterday_are_named(seed: int) -> None:
    def silence(value: FloatArray) -> None:
        value[row("pdu_05"), -20:] = np.nan

    def repeat(value: FloatArray) -> None:
        value[row("ups_a_output"), -24:] = value[row("ups_a_output"), -48:-24]

    assert the_one(faulty(seed, silence)).kind is FaultKind.MISSING
    found = the_one(faulty(seed, repeat))
    assert (found.kind, found.meters) == (FaultKind.REPEATED, ("ups_a_output",))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("meter", ["heat_pump_board", "ups_a_output"])
def test_a_meter_that_follows_the_clock_change_is_named(seed: int, meter: str) -> None:
    """From the night of 30 March 2025 on its clock is an hour ahead: it logs in local time."""
    start = datetime(2025, 3, 27, tzinfo=UTC)
    change = round((datetime(2025, 3, 30, 1, tzinfo=UTC) - start) / timedelta(hours=1))
    value = hourly_kwh(seed, start, WEEK_H)
    of = row(meter)
    value[of, change:] = np.concatenate([[np.nan], value[of, change:-1]])

    found = the_one(diagnose(nodes(), increments(value)))

    assert (found.kind, found.meters) == (FaultKind.CLOCK_SHIFT, (meter,))
    assert found.size == 1.0
    assert found.since_step == pytest.approx(change, abs=3)


def test_a_sound_site_raises_no_suspicion() -> None:
    """100 plants, each in another week of the year."""
    alarms = 0
    for seed in range(100):
        value = hourly_kwh(seed, MARCH + timedelta(days=3 * seed), 72)
        alarms += bool(diagnose(nodes(), increments(value)))

    assert alarms <= 1
