"""What Prometheus scrapes says what the API says, in base units."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from charter_rules.breaches.state import Breach, BreachState
from charter_rules.findings import Verdict
from models.quantities import Quantity
from service.evaluation.views import CounterViews
from service.exporter.units import metric_unit
from service.live.board import SnapshotBoard
from tests.service.application import application, client_of
from tests.service.pages.sample_snapshot import LOST_DEVICE, sample_site, sample_snapshot

Samples = dict[str, list[tuple[dict[str, str], float]]]


async def _scrape(board: SnapshotBoard) -> Samples:
    async with client_of(application(board)) as client:
        text = (await client.get("/metrics")).text
    samples: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    return samples


def _value(samples: Samples, name: str, **labels: str) -> float:
    [value] = [v for found, v in samples[name] if labels.items() <= found.items()]
    return value


@pytest.mark.asyncio
async def test_points_are_exported_in_base_units() -> None:
    board, snapshot = SnapshotBoard(), sample_snapshot()
    board.publish(snapshot)
    samples = await _scrape(board)
    energy = snapshot.points["intake_a.active_energy_kwh"].value
    assert energy is not None
    power = _value(samples, "boucle_active_power_watts", device="intake_a", point="active_power_kw")
    assert power == pytest.approx(176_400.0)
    joules = _value(samples, "boucle_active_energy_joules_total", device="intake_a")
    assert joules == pytest.approx(energy * 3.6e6)


@pytest.mark.asyncio
async def test_a_register_that_falls_is_absent_until_that_is_confirmed() -> None:
    """Else what adds up rises would count all of the register again once it is back."""
    board, site, key = SnapshotBoard(), sample_site(), "intake_a.active_energy_kwh"
    snapshot = sample_snapshot()
    sound = snapshot.points[key].value
    assert sound is not None
    counters = CounterViews(site, {})
    told: list[float | None] = []
    for n, value in enumerate([sound, 0.0, 0.0, sound + 1.0, 3.0, 4.0, 5.0, 6.0]):
        ts = snapshot.taken_at + timedelta(seconds=n)
        points = dict(snapshot.points) | {key: replace(snapshot.points[key], value=value, ts=ts)}
        board.publish(replace(snapshot, taken_at=ts, points=counters.watched(points)))
        found = (await _scrape(board))["boucle_active_energy_joules_total"]
        told.append(next((v for labels, v in found if labels["device"] == "intake_a"), None))

    shown = [sound, None, None, sound + 1.0, None, None, None, 6.0]
    assert told == [None if one is None else pytest.approx(one * 3.6e6) for one in shown]


@pytest.mark.asyncio
async def test_a_lost_device_is_down_and_exports_no_old_values() -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    samples = await _scrape(board)
    assert _value(samples, "boucle_device_up", device=LOST_DEVICE) == 0.0
    assert _value(samples, "boucle_device_state", device=LOST_DEVICE, state="lost") == 1.0
    assert _value(samples, "boucle_data_age_seconds", device=LOST_DEVICE) > 180.0
    assert all(
        labels["device"] != LOST_DEVICE for labels, _ in samples["boucle_active_power_watts"]
    )


@pytest.mark.asyncio
async def test_kpis_and_verdicts_are_those_of_the_snapshot() -> None:
    board, snapshot = SnapshotBoard(), sample_snapshot()
    board.publish(snapshot)
    samples = await _scrape(board)
    known = [k for k in snapshot.kpis if k.value is not None]
    assert len(samples["boucle_kpi_value"]) == len(known) < len(snapshot.kpis)
    assert len(samples["boucle_kpi_coverage_ratio"]) == len(snapshot.kpis)
    for kpi in known:
        labels = {"kpi": kpi.kpi, "window": kpi.window.name}
        assert _value(samples, "boucle_kpi_value", **labels) == kpi.value
    for finding in snapshot.findings:
        rows = [
            (labels["verdict"], value)
            for labels, value in samples["boucle_finding_verdict"]
            if labels["rule"] == finding.rule_id
        ]
        assert [verdict for verdict, value in rows if value] == [finding.verdict.value]


@pytest.mark.asyncio
async def test_before_the_first_snapshot_only_its_absence_is_exported() -> None:
    assert await _scrape(SnapshotBoard()) == {"boucle_ready": [({}, 0.0)]}


@pytest.mark.asyncio
async def test_it_is_told_which_part_is_dead() -> None:
    board, now = SnapshotBoard(), datetime.now(UTC)
    fresh = sample_snapshot(now)
    board.publish(fresh)
    samples = await _scrape(board)
    assert _value(samples, "boucle_store_up") == 1.0
    assert _value(samples, "boucle_evaluation_up") == 1.0
    assert _value(samples, "boucle_snapshot_age_seconds") < 5.0

    old = now - timedelta(minutes=2)
    board.publish(replace(fresh, evaluated_at=old, evaluation_up=False))
    samples = await _scrape(board)
    assert _value(samples, "boucle_store_up") == 1.0
    assert _value(samples, "boucle_evaluation_up") == 0.0
    assert _value(samples, "boucle_snapshot_age_seconds") == pytest.approx(120.0, abs=5.0)

    board.publish(replace(fresh, store_reachable=False))
    samples = await _scrape(board)
    assert _value(samples, "boucle_store_up") == 0.0
    assert "boucle_evaluation_up" not in samples


def test_every_quantity_has_a_metric_of_its_own() -> None:
    assert len({metric_unit(quantity).name for quantity in Quantity}) == len(Quantity)


@pytest.mark.asyncio
async def test_heat_chain_forecast_and_suspects_are_exported() -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    samples = await _scrape(board)
    assert _value(samples, "boucle_exchanger_clean_ratio") == 0.81
    assert _value(samples, "boucle_exchanger_threshold_seconds") == 64 * 86_400
    assert _value(samples, "boucle_missed_heat_joules", window="today") == pytest.approx(
        12.4 * 3.6e6
    )
    assert _value(samples, "boucle_heat_figures_disagree", meter="heat_meter_loop") == 1.0
    assert _value(samples, "boucle_forecast_value", kpi="pue") == 1.403
    assert _value(samples, "boucle_forecast_breach_ratio", kpi="erf") == 0.94
    assert {labels["kpi"] for labels, _ in samples["boucle_forecast_value"]} == {"pue", "erf"}
    assert _value(samples, "boucle_balance_ok", node="main_boards") == 1.0
    assert _value(samples, "boucle_balance_ok", node="ups_b_output") == 0.0
    assert _value(samples, "boucle_meter_suspect", meter="ups_b_output", fault="ups_fed_load") == 1


@pytest.mark.asyncio
async def test_breaches_are_counted_by_rule_and_state() -> None:
    board, at = SnapshotBoard(), datetime(2026, 11, 1, tzinfo=UTC)
    wue = Breach(
        id="wue-1",
        rule_id="paris_wue",
        rule_version=2,
        state=BreachState.JUSTIFIED,
        began_at=at,
        noticed_at=at,
        last_at=at,
        last_verdict=Verdict.BREACH,
        opened_at=at,
        deadline_passed=True,
    )
    done = replace(wue, id="erf-1", rule_id="paris_erf", state=BreachState.RESOLVED)
    board.publish(replace(sample_snapshot(), breaches=(wue, done)))
    samples = await _scrape(board)

    rows = samples["boucle_breaches"]
    assert len(rows) == 2 * len(BreachState)
    assert {(x["rule"], x["state"]) for x, count in rows if count} == {
        ("paris_wue", "justified"),
        ("paris_erf", "resolved"),
    }
    assert _value(samples, "boucle_breach_late", rule="paris_wue") == 1.0
    assert len(samples["boucle_breach_late"]) == 1
