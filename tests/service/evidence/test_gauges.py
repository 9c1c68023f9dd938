"""A verdict on a temperature is computed again from the hourly totals in its pack."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import pytest

from charter_rules.law.loader import load_rulebook
from models.registers.gauges import gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples
from service.evidence.build import Request
from service.evidence.inputs import packed_gauge, unpacked_gauge, unpacked_readings
from service.evidence.report import Report
from tests.service.evidence.conftest import (
    KEY,
    LIBRARY,
    NOW,
    PROFILES,
    SITE_FILE,
    Pack,
    PlantPast,
    checked,
    packed,
)
from tests.service.evidence.test_tampering import sign_again

RULES = ("ashrae_inlet_air_recommended", "ashrae_supply_envelope", "ashrae_liquid_envelope")
INLET = "pdu_01.inlet_temp_degc"


@cache
def _made() -> Pack:
    request = Request(
        site_file=SITE_FILE.model_copy(
            update={"site": SITE_FILE.site.model_copy(update={"charter": "ashrae"})}
        ),
        profiles=PROFILES,
        library=LIBRARY,
        rulebook=load_rulebook(charter="ashrae"),
        rule_ids=RULES,
        at=NOW,
        known_on=NOW,
    )
    return packed(request, PlantPast())


def bent_report(change: Callable[[Any], None]) -> Report:
    """The check of a pack whose owner bent the totals and signed it again."""
    pack = deepcopy(_made())
    change(pack["parts"]["inputs"]["readings"]["long"]["gauges"])
    return checked(sign_again(pack, KEY))


def test_the_kpis_of_gauges_come_out_again_of_their_hourly_totals() -> None:
    pack = _made()
    report = bent_report(lambda _: None)

    results = {one["kpi"]: one for one in pack["parts"]["kpi"]["results"]}
    assert report.problems == []
    assert 18.0 < results["inlet_air_temp"]["value"] < 30.0
    assert results["inlet_air_temp"]["coverage_ratio"] == 1.0
    assert {"supply_air_compliance", "liquid_supply_compliance"} < set(results)
    assert INLET in pack["parts"]["raw_hashes"]["points"]
    assert INLET not in pack["parts"]["inputs"]["readings"]["long"]["registers"]
    hours = len(pack["parts"]["inputs"]["readings"]["long"]["gauges"][INLET]["known_us"])
    # The hour before the month is read as well.
    assert hours == 1 + 19 * 24 + 14 + 1


def bent(column: str, to: Callable[[float], float]) -> Callable[[Any], None]:
    def change(gauges: Any) -> None:
        gauges[INLET][column] = [to(one) for one in gauges[INLET][column]]

    return change


def test_totals_that_the_owner_bends_do_not_bear_the_verdict() -> None:
    def colder(gauges: Any) -> None:
        for column in ("integral", "minimum", "maximum"):
            bent(column, lambda value: value * 0.9)(gauges)

    def inside(gauges: Any) -> None:
        gauges[INLET]["in_range_us"][0] = [0] * len(gauges[INLET]["known_us"])

    for change, what in ((colder, "value"), (inside, "value")):
        problems = bent_report(change).problems

        assert "kpi" in {problem.part for problem in problems}
        assert any(what in str(problem) for problem in problems)


@pytest.mark.parametrize(
    "change",
    [
        bent("known_us", lambda value: value + 1),
        bent("integral", lambda value: value * 1.5),
        bent("minimum", lambda _: 99.0),
        bent("known_us", lambda value: value - 0.5),
        bent("length_us", lambda value: -value),
        bent("loose_us", lambda value: value - 1),
        bent("loose_us", lambda value: value + 4_000_000_000),
        bent("loose_step", lambda value: value + 1.0),
        lambda gauges: gauges[INLET].pop("loose_step"),
        bent("integral", lambda _: float("1e300")),
        lambda gauges: gauges[INLET]["known_us"].pop(),
        lambda gauges: gauges[INLET]["ranges"].pop(),
        lambda gauges: gauges[INLET].update(ranges=[[1.0]]),
        lambda gauges: gauges[INLET].update(start_us=True),
        lambda gauges: gauges[INLET].update(maximum=7),
        lambda gauges: gauges[INLET].update(in_range_us=[["x"]]),
        lambda gauges: gauges[INLET].pop("integral"),
        lambda gauges: gauges[INLET].update(start_us=gauges[INLET]["start_us"] + 1),
    ],
)
def test_totals_that_no_readings_give_are_refused(change: Callable[[Any], None]) -> None:
    assert "inputs" in {problem.part for problem in bent_report(change).problems}


def test_totals_come_back_as_they_were() -> None:
    totals = gauge_totals(
        Samples(ts_us=np.array([3, 8, 40, 50]), value=np.array([1.0, 1.5, np.nan, 3.0])),
        Periods.between(np.array([0, 10, 45, 48, 70])),
        ((2.0, np.inf), (-np.inf, 1.5)),
        hold_us=2,
    )

    again = unpacked_gauge(packed_gauge(totals))

    assert again.ranges == totals.ranges
    assert totals.loose_us.any()
    for name in ("known_us", "integral", "minimum", "maximum", "in_range_us"):
        np.testing.assert_array_equal(getattr(again, name), getattr(totals, name))
    for name in ("loose_us", "loose_step"):
        np.testing.assert_array_equal(getattr(again, name), getattr(totals, name))
    assert packed_gauge(again) == packed_gauge(totals)
    with pytest.raises(TypeError, match="by their grain"):
        unpacked_readings([])
    with pytest.raises(ValueError, match="weekly"):
        unpacked_readings({"weekly": {"registers": {}, "gauges": {}, "levels": {}}})
