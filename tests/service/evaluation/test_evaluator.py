"""The evaluation of the shipped site on the plant's own registers, against the plant's truth."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from charter_rules.findings import Axis
from charter_rules.law.loader import load_rulebook
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.legal_time.days import to_us
from models.readings import DeviceState, Origin, Quality, Window
from models.registers.gauges import GaugeTotals, ValueRange
from models.registers.samples import Samples
from service.evaluation.evaluator import Evaluator
from service.evaluation.ports import (
    DeviceStatus,
    LatestReading,
    PipelineStatus,
    RollupState,
    StoreAway,
)
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.site.facts import facts_of
from service.site.loader import load_site
from simulators.plant import DEFAULT_EPOCH
from tests.service.board_outlet import BoardOutlet
from tests.service.evaluation.gauge_sums import sums_of
from tests.service.plant_showed import PLANT, plant_showed
from tests.service.site.test_loader import SHIPPED

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 11, 20, 13, 32, 7, tzinfo=UTC)
SITE = load_site(SHIPPED, load_profiles(SHIPPED_PROFILES)).site


class PlantHistory:
    """A store that holds what the plant's meters showed, read every five minutes."""

    def __init__(self) -> None:
        self.away = False
        self.silent_since: dict[str, datetime] = {}

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        if self.away:
            raise StoreAway("gone")
        # By the half hour of a year and more: as many readings as anybody needs.
        often = timedelta(minutes=30) if step >= timedelta(hours=1) else timedelta(minutes=5)
        return self._shown(keys, start, end, min(step, often))

    async def gauges(
        self,
        keys: Sequence[str],
        start: datetime,
        end: datetime,
        step: timedelta,
        ranges: Mapping[str, Sequence[ValueRange]],
    ) -> dict[str, GaugeTotals]:
        if self.away:
            raise StoreAway("gone")
        often = timedelta(minutes=15 if step >= timedelta(hours=1) else 5)
        return sums_of(self._shown(keys, start, end, often), start, end, step, ranges)

    def _shown(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        step_us, until = step // timedelta(microseconds=1), min(end, NOW)
        # The plant was not there before its epoch.
        begin = to_us(max(start, DEFAULT_EPOCH)) // step_us * step_us
        ts_us = np.arange(begin, to_us(until), step_us, dtype=np.int64)
        shown = plant_showed(tuple(keys), ts_us)
        return {
            key: one if silent is None else one.upto(to_us(silent))
            for key, one in shown.items()
            for silent in [self.silent_since.get(key.partition(".")[0])]
        }

    async def latest(self) -> Mapping[str, LatestReading]:
        if self.away:
            raise StoreAway("gone")
        now_us = np.array([to_us(NOW)])
        values = PLANT.measured_values(now_us)
        return {
            key: LatestReading(
                ts=self.silent_since.get(key.partition(".")[0], NOW - timedelta(seconds=1)),
                received_at=None,
                value=float(values[key][0]),
                quality=Quality.GOOD,
                origin=Origin.MEASURED,
            )
            for key in SITE.points
        }

    async def device_statuses(self) -> Mapping[str, DeviceStatus]:
        return {
            d.id: DeviceStatus(
                state=DeviceState.OK,
                since=NOW,
                last_ok_at=NOW,
                polls_total=1,
                failures_total=0,
                last_error=None,
            )
            for d in SITE.devices.values()
        }

    async def pipeline_status(self) -> PipelineStatus | None:
        return None

    async def rolled(self, keys: Sequence[str], since_revision: int | None) -> RollupState:
        del keys, since_revision
        return RollupState(rolled_upto=datetime.max.replace(tzinfo=UTC), revision=0, changed=None)

    async def imported_windows(self) -> Sequence[Window]:
        return [Window(name="past", start=NOW - timedelta(days=400), end=NOW - timedelta(days=2))]


class Running:
    def __init__(self, before: LiveSnapshot | None = None) -> None:
        self.history = PlantHistory()
        self.board = SnapshotBoard()
        self.evaluator = Evaluator(
            SITE,
            load_rulebook(charter="paris"),
            facts_of(SITE),
            self.history,
            BoardOutlet(self.board),
            before=before,
        )

    async def step(self, now: datetime = NOW) -> LiveSnapshot:
        await self.evaluator.look(now)
        await self.evaluator.show(now)
        assert self.board.current is not None
        return self.board.current


async def test_every_kpi_holds_the_plants_truth_inside_its_uncertainty() -> None:
    snapshot = await Running().step()

    for window in ("15min", "today", "month", "12months"):
        for kpi in ("pue", "wue", "erf", "recovered_heat"):
            result = snapshot.kpi(kpi, window)
            assert result is not None
            assert result.value is not None
            assert result.expanded_uncertainty is not None
            # Five-minute samples leave the last minutes open; the truth is of the known part.
            truth = PLANT.truth(result.window.start, result.window.end)
            true_value = {
                "pue": truth.pue,
                "wue": truth.wue_l_per_kwh,
                "erf": truth.erf,
                "recovered_heat": truth.e_reuse_kwh * result.coverage_ratio,
            }[kpi]
            slack = 0.01 * true_value if window == "15min" else 0.0
            assert abs(result.value - true_value) <= result.expanded_uncertainty + slack, (
                kpi,
                window,
            )


async def test_a_window_that_touches_imported_days_says_so() -> None:
    snapshot = await Running().step()

    today, annual = snapshot.kpi("pue", "today"), snapshot.kpi("pue", "12months")
    assert today is not None
    assert annual is not None
    assert today.origin is Origin.MEASURED
    assert annual.origin is Origin.IMPORTED


async def test_a_silent_pdu_takes_pue_with_it_and_leaves_the_heat() -> None:
    running = Running()
    running.history.silent_since["pdu_07"] = NOW - timedelta(minutes=10)

    snapshot = await running.step()

    pue, heat = snapshot.kpi("pue", "15min"), snapshot.kpi("recovered_heat", "15min")
    assert pue is not None
    assert heat is not None
    assert pue.coverage_ratio < 0.5 < heat.coverage_ratio
    assert snapshot.flow.it_kw is None
    assert [one.id for one in snapshot.flow.heat_branches] == ["loop", "greenhouse"]
    assert all(one.power_kw is not None for one in snapshot.flow.heat_branches)
    lost = [d.id for d in snapshot.devices if d.state is DeviceState.LOST]
    assert lost == ["pdu_07"]


async def test_a_store_that_goes_away_is_said_and_nothing_looks_fresh() -> None:
    running = Running()
    await running.step()
    running.history.away = True

    snapshot = await running.step(NOW + timedelta(seconds=20))

    assert not snapshot.store_reachable
    assert all(p.stale for p in snapshot.points.values())
    assert snapshot.flow.total_kw is None
    running.history.away = False
    assert (await running.step(NOW + timedelta(seconds=22))).store_reachable


async def test_a_clock_that_is_set_back_makes_nothing_younger() -> None:
    running = Running()
    before = await running.step()
    running.history.away = True

    snapshot = await running.step(NOW - timedelta(hours=1))

    assert all(p.stale for p in snapshot.points.values())
    for key, point in snapshot.points.items():
        assert point.age_s == before.points[key].age_s
    assert snapshot.taken_at == before.taken_at


async def test_a_second_evaluation_goes_on_from_the_picture_of_the_first() -> None:
    first = Running()
    await first.step()
    before = await first.step(NOW + timedelta(seconds=3))
    gone = replace(before.kpis[0], kpi="of_a_meter_that_was_taken_out")
    second = Running(replace(before, kpis=(*before.kpis, gone)))
    after = NOW + timedelta(seconds=10)

    await second.evaluator.show(after)

    picture = second.board.current
    assert picture is not None
    assert picture.taken_at == after
    assert {one.kpi for one in picture.kpis} == {one.kpi for one in (*before.kpis, gone)}
    assert picture.kpi("pue", "12months") == before.kpi("pue", "12months")
    assert picture.forecasts == before.forecasts != ()
    assert set(picture.series) == set(before.series)
    own = await second.step(after)
    assert own.kpi(gone.kpi, gone.window.name) is None
    found = own.kpi("pue", "12months")
    assert found is not None
    assert found.window.end > before.kpi("pue", "12months").window.end  # type: ignore[union-attr]  # it was there above


async def test_without_one_the_first_picture_has_what_is_live() -> None:
    running = Running()
    await running.evaluator.show(NOW)

    picture = running.board.current
    assert picture is not None
    assert picture.kpi("pue", "15min") is not None
    assert picture.kpi("pue", "12months") is None


async def test_every_axis_has_a_verdict_and_every_chart_has_values() -> None:
    snapshot = await Running().step()

    assert {finding.axis for finding in snapshot.findings} == set(Axis)
    for name in ("pue_24h", "heat_24h", "wue_12months", "erf_12months", "noise_night_14"):
        assert any(v is not None for v in snapshot.series[name].values), name
