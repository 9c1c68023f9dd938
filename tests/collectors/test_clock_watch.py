"""The clock of this machine: a step is seen, told once, and puts readings in doubt for a while."""

import time
from dataclasses import dataclass, replace

import numpy as np
import pytest
from structlog.testing import capture_logs

from collectors.clock_watch import LONGEST_DOUBT_S, SHORTEST_DOUBT_S, ClockWatch
from collectors.polling import measured_poll
from models.readings import DeviceState, Quality
from models.trouble.trouble import Cause, Trouble
from tests.collectors.builders import modbus_link, until
from tests.collectors.running import running, units
from tests.collectors.scripted_server import ScriptedServer

HOUR_S = 3600.0


@dataclass
class Clocks:
    wall_s: float = 1.8e9
    steady_s: float = 50.0

    def pass_(self, seconds: float, *, slew_s: float = 0.0) -> None:
        self.steady_s += seconds
        self.wall_s += seconds + slew_s


def watched() -> tuple[Clocks, ClockWatch]:
    clocks = Clocks()
    return clocks, ClockWatch(wall_s=lambda: clocks.wall_s, steady_s=lambda: clocks.steady_s)


def doubted_for(clocks: Clocks, watch: ClockWatch, step_s: float = 10.0) -> float:
    """How long the doubt lasts from now while the clock agrees."""
    lasted_s = 0.0
    while watch.look():
        clocks.pass_(step_s)
        lasted_s += step_s
        assert lasted_s < 1e5
    return lasted_s


def test_a_slewed_clock_and_a_long_silence_are_no_step() -> None:
    clocks, watch = watched()
    for _ in range(1000):
        clocks.pass_(1.0, slew_s=5e-4)
        assert not watch.look()
    clocks.pass_(10 * HOUR_S)
    assert not watch.look()
    assert watch.steps_total == 0


@pytest.mark.parametrize(
    ("step_s", "lasts_s"),
    [
        (5.0, SHORTEST_DOUBT_S),
        (HOUR_S, HOUR_S),
        (-HOUR_S, HOUR_S),
        (1e9, LONGEST_DOUBT_S),
    ],
)
def test_a_step_is_in_doubt_as_long_as_it_moved_the_clock(step_s: float, lasts_s: float) -> None:
    clocks, watch = watched()
    with capture_logs() as logs:
        clocks.pass_(1.0, slew_s=step_s)
        assert watch.look()
        assert watch.doubt is not None
        assert watch.doubt.step_s == pytest.approx(step_s)
        assert doubted_for(clocks, watch) == pytest.approx(lasts_s, abs=10.0)
    assert [entry["event"] for entry in logs] == ["clock_stepped", "clock_agrees_again"]
    assert watch.doubt is None


def test_a_step_that_is_undone_is_told_once_and_doubted_a_while_longer() -> None:
    clocks, watch = watched()
    with capture_logs() as logs:
        clocks.pass_(1.0, slew_s=HOUR_S)
        watch.look()
        clocks.pass_(60.0)
        assert watch.look()
        clocks.pass_(1.0, slew_s=-HOUR_S)
        assert watch.look()
        assert doubted_for(clocks, watch) == pytest.approx(SHORTEST_DOUBT_S, abs=10.0)
    assert watch.steps_total == 2
    assert [entry["event"] for entry in logs] == ["clock_stepped", "clock_agrees_again"]


def test_only_good_readings_become_uncertain_and_the_device_is_not_blamed() -> None:
    clocks, watch = watched()
    qualities = [Quality.GOOD, Quality.BAD, Quality.OUT_OF_RANGE, Quality.NOT_AVAILABLE]
    zeros = np.zeros(4, np.int64)
    refusal = Cause(Trouble.REFUSED, "e")
    poll = measured_poll(
        point_id=zeros.astype(np.int32),
        ts_us=zeros,
        received_us=zeros,
        value=zeros.astype(np.float64),
        quality=np.array(qualities, np.int16),
        error=refusal,
        doubt=Cause(Trouble.DEVICE_CLOCK, "its clock is 3600 s behind"),
        clock_offset_s=-HOUR_S,
    )
    assert watch.marked(poll) is poll
    clocks.pass_(1.0, slew_s=HOUR_S)
    marked = watch.marked(poll)
    assert marked.batch.quality.tolist() == [Quality.UNCERTAIN, *qualities[1:]]
    assert marked.batch.quality.dtype == np.int16
    assert (marked.doubt, marked.clock_offset_s, marked.error) == (None, None, refusal)
    unsure = Cause(Trouble.BEHIND_SERVER, "the server is not sure")
    other = replace(poll, doubt=unsure, clock_offset_s=0.0)
    assert watch.marked(other).doubt == unsure


@pytest.mark.asyncio
async def test_no_reading_from_the_hour_ahead_is_good_and_no_device_is_blamed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ahead_ns = 0
    true_ns = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: true_ns() + ahead_ns)
    async with ScriptedServer() as server:
        async with running([modbus_link(server.port)], units(3)) as run:
            await until(lambda: len(run.sink.batches) > 0)
            for moved_ns in (int(HOUR_S * 1e9), 0):
                ahead_ns = moved_ns
                before = len(run.sink.all)
                await until(lambda rows=before: len(run.sink.all) > rows + 200)  # type: ignore[misc]  # binds now
        stored = run.sink.all
        is_ahead = stored.ts_us > true_ns() // 1000 + 60_000_000
        assert is_ahead.any()
        assert set(stored.quality[is_ahead].tolist()) == {Quality.UNCERTAIN}
        assert Quality.GOOD in run.sink.batches[0].quality
        assert set(run.sink.batches[-1].quality.tolist()) == {Quality.UNCERTAIN}
        assert {h.state for h in run.ward.reports} <= {DeviceState.STARTING, DeviceState.OK}
