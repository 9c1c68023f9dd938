"""A clock that jumps by an hour makes no figures old, and no old ones fresh."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.evaluation.pace import Pace
from service.live import board as board_module
from service.live import feed as feed_module
from service.live.board import SnapshotBoard
from service.live.feed import SnapshotFeed
from service.live.lateness import late_parts
from service.live.snapshot import LiveSnapshot
from service.storage.errors import StoreUnreachableError
from service.storage.snapshots import Look
from tests.service.application import application, client_of
from tests.service.pages.sample_snapshot import NOW, sample_site, sample_snapshot

_HOUR = timedelta(hours=1)


class _Database:
    """Gives a snapshot, or nothing; ages are by its own clock."""

    def __init__(self) -> None:
        self.snapshot: LiveSnapshot | None = None
        self.age_s = 0.0

    async def look(self) -> Look:
        if self.snapshot is None:
            msg = "gone"
            raise StoreUnreachableError(msg)
        return Look(
            seq=1,
            snapshot=self.snapshot,
            evaluation_age_s=self.age_s,
            collector_age_s=1.0,
            lacking=None,
        )

    async def wait(self, at_most_s: float) -> None:
        msg = "nobody waits here"
        raise AssertionError(msg)


class _Monotonic:
    """The clock that never jumps, moved by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at_s = 1_000.0
        for module in (board_module, feed_module):
            monkeypatch.setattr(module, "monotonic", lambda: self.at_s)


@pytest.mark.parametrize("step", [-_HOUR, timedelta(), _HOUR])
@pytest.mark.asyncio
async def test_readiness_does_not_depend_on_what_time_it_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, step: timedelta
) -> None:
    """The evaluation's clock is an hour off from now on, or the server's is."""
    clock, database, board = _Monotonic(monkeypatch), _Database(), SnapshotBoard()
    feed = SnapshotFeed(sample_site(), database, board)
    async with client_of(application(board)) as client:
        database.snapshot = sample_snapshot(NOW)
        await feed.step()
        clock.at_s += 1.0
        database.snapshot = replace(sample_snapshot(NOW), taken_at=NOW + step)
        await feed.step()
        assert (await client.get("/readyz")).status_code == 200

        # Nothing comes any more: old after ten seconds, whatever the clock says.
        database.snapshot = None
        clock.at_s += 9.0
        await feed.step()
        assert [one.part for one in late_parts(board)] == ["database"]
        clock.at_s += 2.0
        await feed.step()
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert "the last evaluation is of" in answer.json()["reasons"][0]


def test_figures_grow_old_even_when_nobody_brings_news(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, board = _Monotonic(monkeypatch), SnapshotBoard()
    board.publish(sample_snapshot(NOW))
    assert late_parts(board) == []
    clock.at_s += 11.0
    assert [one.part for one in late_parts(board)] == ["evaluation"]


def test_a_part_is_due_again_after_the_clock_was_set_back() -> None:
    pace = Pace(every=timedelta(minutes=15), due_at=NOW)
    assert pace.is_due(NOW)
    assert not pace.is_due(NOW + timedelta(minutes=14))
    # An hour back, and on from there at the same pace.
    back = NOW + timedelta(minutes=14) - _HOUR
    assert pace.is_due(back)
    assert not pace.is_due(back + timedelta(minutes=14))
    assert pace.is_due(back + timedelta(minutes=15))
    # And forward.
    assert pace.is_due(back + _HOUR)
