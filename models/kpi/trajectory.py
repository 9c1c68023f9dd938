"""A reduction trajectory of the energy: a proxy for the City's own.

E_DC of twelve months over what the trajectory allows in them. Only of twelve months, from the base
year to the goal: it says nothing of a month. The trajectory is met day by day: twelve months that
begin a share f after the start of year y may use A(y)^(1-f) A(y+1)^f of the base year's energy,
where A are the shares of whole years.

Examples
--------
855 MWh in 2028, where 1 GWh in 2025 less 5 % a year three times allows 857:

>>> from models.kpi.totals import totals_of
>>> base = BaseYear(year=2025, energy_kwh=1e6, u_kwh=0.0)
>>> TRAJECTORY_RATIO.from_base(
...     totals_of({"facility": 855e3}), CITY_TRAJECTORY, base, np.array([2028.0])
... ).value.round(4).tolist()
[0.9972]
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kpi.declared import require_finite
from models.kpi.definition import YEARLY, KpiGroup
from models.kpi.ratio import Fraction, RatioKpi, ratio_series
from models.kpi.result import Withheld
from models.kpi.series import KpiSeries, withheld_series
from models.kpi.totals import MeteredTotals
from models.legal_time.days import from_us
from models.metering.tree import SignedMeters
from models.quantities import Quantity
from models.readings import FloatArray

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement

_ALLOWED = "allowed_energy"
_MIN_YEAR_S, _MAX_YEAR_S = 364 * 86_400.0, 367 * 86_400.0
# A quarter of a day: more than clocks differ from UTC in France, less than a day changes. [y]
_LOCAL_YEAR = 0.25 / 366.0


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


# The strategy of the City (actions 2 and 10) gives -5 % a year and -40 % by 2035 for the
# environmental footprint of its own digital technology, over the life cycle and by several
# criteria: not for the energy of a data centre, and without a base year, which is declared.
CITY_TRAJECTORY = Trajectory(
    name="City of Paris, footprint of its digital technology",
    annual_reduction_ratio=0.05,
    goal_year=2035,
    goal_reduction_ratio=0.40,
    status="a proxy: the figures are of a footprint, not of energy; the base year is unverified",
)


def allowed_ratio(trajectory: Trajectory, base_year: int, start: float) -> float:
    """Energy of twelve months over that of the base year that just keeps the trajectory. [-]

    Parameters
    ----------
    trajectory : Trajectory
        The reductions.
    base_year : int
        Calendar year, base_year <= start <= goal year.
    start : float
        Where the twelve months begin: 2027 for that year, 2027.5 from its middle on. [y]

    Returns
    -------
    float
        A(y)^(1-f) A(y+1)^f for a start y + f. A(y), of a whole year, is (1 - r)^(y - base_year); in
        the goal year the stricter of that and the goal.

    Raises
    ------
    ValueError
        Before the base year, or after the goal year, of which the trajectory says nothing.

    Examples
    --------
    Three years of 5 % less, and three and a half: 0.95^3.5.

    >>> round(allowed_ratio(CITY_TRAJECTORY, 2025, 2028), 6)
    0.857375
    >>> round(allowed_ratio(CITY_TRAJECTORY, 2025, 2028.5), 6)
    0.835666
    >>> allowed_ratio(CITY_TRAJECTORY, 2030, 2035)
    0.6
    """
    if not base_year <= start <= trajectory.goal_year:
        msg = f"{trajectory.name} runs from {base_year} to {trajectory.goal_year}, not in {start:g}"
        raise ValueError(msg)
    year = int(start)
    now, share = _of_year(trajectory, base_year, year), start - year
    return (
        now
        if not share
        else now ** (1 - share) * _of_year(trajectory, base_year, year + 1) ** share
    )


def _of_year(trajectory: Trajectory, base_year: int, year: int) -> float:
    path = (1.0 - trajectory.annual_reduction_ratio) ** (year - base_year)
    at_goal = year == trajectory.goal_year
    return float(min(path, 1.0 - trajectory.goal_reduction_ratio) if at_goal else path)


def start_in_years(start: datetime) -> float:
    """An instant as a calendar year and the share of it that is over. [y]

    A local year begins within hours of the year in UTC, and counts as that year.

    Examples
    --------
    >>> start_in_years(datetime(2027, 7, 2, 12, tzinfo=UTC))
    2027.5
    """
    first, last = (datetime(start.year + n, 1, 1, tzinfo=UTC) for n in (0, 1))
    years = start.year + (start - first) / (last - first)
    return float(round(years)) if abs(years - round(years)) < _LOCAL_YEAR else years


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
        """The ratio over twelve months; nothing of other periods, withheld without a base year."""
        base, periods = measured.site.declared.trajectory_base, measured.periods
        length_s = periods.duration_s
        if not ((length_s >= _MIN_YEAR_S) & (length_s <= _MAX_YEAR_S)).all():
            return ()
        if base is None:
            why = Withheld.NO_BASE_YEAR
            return (withheld_series(self.id, self.unit, periods, why, boundary=self.boundary),)
        starts = np.array([start_in_years(from_us(one)) for one in periods.start_us.tolist()])
        if not ((starts >= base.year) & (starts <= CITY_TRAJECTORY.goal_year)).all():
            return ()
        totals = measured.totals("facility")
        return (self.from_base(totals, CITY_TRAJECTORY, base, starts),)

    def from_base(
        self, totals: MeteredTotals, trajectory: Trajectory, base: BaseYear, starts: FloatArray
    ) -> KpiSeries:
        """The ratio of totals of twelve months from some days on to what is allowed in them."""
        require_finite("base energy_kwh", base.energy_kwh)
        require_finite("base u_kwh", base.u_kwh)
        share = np.array([allowed_ratio(trajectory, base.year, one) for one in starts.tolist()])
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
