"""Heat chain, balances, forecast and statements of the shipped site on the plant's registers."""

import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from models.kpi.result import Flag, KpiKind, Withheld
from models.legal_time.days import to_us
from service.evaluation.evaluator import Evaluator
from service.evaluation.samples import Samples
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from simulators.truth_document import truth_document
from tests.service.application import application, client_of
from tests.service.evaluation.test_evaluator import NOW, PLANT, SITE, Running

pytestmark = pytest.mark.asyncio


async def settled(running: Running) -> LiveSnapshot:
    """After the slow parts had their turn."""
    await running.step()
    return await running.step(NOW + timedelta(seconds=3))


_seen: list[LiveSnapshot] = []


async def sound() -> LiveSnapshot:
    """A sound site, evaluated once for all who only look."""
    if not _seen:
        _seen.append(await settled(Running()))
    return _seen[0]


async def test_the_slow_parts_do_not_keep_the_first_picture_waiting() -> None:
    snapshot = await Running().step()

    assert snapshot.kpi("pue", "12months") is not None
    assert snapshot.heat.exchanger is None
    assert not snapshot.forecasts


async def test_the_heat_chain_is_the_plants() -> None:
    snapshot = await sound()
    heat = snapshot.heat

    assert heat.exchanger is not None
    spread = heat.exchanger.clean_share_expanded_uncertainty_ratio
    truth = truth_document(PLANT, NOW - timedelta(days=1), NOW)["exchanger_clean_ratio_mean"]
    assert spread is not None
    assert heat.exchanger.clean_share_ratio == pytest.approx(truth, abs=1.5 * spread)  # k = 3
    assert all(2.5 < (pump.cop or 0.0) < 6.0 for pump in heat.pumps)
    assert all(0.4 < (pump.carnot_ratio or 0.0) < 0.6 for pump in heat.pumps)
    assert len(heat.figures) == 4
    assert not any(figure.disagree for figure in heat.figures)
    assert heat.missed is not None
    month = heat.missed["month"]
    assert 0.0 <= month.missed_kwh < 0.01 * 74_000.0


async def test_two_figures_that_disagree_are_said_to() -> None:
    running = Running()
    unspoilt = running.history.samples

    async def spoilt(*args: object, **kwargs: object) -> dict[str, Samples]:
        """The loop's register counts 8 % too much, as with glycol in a foreign meter."""
        found = await unspoilt(*args, **kwargs)  # type: ignore[arg-type]
        key = "heat_meter_loop.heat_energy_kwh"
        if key in found:
            of = found[key]
            found[key] = replace(of, value=of.value[0] + 1.08 * (of.value - of.value[0]))
        return found

    running.history.samples = spoilt  # type: ignore[method-assign]

    figures = {(f.meter, f.window): f for f in (await settled(running)).heat.figures}

    assert figures["heat_meter_loop", "month"].disagree
    assert not figures["heat_meter_greenhouse", "month"].disagree


async def test_a_sound_site_has_balanced_nodes_and_no_suspects() -> None:
    balances = (await sound()).balances

    assert {node.verdict for node in balances.nodes} == {"balanced"}
    assert len(balances.nodes) == 7
    assert not balances.suspects
    assert not balances.gross_error
    raw = {one.meter: one for one in balances.reconciled}
    assert all(
        one.reconciled_expanded_uncertainty_kwh <= one.raw_expanded_uncertainty_kwh + 1e-9
        for one in raw.values()
    )


async def test_a_heat_meter_that_never_spoke_has_no_second_figure() -> None:
    running = Running()
    running.history.silent_since["heat_meter_greenhouse"] = NOW - timedelta(days=60)

    heat = (await settled(running)).heat

    assert {figure.meter for figure in heat.figures} == {"heat_meter_loop"}


async def test_a_silent_pdu_is_the_suspect() -> None:
    running = Running()
    running.history.silent_since["pdu_07"] = NOW - timedelta(hours=30)

    suspects = (await settled(running)).balances.suspects

    assert [(s.meters, s.kind) for s in suspects] == [(("pdu_07",), "missing")]


async def test_the_forecast_holds_what_the_plant_will_do() -> None:
    snapshot = await sound()
    year = PLANT.truth(
        NOW.replace(month=1, day=1, hour=0, minute=0, second=0),
        NOW.replace(year=2027, month=1, day=1, hour=0, minute=0, second=0),
    )
    truth = {"pue": year.pue, "wue": year.wue_l_per_kwh, "erf": year.erf}

    assert {view.kpi for view in snapshot.forecasts} == set(truth)
    for view in snapshot.forecasts:
        assert view.lower is not None
        assert view.upper is not None
        assert view.lower <= truth[view.kpi] <= view.upper, view
        assert view.limit is not None
        assert view.probability_of_breach is not None


async def test_the_statements_add_up_to_the_recovered_heat() -> None:
    snapshot = await sound()
    month = snapshot.kpi("recovered_heat", "month")
    assert month is not None

    newest = snapshot.statements[0]

    assert len(snapshot.statements) == 12
    assert newest.month.name == "2026-11"
    assert newest.delivered_kwh == pytest.approx(month.value, rel=0.002)
    assert [taker.taker for taker in newest.takers] == ["district_loop", "greenhouses"]


async def test_a_load_that_was_never_reached_gives_no_pue_at_that_load() -> None:
    snapshot = await sound()

    quarter = snapshot.kpi("pue_at_25_percent_load", "12months")
    assert quarter is not None
    assert (quarter.value, quarter.withheld) == (None, Withheld.NOT_REACHED)
    assert quarter.coverage_ratio > 0.99


async def test_the_trajectory_is_of_years_only() -> None:
    snapshot = await sound()

    annual = snapshot.kpi("trajectory_ratio", "12months")
    assert annual is not None
    assert annual.value == pytest.approx(3_111_900 / 3_082_000 / 0.95, rel=0.01)
    assert "unverified" in annual.boundary
    assert snapshot.kpi("trajectory_ratio", "month") is None


async def test_a_gap_of_weeks_widens_the_year_and_is_named_in_the_budget() -> None:
    running = Running()
    unspoilt = running.history.samples

    async def gapped(*args: object, **kwargs: object) -> dict[str, Samples]:
        found = await unspoilt(*args, **kwargs)  # type: ignore[arg-type]
        start, end = (to_us(NOW - timedelta(days=n)) for n in (120, 90))
        of = found.get("pdu_07.active_energy_kwh")
        if of is not None:
            # A meter that was replaced meanwhile: its register does not bridge the gap.
            inside = (of.ts_us >= start) & (of.ts_us < end)
            value = np.where(of.ts_us >= end, of.value - 1e5, of.value)
            found["pdu_07.active_energy_kwh"] = Samples(
                ts_us=of.ts_us[~inside], value=value[~inside]
            )
        return found

    whole = (await running.step()).kpi("pue", "12months")
    holed = Running()
    holed.history.samples = gapped  # type: ignore[method-assign]
    with_gap = (await holed.step()).kpi("pue", "12months")

    assert whole is not None
    assert with_gap is not None
    assert [part.name for part in with_gap.parts] == ["meters", "missing"]
    assert (with_gap.expanded_uncertainty or 0.0) > (whole.expanded_uncertainty or 0.0)
    assert Flag.PARTLY_MISSING in with_gap.flags
    assert with_gap.kind is KpiKind.ANNUAL
    truth = PLANT.truth(with_gap.window.start, with_gap.window.end).pue
    assert abs((with_gap.value or 0.0) - truth) <= (with_gap.expanded_uncertainty or 0.0)


async def test_an_evaluation_after_an_outage_begins_anew() -> None:
    running = Running()
    await settled(running)
    running.history.away = True
    away = await running.step(NOW + timedelta(seconds=20))
    running.history.away = False
    back = await running.step(NOW + timedelta(seconds=40))

    assert not away.store_reachable
    assert back.store_reachable
    assert back.heat.figures
    assert isinstance(running.evaluator, Evaluator)


@pytest.mark.parametrize("days", [0, 20, 390])
async def test_a_site_that_fell_silent_is_shown_without_a_made_up_figure(days: int) -> None:
    """Everything silent since just now, for weeks, for more than a year."""
    running = Running()
    for device in SITE.devices.values():
        running.history.silent_since[device.id] = NOW - timedelta(days=days, minutes=20)

    snapshot = await settled(running)
    board = SnapshotBoard()
    board.publish(snapshot)
    async with client_of(application(board)) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
        plain = [path for path in paths if path.startswith("/api/v1") and "{" not in path]
        for path in (*plain, "/fr/", "/en/", "/metrics"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert not re.search(r"\bnan\b", answer.text.lower()), path
        for month in (await client.get("/api/v1/heat-statements")).json():
            assert (await client.get(f"/api/v1/heat-statements/{month}")).status_code == 200

    quarter = snapshot.kpi("pue", "15min")
    assert quarter is not None
    assert quarter.value is None
