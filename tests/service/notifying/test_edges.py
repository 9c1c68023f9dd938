"""Edges that courses made at random seldom meet."""

from dataclasses import replace

import pytest

from service.alerts.figures import Expected
from service.alerts.limit_conditions import BeyondLimit
from service.alerts.series import Series
from service.notifying.samples import Scraped, Shown
from tests.service.notifying.series_of_examples import at_minute
from tests.service.notifying.small_alerts import ALL


def test_what_grows_evenly_is_expected_to_go_on_so() -> None:
    [alert] = [one for one in ALL if one.name == "BoucleSpoolFull"]
    size = Series(family="boucle_spool_bytes", labels={"site": "s"})
    seen = Scraped()
    seen.look_for([alert])
    series = alert.when.looks_back[0][0]
    for minute in range(20):
        shown = Shown(series.family, series.labels, 5000.0 + 3000.0 * minute)
        seen.take(60.0 * minute, [shown])
    [expected] = Expected(series, 15, 600).values(seen)
    assert expected.value == pytest.approx(5000.0 + 3000.0 * (19 + 10))
    assert list(Expected(size, 15, 600).values(seen)) == []


def test_a_counter_that_began_anew_rose_by_what_it_shows() -> None:
    [alert] = [one for one in ALL if one.name == "BoucleReadingsLost"]
    [(series, _)] = alert.when.looks_back
    for course, rose in {(7.0, 7.0): False, (7.0, 0.0): False, (7.0, 1.0): True}.items():
        seen = Scraped()
        seen.look_for([alert])
        for minute, value in enumerate(course):
            seen.take(60.0 * minute, [Shown(series.family, series.labels, value)])
        assert alert.when.decide(seen) == {(): rose}


def test_the_least_coverage_that_is_asked_is_enough_and_a_doubt_is_too_much() -> None:
    alert = next(one for one in ALL if one.name == "BoucleBeyondLimit")
    when = alert.when
    assert isinstance(when, BeyondLimit)

    def decided(coverage: float, doubtful: float) -> dict[tuple[str, ...], bool]:
        shown = list(at_minute(alert.example.fires, 0))
        values = {when.coverage.family: coverage, when.doubtful.family: doubtful}
        seen = Scraped()
        seen.take(0.0, [replace(one, value=values.get(one.family, one.value)) for one in shown])
        return dict(when.decide(seen))

    assert decided(when.least_coverage, 0.0) == {(): True}
    assert decided(when.least_coverage - 0.001, 0.0) == {}
    assert decided(when.least_coverage, 1.0) == {}
