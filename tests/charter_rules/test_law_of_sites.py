"""Which figure counts for many sites and days is what it is for each alone."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from charter_rules.facts import SiteFacts
from charter_rules.judging.conditions import Comparison
from charter_rules.judging.law import law_of
from charter_rules.judging.threshold import effective_threshold, limits_of
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import Rule
from tests.charter_rules.test_kinds_of_rules import YEARLY, parameter, rule

REF = next(one for one in load_rulebook().rules if one.id == "paris_ref")
GRACE = replace(
    rule(Comparison.AT_LEAST, parameter(50.0, unit="%"), "ref", "12months"),
    grace_months_after_entry=24,
)
YOUNG = replace(GRACE, grace_months_after_entry=None, ends_months_after_entry=24)
ENTRIES = (date(2018, 6, 1), date(2025, 3, 1), date(2029, 2, 28))
# By site, as closed periods ask for them: each its own, around what turns.
DAYS = (
    (date(2025, 12, 31), date(2026, 11, 20), date(2031, 1, 1)),
    (date(2027, 2, 28), date(2027, 3, 1), date(2027, 3, 2)),
    (date(2029, 1, 1), date(2031, 2, 28), date(2031, 3, 1)),
)


@pytest.mark.parametrize("one", [REF, GRACE, YOUNG, YEARLY], ids=lambda one: one.id)
@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_law_of_many_sites_is_that_of_each(
    chapelle: SiteFacts, one: Rule, alike: bool, count: int
) -> None:
    sites = [replace(chapelle, entry_into_operation=entry) for entry in ENTRIES[:count]]
    days = np.array([[day.toordinal() for day in row] for row in DAYS[:count]], np.int64)
    asked = days[:1] if alike else days

    law = law_of(one, sites, asked)

    at = np.broadcast_to(law.at, days.shape)
    low, high = (np.broadcast_to(grid, days.shape) for grid in law.limits())
    for site, facts in enumerate(sites):
        for day, on in enumerate(asked[0 if alike else site].tolist()):
            expected = effective_threshold(one, facts, date.fromordinal(on))
            assert law.thresholds[at[site, day]] == expected
            figures = [
                np.nan if figure is None else float(figure) for figure in limits_of(one, expected)
            ]
            np.testing.assert_array_equal([low[site, day], high[site, day]], figures)


def test_no_days_have_no_law(chapelle: SiteFacts) -> None:
    law = law_of(
        GRACE, [chapelle, replace(chapelle, entry_into_operation=ENTRIES[1])], DAYS_OF_NONE
    )

    assert law.thresholds == ()
    assert law.at.shape == (2, 0)


DAYS_OF_NONE = np.zeros((1, 0), np.int64)
