"""The slow parts of the picture: they come after the first one, and again after an outage."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from models.forecast.outlook import Outlook
from models.kpi.result import Flag, KpiKind, Withheld
from models.legal_time.days import to_us
from models.registers.samples import Samples
from service.access.roles import Role
from service.access.visitor import Grant, Visitor
from service.evaluation.evaluator import Evaluator
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from tests.service.access.someone import ByHeader
from tests.service.application import API, application, client_of
from tests.service.evaluation.test_evaluator import NOW, SITE, Running
from tests.service.plant_showed import PLANT

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


async def test_every_slow_part_is_in_the_picture_once_it_had_its_turn() -> None:
    snapshot = await sound()

    assert snapshot.heat.exchanger is not None
    assert len(snapshot.heat.figures) == 4
    assert snapshot.heat.missed is not None
    assert "month" in snapshot.heat.missed
    assert len(snapshot.balances.nodes) == 7
    assert not snapshot.balances.suspects
    assert {view.kpi for view in snapshot.forecasts} == {"pue", "wue", "erf"}
    # No limit on the PUE itself is in force: that of the label leaves the heat upgrade out.
    limited = {view.kpi for view in snapshot.forecasts if view.limit is not None}
    assert limited == {"wue", "erf"}
    assert len(snapshot.statements) == 12


async def test_the_statement_of_a_month_is_its_recovered_heat() -> None:
    snapshot = await sound()
    month = snapshot.kpi("recovered_heat", "month")

    assert month is not None
    assert snapshot.statements[0].delivered_kwh == pytest.approx(month.value, rel=0.002)


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
    # From 20 November 2025 to the next one: 0.88 of a year after the base year began.
    assert annual.value == pytest.approx(3_111_900 / 3_082_000 / 0.95**0.88, rel=0.005)
    assert "a proxy" in annual.boundary
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


def _must_be_given(parameter: Mapping[str, Any]) -> bool:
    return parameter["in"] == "query" and bool(parameter["required"])


@pytest.mark.parametrize("days", [0, 20, 390])
async def test_a_site_that_fell_silent_is_shown_without_a_made_up_figure(days: int) -> None:
    """Everything silent since just now, for weeks, for more than a year."""
    running = Running()
    for device in SITE.devices.values():
        running.history.silent_since[device.id] = NOW - timedelta(days=days, minutes=20)

    snapshot = await settled(running)
    board = SnapshotBoard()
    board.publish(snapshot)
    somebody = ByHeader({"": Visitor(account="a", grants=(Grant(role=Role.OPERATOR),))})
    async with client_of(application(board, identifier=somebody)) as client:
        client.headers["who"] = ""
        paths = (await client.get("/openapi.json")).json()["paths"]
        paths = [
            path.replace("{site_id}", SITE.identity.id)
            for path, operations in paths.items()
            if "get" in operations
            and not any(map(_must_be_given, operations["get"].get("parameters", ())))
        ]
        # A stream does not end.
        plain = [
            path
            for path in paths
            if path.startswith(f"{API}/") and "{" not in path and not path.endswith("/events")
        ]
        for path in (*plain, "/fr/", "/en/", "/metrics"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert not re.search(r"\bnan\b", answer.text.lower()), path
        for month in (await client.get(f"{API}/heat-statements")).json():
            answer = await client.get(f"{API}/heat-statements/{month}")
            assert answer.status_code == 200

    quarter = snapshot.kpi("pue", "15min")
    assert quarter is not None
    assert quarter.value is None


async def test_a_part_that_fails_takes_no_other_along(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_args: object) -> None:
        raise np.linalg.LinAlgError("a matrix that nobody thought of")

    monkeypatch.setattr(Outlook, "forecasts", fail)
    running = Running()
    for minutes in (0, 1, 17):
        snapshot = await running.step(NOW + timedelta(minutes=minutes))

    assert snapshot.forecasts == ()
    assert len(snapshot.statements) == 12
    assert snapshot.kpi("pue", "12months") is not None
    assert len(re.findall(r"part_failed  ", capsys.readouterr().out)) == 1
