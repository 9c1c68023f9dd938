"""A reduction trajectory of the energy, such as the City's own.

E_DC of a year over what the trajectory allows in the year of its middle. Of whole years only, from
the base year to the goal: it says nothing of a month.

Examples
--------
855 MWh in 2028, where 1 GWh in 2025 less 5 % a year three times allows 857:

>>> from models.kpi.totals import totals_of
>>> base = BaseYear(year=2025, energy_kwh=1e6, u_kwh=0.0)
>>> TRAJECTORY_RATIO.from_base(
...     totals_of({"facility": 855e3}), CITY_TRAJECTORY, base, np.array([2028])
... ).value.round(4).tolist()
[0.9972]
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kpi.declared import require_finite
from models.kpi.definition import YEARLY, KpiGroup
from models.kpi.ratio import Fraction, RatioKpi, ratio_series
from models.kpi.series import KpiSeries
from models.kpi.totals import MeteredTotals
from models.legal_time.days import from_us
from models.metering.tree import SignedMeters
from models.quantities import Quantity
from models.readings import IntArray

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement

_ALLOWED = "allowed_energy"
_MIN_YEAR_S, _MAX_YEAR_S = 364 * 86_400.0, 367 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """Less energy each year, and a goal in one year.

    Attributes
    ----------
    annual_reduction_ratio : float
        Each year's reduction from the year before: 0.05 for -5 % a year. [-]
    goal_year, goal_reduction_ratio : int, float
        The reduction from the base year that the goal year must show. [-]
    status : str
        How far the figures are verified. Shown with every result.
    """

    name: str
    annual_reduction_ratio: float
    goal_year: int
    goal_reduction_ratio: float
    status: str

    def __post_init__(self) -> None:
        """Refuse reductions outside 0 to 1."""
        for ratio in (self.annual_reduction_ratio, self.goal_reduction_ratio):
            if not 0.0 <= ratio < 1.0:
                msg = f"a reduction is at least 0 and below 1, got {ratio}"
                raise ValueError(msg)


# The base year and the quantity that falls (all energy, electricity, the City's own rooms only)
# are in no source that was read, so the caller declares them. That 0.95^10 = 0.599 makes 2025
# a base year under which both figures say the same; this is arithmetic, not evidence.
CITY_TRAJECTORY = Trajectory(
    name="City of Paris, own data centres",
    annual_reduction_ratio=0.05,
    goal_year=2035,
    goal_reduction_ratio=0.40,
    status="unverified: no source read for the figures, the base year or the quantity",
)


def allowed_ratio(trajectory: Trajectory, base_year: int, year: int) -> float:
    """Energy of a year over that of the base year that just keeps the trajectory. [-]

    Parameters
    ----------
    trajectory : Trajectory
        The reductions.
    base_year, year : int
        Calendar years, base_year <= year <= goal year.

    Returns
    -------
    float
        (1 - r)^(year - base_year), compounded; in the goal year the stricter of that and the
        goal.

    Raises
    ------
    ValueError
        Before the base year, or after the goal year, of which the trajectory says nothing.

    Examples
    --------
    >>> round(allowed_ratio(CITY_TRAJECTORY, 2025, 2028), 6)
    0.857375
    >>> allowed_ratio(CITY_TRAJECTORY, 2030, 2035)
    0.6
    """
    if not base_year <= year <= trajectory.goal_year:
        msg = f"{trajectory.name} runs from {base_year} to {trajectory.goal_year}, not in {year}"
        raise ValueError(msg)
    path = (1.0 - trajectory.annual_reduction_ratio) ** (year - base_year)
    at_goal = year == trajectory.goal_year
    return float(min(path, 1.0 - trajectory.goal_reduction_ratio) if at_goal else path)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseYear:
    """The energy everything is compared with, and how sure it is. [kWh]"""

    year: int
    energy_kwh: float
    u_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryRatio(RatioKpi):
    """E_DC over what a trajectory allows."""

    @property
    def sums(self) -> tuple[str, ...]:
        """E_DC."""
        return ("facility",)

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The ratio over years; nothing without a declared base year, or of other periods."""
        base = measured.site.declared.trajectory_base
        length_s = measured.periods.duration_s
        if base is None or not ((length_s >= _MIN_YEAR_S) & (length_s <= _MAX_YEAR_S)).all():
            return ()
        # The middle decides, so that a local year in UTC belongs to its own number.
        middle = (measured.periods.start_us + measured.periods.end_us) // 2
        years = np.array([from_us(int(one)).year for one in middle])
        if not ((years >= base.year) & (years <= CITY_TRAJECTORY.goal_year)).all():
            return ()
        totals = measured.totals("facility")
        return (self.from_base(totals, CITY_TRAJECTORY, base, years),)

    def from_base(
        self, totals: MeteredTotals, trajectory: Trajectory, base: BaseYear, years: IntArray
    ) -> KpiSeries:
        """The ratio of totals of some years to what a trajectory allows in them."""
        require_finite("base energy_kwh", base.energy_kwh)
        require_finite("base u_kwh", base.u_kwh)
        share = np.array([allowed_ratio(trajectory, base.year, int(year)) for year in years])
        share = share * totals.coverage_ratio
        both = totals.with_rows({_ALLOWED: base.energy_kwh * share}, {_ALLOWED: base.u_kwh * share})
        facility = totals.sum_of("facility")
        series = ratio_series(
            self, both, Fraction(top=facility, bottom=SignedMeters(plus=(_ALLOWED,)))
        )
        return replace(
            series,
            inputs=facility.ids,
            boundary=f"{trajectory.name}, base year {base.year}; {trajectory.status}",
        )


TRAJECTORY_RATIO: Final = TrajectoryRatio(
    id="trajectory_ratio",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.ENERGY,
    decimals=3,
    windows=YEARLY,
    lower=0.0,
    numerator="facility",
    denominator="facility",
    boundary="",
    min_coverage_ratio=0.95,
)
