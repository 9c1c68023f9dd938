"""What a rule looks at: grids of one KPI, and the figures of inspections in their place."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from charter_rules.facts import Inspection, SiteFacts
from charter_rules.findings import Verdict
from charter_rules.judging.conditions import Comparison
from charter_rules.judging.engine import judge
from charter_rules.judging.grid import judge_grid
from charter_rules.judging.inspected import inspected, with_inspections
from charter_rules.judging.measured import Measured, change
from charter_rules.judging.weighing import VERDICTS
from charter_rules.law.dated import Absence
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import Indicative
from models.kpi.result import KpiResult
from models.readings import Origin, Window
from tests.charter_rules.test_kinds_of_rules import judged, parameter, result, rule

NIGHT = replace(
    rule(Comparison.AT_MOST, parameter(3.0, unit="dB(A)"), "noise_emergence_night", "last_night"),
    has_duration_terms=True,
)
LIMIT = rule(Comparison.AT_MOST, parameter(0.4, unit="L/kWh"), "wue", "12months")
FOUND = Inspection(
    kpi="noise_emergence_night",
    measured_on=date(2026, 11, 10),
    value=4.0,
    expanded_uncertainty=1.5,
    document="d",
    level_dba=45.0,
    noise_minutes=30.0,
)
YEAR = Window(
    name="12months",
    start=datetime(2029, 12, 31, 23, tzinfo=UTC),
    end=datetime(2030, 12, 31, 23, tzinfo=UTC),
)
DAYS = np.array([date(2026, 11, day).toordinal() for day in (9, 10, 11, 12)], np.int64)


def night(value: float) -> Measured:
    """The same figure at two sites on all days, of closed nights."""
    one = Measured.of(result("noise_emergence_night", "dB(A)", "last_night", value))
    columns = {
        field.name: np.repeat(np.repeat(getattr(one, field.name), 2, 0), len(DAYS), 1)
        for field in fields(one)
        if field.name != "law_day"
    }
    return Measured(**columns, law_day=np.tile(DAYS, (2, 1)))


def test_an_inspection_is_a_result_of_the_least_window_that_ends_with_its_day(
    chapelle: SiteFacts,
) -> None:
    site = replace(chapelle, inspections=(FOUND,))
    hours = NIGHT.window.min_hours
    end = datetime(2026, 11, 11, tzinfo=UTC)

    assert inspected(NIGHT, site, date(2026, 11, 10)) == KpiResult(
        kpi="noise_emergence_night",
        window=Window(
            name="last_night",
            start=datetime.fromtimestamp(end.timestamp() - 3600 * hours, UTC),
            end=end,
        ),
        unit="dB(A)",
        value=1.0,  # a noise of half an hour may do 3 dB(A) more
        expanded_uncertainty=1.5,
        coverage_ratio=1.0,
        numerator=45.0,
        numerator_unit="dB(A)",
        # Measured by others: what Boucle did not measure is imported, with its document.
        origin=Origin.IMPORTED,
        documents=("d",),
    )
    assert inspected(NIGHT, site, date(2026, 11, 9)) is None
    assert inspected(replace(NIGHT, kpi="noise_emergence_day"), site, date(2026, 11, 10)) is None


@pytest.mark.parametrize(
    ("has_terms", "minutes", "value"), [(True, None, 4.0), (False, 30.0, 4.0), (True, 480.0, 3.0)]
)
def test_only_a_rule_with_terms_of_duration_takes_them_off(
    chapelle: SiteFacts, has_terms: bool, minutes: float | None, value: float
) -> None:
    one = replace(FOUND, noise_minutes=minutes, level_dba=None)
    site = replace(chapelle, inspections=(one,))

    found = inspected(replace(NIGHT, has_duration_terms=has_terms), site, date(2026, 11, 10))

    assert found is not None
    assert (found.value, found.numerator, found.numerator_unit) == (value, None, "")


def test_the_newest_inspection_counts_from_the_day_on_which_it_was_known(
    chapelle: SiteFacts,
) -> None:
    newest = replace(
        FOUND, measured_on=date(2026, 11, 11), value=9.0, received_on=date(2026, 11, 12)
    )
    site = replace(chapelle, inspections=(newest, FOUND))

    grid = with_inspections(NIGHT, (chapelle, site), DAYS, night(2.0))

    assert grid.value.tolist() == [[2.0, 2.0, 2.0, 2.0], [2.0, 1.0, 1.0, 6.0]]
    assert grid.inspected.tolist() == [[False] * 4, [False, True, True, True]]
    assert grid.law_day is not None
    # an inspection is judged by the law of the day on which it is looked at
    assert grid.law_day.tolist() == [DAYS.tolist(), [DAYS[0], 0, 0, 0]]
    for on, value in zip(DAYS, (None, 1.0, 1.0, 6.0), strict=True):
        one = inspected(NIGHT, site, date.fromordinal(int(on)))
        assert (None if one is None else one.value) == value
    assert with_inspections(NIGHT, (site,), DAYS, Measured.nothing((1, 4))).law_day is None


def test_some_days_of_a_grid_are_those_of_every_column() -> None:
    grid = night(2.0)
    grid = replace(grid, value=np.arange(8.0).reshape(2, 4))

    some = grid.between(1, 3)

    assert some.value.tolist() == [[1.0, 2.0], [5.0, 6.0]]
    assert some.law_day is not None
    assert some.law_day.tolist() == [DAYS[1:3].tolist()] * 2
    assert {getattr(some, field.name).shape for field in fields(some)} == {(2, 2)}
    assert replace(grid, law_day=None).between(1, 3).law_day is None


def test_nothing_is_known_where_there_is_no_result() -> None:
    none, empty = Measured.of(None), Measured.nothing((1, 1))

    for field in fields(empty):
        np.testing.assert_array_equal(getattr(none, field.name), getattr(empty, field.name))
    assert not empty.known.any()
    assert not empty.doubtful.any()
    assert not empty.inspected.any()
    assert np.isnan(empty.value).all()
    assert (empty.withheld.item(), empty.category.item(), empty.origin.item()) == (-1, 0, 0)


def test_a_change_is_as_sure_as_both_its_ends() -> None:
    def of(value: float, u: float) -> Measured:
        one = result("facility_energy", "kWh", "12months", value)
        return Measured.of(replace(one, expanded_uncertainty=u))

    value, spread = change(of(60.0, 3.0), of(100.0, 4.0))

    assert value.item() == pytest.approx(-0.4)
    assert spread.item() == pytest.approx(np.hypot(0.03, 0.6 * 0.04))
    for before in (0.0, float("inf")):
        assert np.isnan(change(of(60.0, 3.0), of(before, 4.0))[0]).all()


def test_a_closed_period_and_a_running_one_each_have_the_law_of_their_day(
    chapelle: SiteFacts,
) -> None:
    """75 % of renewable electricity until 2030, all of it from 2031 on."""
    ref = next(one for one in load_rulebook().rules if one.id == "paris_ref")
    days = np.array([date(2031, 6, 1).toordinal(), date(2031, 6, 2).toordinal()], np.int64)
    one = Measured.of(replace(result("ref", "ratio", "12months", 0.8), window=YEAR))
    both = {
        field.name: np.repeat(getattr(one, field.name), 2, 1)
        for field in fields(one)
        if field.name != "law_day"
    }
    mixed = Measured(**both, law_day=np.array([[date(2030, 12, 31).toordinal(), 0]]))

    found = judge_grid(ref, (chapelle,), days, mixed, Measured.nothing((1, 2)))

    verdicts = [VERDICTS[code] for code in found.code[0]]
    assert verdicts == [Verdict.COMPLIANT, Verdict.DEVIATION]


def test_a_verdict_on_an_inspection_shows_it_and_has_the_law_of_the_day(
    chapelle: SiteFacts,
) -> None:
    """The night of the sensors is over, and is no longer what is judged."""
    site = replace(chapelle, inspections=(replace(FOUND, noise_minutes=None),))
    elsewhere = Indicative(reason_fr="r", reason_en="r")
    here = replace(NIGHT, indicative=elsewhere)
    heard = result("noise_emergence_night", "dB(A)", "last_night", 1.0)
    closed = replace(heard, window=replace(YEAR, name="last_night", closed=True))
    on = date(2026, 11, 20)

    by_sensors = judge(here, chapelle, {(here.kpi, "last_night"): closed}, on)
    inspected_ = judge(here, site, {(here.kpi, "last_night"): closed}, on)

    assert (by_sensors.on, by_sensors.kpi) == (date(2030, 12, 31), closed)
    assert by_sensors.indicative
    assert inspected_.on == on
    assert inspected_.kpi == inspected(here, site, on)
    assert not inspected_.indicative


def test_nothing_is_weighed_without_a_threshold(chapelle: SiteFacts) -> None:
    entry = replace(LIMIT.parameter.values.entries[0], value=None, absence=Absence.NO_FIGURE)
    values = replace(LIMIT.parameter.values, entries=(entry,))
    bare = replace(LIMIT, parameter=replace(LIMIT.parameter, values=values))

    with pytest.raises(ValueError, match=r"^rule r was weighed without a threshold$"):
        judged(bare, chapelle, result("wue", "L/kWh", "12months", 0.2))
