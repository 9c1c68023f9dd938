"""A trajectory against a reference year: over a year, and withheld where none is declared."""

from dataclasses import replace

from models.kpi.result import Withheld
from models.kpi.trajectory import TRAJECTORY_RATIO, BaseYear
from models.site.declarations import Declarations
from tests.models.kpi.small_site import PLAIN, measured, one_result, window

YEAR = window(365 * 24.0)
DECLARED = replace(
    PLAIN,
    declared=Declarations(trajectory_base=BaseYear(year=2025, energy_kwh=1e6, u_kwh=0.0)),
)


def test_without_a_reference_year_it_is_withheld_and_says_so() -> None:
    found = one_result(measured(PLAIN, {}, [YEAR]), "trajectory_ratio")

    assert (found.value, found.withheld) == (None, Withheld.NO_BASE_YEAR)
    declared = one_result(measured(DECLARED, {}, [YEAR]), "trajectory_ratio")
    assert declared.withheld is not Withheld.NO_BASE_YEAR


def test_of_another_period_than_a_year_nothing_is_said() -> None:
    for site in (PLAIN, DECLARED):
        assert TRAJECTORY_RATIO.produce(measured(site, {}, [window(24.0)])) == ()
