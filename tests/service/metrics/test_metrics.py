"""What Prometheus scrapes says what the API says, in base units."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families

from charter_rules.breaches.state import Breach, BreachState
from charter_rules.findings import Verdict
from service.evaluation.views import CounterViews
from service.live.board import SnapshotBoard
from service.metrics.heat import hand_over_registers, recovered
from service.metrics.kpi_families import KPI_FAMILIES
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
async def test_a_lost_device_shows_no_old_values_and_how_old_they_are() -> None:
    board, snapshot = SnapshotBoard(), sample_snapshot()
    board.publish(snapshot)
    samples = await _scrape(board)
    received_s = _value(samples, "boucle_device_data_timestamp_seconds", device=LOST_DEVICE)
    assert received_s < snapshot.taken_at.timestamp() - 180.0
    assert _value(samples, "boucle_device_points", device=LOST_DEVICE, quality="stale") > 0
    assert all(
        labels["device"] != LOST_DEVICE for labels, _ in samples["boucle_active_power_watts"]
    )


@pytest.mark.asyncio
async def test_kpis_and_verdicts_are_those_of_the_snapshot() -> None:
    board, snapshot = SnapshotBoard(), sample_snapshot()
    board.publish(snapshot)
    samples = await _scrape(board)
    known = [k for k in snapshot.kpis if k.value is not None]
    values = [n for name, of in KPI_FAMILIES.items() for n in samples.get(of.value.name, ())]
    assert len(values) == len(known) < len(snapshot.kpis)
    assert len(samples["boucle_kpi_coverage_ratio"]) == len(snapshot.kpis)
    assert len(samples["boucle_kpi_withheld"]) == len(snapshot.kpis) - len(known)
    for kpi in known:
        families = KPI_FAMILIES[kpi.kpi]
        assert kpi.value is not None
        assert _value(samples, families.value.name, window=kpi.window.name) == pytest.approx(
            kpi.value * families.factor
        )
    for finding in snapshot.findings:
        rows = [
            (labels["verdict"], value)
            for labels, value in samples["boucle_verdict"]
            if labels["rule"] == finding.rule_id
        ]
        assert [verdict for verdict, value in rows if value] == [finding.verdict.value]


@pytest.mark.asyncio
async def test_before_the_first_snapshot_only_its_absence_is_exported() -> None:
    samples = await _scrape(SnapshotBoard())
    own = {name for name in samples if name.startswith("boucle_")}
    assert own == {
        "boucle_ready",
        "boucle_build_info",
        "boucle_event_streams",
        "boucle_database_connections",
        "boucle_database_connections_limit",
    }
    assert _value(samples, "boucle_database_connections", state="busy") == 2.0
    assert _value(samples, "boucle_database_connections", state="idle") == 1.0
    assert samples["boucle_ready"] == [({}, 0.0)]


@pytest.mark.asyncio
async def test_it_is_told_which_part_is_dead() -> None:
    board, now = SnapshotBoard(), datetime.now(UTC)
    fresh = sample_snapshot(now)
    board.publish(fresh)
    samples = await _scrape(board)
    assert _value(samples, "boucle_database_up") == 1.0
    assert _value(samples, "boucle_evaluation_up") == 1.0
    assert _value(samples, "boucle_snapshot_timestamp_seconds") == now.timestamp()

    old = now - timedelta(minutes=2)
    board.publish(replace(fresh, evaluated_at=old, evaluation_up=False))
    samples = await _scrape(board)
    assert _value(samples, "boucle_database_up") == 1.0
    assert _value(samples, "boucle_evaluation_up") == 0.0
    assert _value(samples, "boucle_snapshot_timestamp_seconds") == old.timestamp()

    board.publish(replace(fresh, store_reachable=False))
    samples = await _scrape(board)
    assert _value(samples, "boucle_database_up") == 0.0
    assert "boucle_evaluation_up" not in samples


@pytest.mark.asyncio
async def test_heat_chain_forecast_and_suspects_are_exported() -> None:
    board = SnapshotBoard()
    snapshot = sample_snapshot()
    board.publish(snapshot)
    samples = await _scrape(board)
    assert _value(samples, "boucle_exchanger_clean_ratio") == 0.81
    cleaning_s = _value(samples, "boucle_exchanger_cleaning_timestamp_seconds")
    assert cleaning_s == snapshot.figures_of.timestamp() + 64 * 86_400
    assert _value(samples, "boucle_unrecovered_heat_joules", window="today") == pytest.approx(
        12.4 * 3.6e6
    )
    assert _value(samples, "boucle_heat_figures_disagree", meter="heat_meter_loop") == 1.0
    assert _value(samples, "boucle_forecast_pue_ratio", bound="value") == 1.403
    assert _value(samples, "boucle_forecast_breach_ratio", kpi="erf") == 0.94
    assert {name for name in samples if name.startswith("boucle_forecast_")} == {
        "boucle_forecast_pue_ratio",
        "boucle_forecast_erf_ratio",
        "boucle_forecast_breach_ratio",
    }
    assert _value(samples, "boucle_balance_closed", node="main_boards") == 1.0
    assert _value(samples, "boucle_balance_closed", node="ups_b_output") == 0.0
    assert _value(samples, "boucle_meter_suspect", meter="ups_b_output", fault="ups_fed_load") == 1


@pytest.mark.asyncio
async def test_a_breach_is_told_by_rule_and_state() -> None:
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

    rows = samples["boucle_breach_state"]
    assert len(rows) == 2 * len(BreachState)
    assert {(x["rule"], x["state"]) for x, is_it in rows if is_it} == {
        ("paris_wue", "justified"),
        ("paris_erf", "resolved"),
    }
    # Every rule says whether it has one, so that absence is never taken for "none".
    standing = samples["boucle_breach_standing"]
    assert [labels["rule"] for labels, is_it in standing if is_it] == ["paris_wue"]
    assert len(standing) == len({f.rule_id for f in sample_snapshot().findings} | {"paris_wue"})
    assert _value(samples, "boucle_breach_late", rule="paris_wue") == 1.0
    assert _value(samples, "boucle_breach_began_timestamp_seconds") == at.timestamp()
    assert len(samples["boucle_breach_late"]) == 1


@pytest.mark.asyncio
async def test_both_formats_say_the_same() -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    headers = {"Accept": "application/openmetrics-text; version=1.0.0"}
    async with client_of(application(board)) as client:
        plain = await client.get("/metrics")
        open_text = await client.get("/metrics", headers=headers)

    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert open_text.headers["content-type"].startswith("application/openmetrics-text")
    assert open_text.text.endswith("# EOF\n")

    def told(families: Iterable[Metric]) -> set[tuple[str, str, float]]:
        return {
            (sample.name, repr(sorted(sample.labels.items())), sample.value)
            for family in families
            for sample in family.samples
            if family.name.startswith("boucle_") and not family.name.startswith("boucle_http")
        }

    in_plain = told(text_string_to_metric_families(plain.text))
    assert in_plain == told(openmetrics_families(open_text.text))  # type: ignore[no-untyped-call]  # it has no types
    assert len(in_plain) > 500


@pytest.mark.asyncio
async def test_requests_are_counted_by_route_whatever_is_asked_for() -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    async with client_of(application(board)) as client:
        for n in range(3):
            await client.get(f"/nothing/{n}")
            await client.request(f"MAKE{n}", "/api/v1/sites/chapelle_international/kpis")
        await client.get("/api/v1/sites/chapelle_international/kpis")
        text = (await client.get("/metrics")).text
    samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
    counted = {
        (s.labels["route"], s.labels["method"], s.labels["code"]): s.value
        for s in samples
        if s.name == "boucle_http_requests_total"
    }
    assert counted == {
        ("none", "GET", "404"): 3.0,
        ("/api/v1/sites/{site_id}/kpis", "other", "405"): 3.0,
        ("/api/v1/sites/{site_id}/kpis", "GET", "200"): 1.0,
    }
    took = {s.labels["route"]: s.value for s in samples if s.name.endswith("_seconds_count")}
    assert took["/api/v1/sites/{site_id}/kpis"] == 4.0


def test_a_register_of_recovered_heat_is_that_of_the_hand_over_meters() -> None:
    site, snapshot = sample_site(), sample_snapshot()
    registers = hand_over_registers(site)
    shown = {s.labels["meter"]: s.value for s in recovered(snapshot, registers).samples}
    assert shown
    for meter, joules in shown.items():
        kwh = snapshot.points[site.tree.meters[meter].point].value
        assert kwh is not None
        assert joules == pytest.approx(kwh * 3.6e6)
    silent = {key: replace(point, stale=True) for key, point in snapshot.points.items()}
    assert not recovered(replace(snapshot, points=silent), registers).samples
