"""A reduction trajectory of the energy, such as the City's own."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf

from models.kpi.declared import require_finite, with_rows
from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result
from models.kpi.result import KpiResult
from models.metering.tree import SignedMeters

_ALLOWED = "allowed_energy"
_MIN_YEAR, _MAX_YEAR = timedelta(days=364), timedelta(days=367)


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


def trajectory_ratio(
    totals: MeteredTotals,
    energy: SignedMeters,
    base: BaseYear,
    trajectory: Trajectory = CITY_TRAJECTORY,
) -> KpiResult:
    """Energy of a year over what the trajectory allows in it.

    Parameters
    ----------
    totals : MeteredTotals
        Energies over one year, jointly covered. [kWh]
    energy : SignedMeters
        What has to fall; which energy that is, is declared by choosing it.
    base : BaseYear
        The same energy in the base year.
    trajectory : Trajectory
        The City's by default.

    Returns
    -------
    KpiResult
        E_year / (E_base x allowed ratio) [-]; at most 1 on the trajectory. Withheld below 95 %
        coverage: the covered share is compared with the same share of what is allowed. The
        boundary carries the status of the figures.

    Raises
    ------
    ValueError
        If the window is not a year, or the trajectory says nothing of it.

    Examples
    --------
    1000 MWh in 2025, 855 MWh in 2028, where 857.375 MWh are allowed:

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="2028",
    ...     start=datetime(2028, 1, 1, tzinfo=UTC),
    ...     end=datetime(2029, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("intake",), total=np.array([855e3]), u=np.array([0.0]),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> base = BaseYear(year=2025, energy_kwh=1e6, u_kwh=0.0)
    >>> round(trajectory_ratio(totals, SignedMeters(plus=("intake",)), base).value, 4)
    0.9972
    """
    window = totals.window
    if not _MIN_YEAR <= window.duration <= _MAX_YEAR:
        msg = f"a trajectory needs a window of a year, {window.name!r} has {window.duration.days} d"
        raise ValueError(msg)
    require_finite("base energy_kwh", base.energy_kwh)
    require_finite("base u_kwh", base.u_kwh)
    # The middle decides, so that a local year in UTC belongs to its own number.
    year = (window.start + window.duration / 2).year
    share = allowed_ratio(trajectory, base.year, year) * totals.coverage_ratio
    both = with_rows(totals, {_ALLOWED: base.energy_kwh * share}, {_ALLOWED: base.u_kwh * share})
    spec = RatioKpi(
        kpi="trajectory_ratio",
        unit="ratio",
        numerator_unit="kWh",
        lower=0.0,
        upper=inf,
        boundary=f"{trajectory.name}, base year {base.year}; {trajectory.status}",
        min_coverage_ratio=0.95,
    )
    result = ratio_result(spec, both, energy, SignedMeters(plus=(_ALLOWED,)))
    return replace(result, inputs=energy.ids)
