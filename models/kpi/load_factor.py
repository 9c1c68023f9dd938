"""Load factor of the IT capacity, and the PUE at one load."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import hypot, inf

import numpy as np
from numpy.typing import NDArray

from models.kpi.declared import require_finite, with_rows
from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result, withheld_result
from models.kpi.result import KpiResult, Withheld
from models.metering.tree import ItBoundary, SignedMeters
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray, Window

_SPEC = RatioKpi(
    kpi="load_factor",
    unit="ratio",
    numerator_unit="kWh",
    lower=0.0,
    upper=inf,
    boundary="E_IT over what the rated IT load would have used in the covered time",
)
_RATED = "rated_it_energy"
_HOUR = timedelta(hours=1)
_MIN_COVERAGE_RATIO = 0.5


def load_factor(totals: MeteredTotals, it: ItBoundary, rated_it_kw: float) -> KpiResult:
    """Mean IT power over the rated IT load. Stands beside every PUE.

    Parameters
    ----------
    totals : MeteredTotals
        Energies over one jointly covered window. [kWh]
    it : ItBoundary
        E_IT and its category.
    rated_it_kw : float
        Installed IT power demand or rated IT load, (EU) 2024/1364, Article 2; say which. [kW]

    Returns
    -------
    KpiResult
        E_IT / (rated power x covered time) [-]. Above 1 the rating is wrong, which is for the
        reader to see: the value is not withheld.

    Examples
    --------
    2400 kWh in a day of a hall rated 400 kW: 100 kW, a quarter.

    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=day, meters=("ups",), total=np.array([2400.0]), u=np.array([12.0]),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> it = ItBoundary(category=1, meters=SignedMeters(plus=("ups",)))
    >>> load_factor(totals, it, rated_it_kw=400.0).value
    0.25
    """
    if require_finite("rated_it_kw", rated_it_kw) == 0.0:
        msg = "rated_it_kw must be above 0"
        raise ValueError(msg)
    covered_h = totals.coverage_ratio * (totals.window.duration / _HOUR)
    both = with_rows(totals, {_RATED: rated_it_kw * covered_h}, {})
    result = ratio_result(
        _SPEC, both, it.meters, SignedMeters(plus=(_RATED,)), category=it.category
    )
    return replace(result, inputs=tuple(one for one in result.inputs if one != _RATED))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBand:
    """The loads that count as one: ``at_ratio`` plus and minus ``half_width_ratio``.

    The width of 2.5 points is this project's choice; that of the Singapore certificate, which
    asks for 25 %, was not read. ``min_time`` is the least time in the band that makes a figure.
    """

    at_ratio: float = 0.25
    half_width_ratio: float = 0.025
    min_time: timedelta = _HOUR

    def __post_init__(self) -> None:
        """Refuse a band that reaches zero load."""
        if not 0.0 <= self.half_width_ratio < self.at_ratio < inf:
            msg = f"load band {self.at_ratio} +/- {self.half_width_ratio} must stay above 0"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCurve:
    """E_DC and E_IT by consecutive equal steps of the window, NaN where unknown. [kWh]

    ``facility_u_ratio`` and ``it_u_ratio`` are the relative standard uncertainties of the sums:
    class errors, the same in every step. ``inputs`` names the meters.
    """

    facility_kwh: FloatArray
    it_kwh: FloatArray
    rated_it_kw: float
    facility_u_ratio: float
    it_u_ratio: float
    category: int | None = None
    inputs: tuple[str, ...] = ()


def pue_at_load(window: Window, curve: LoadCurve, band: LoadBand | None = None) -> KpiResult:
    """PUE over the time the IT load lay in a band, 25 % of the rated load by default.

    Parameters
    ----------
    window : Window
        The time that the steps divide evenly.
    curve : LoadCurve
        The energies of each step.
    band : LoadBand, optional
        The load at which the PUE is asked.

    Returns
    -------
    KpiResult
        sum(E_DC) / sum(E_IT) over the steps in the band [-], never a mean of ratios. Without
        enough time in the band there is no value (not reached): nothing is extrapolated from other
        loads. The coverage is the known share of the window.

    Notes
    -----
    Singapore's Green Mark asks for the PUE at 25 % IT load (second-hand). Here the load is that
    of ordinary operation; a load-bank test is another thing.

    Examples
    --------
    Of three hours the first two lie near 25 % of 400 kW: 300 / 200.

    >>> from datetime import UTC, datetime
    >>> morning = Window(
    ...     name="morning",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, 3, tzinfo=UTC),
    ... )
    >>> curve = LoadCurve(
    ...     facility_kwh=np.array([160.0, 140.0, 480.0]), it_kwh=np.array([102.0, 98.0, 400.0]),
    ...     rated_it_kw=400.0, facility_u_ratio=0.005, it_u_ratio=0.005,
    ... )
    >>> pue_at_load(morning, curve).value
    1.5
    """
    band = band or LoadBand()
    kpi = f"pue_at_{100.0 * band.at_ratio:g}_percent_load"
    known, step = _known_steps(window, curve)
    coverage = float(np.mean(known)) if len(known) else 0.0
    load = np.where(known, curve.it_kwh, np.nan) / (curve.rated_it_kw * (step / _HOUR))
    inside = np.abs(load - band.at_ratio) <= band.half_width_ratio
    facility_kwh = float(curve.facility_kwh[inside].sum())
    it_kwh = float(curve.it_kwh[inside].sum())
    why: Withheld | None = None
    if 0.0 < coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.LOW_COVERAGE
    elif not inside.any() or int(inside.sum()) * step < band.min_time:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.NOT_REACHED
    elif facility_kwh < it_kwh * (1.0 - COVERAGE_FACTOR * _u_ratio(curve)):
        why = Withheld.IMPOSSIBLE
    if why is not None:
        return withheld_result(kpi, "ratio", window, why, coverage_ratio=coverage)
    value = facility_kwh / it_kwh
    return KpiResult(
        kpi=kpi,
        window=window,
        unit="ratio",
        value=value,
        expanded_uncertainty=COVERAGE_FACTOR * value * _u_ratio(curve),
        coverage_ratio=coverage,
        category=curve.category,
        boundary=(
            f"{int(inside.sum()) * step / _HOUR:g} h with the IT load at {band.at_ratio:.0%} "
            f"+/- {band.half_width_ratio:.1%} of {curve.rated_it_kw:g} kW"
        ),
        numerator=facility_kwh,
        numerator_unit="kWh",
        denominator=it_kwh,
        denominator_unit="kWh",
        inputs=curve.inputs,
    )


def _u_ratio(curve: LoadCurve) -> float:
    return hypot(curve.facility_u_ratio, curve.it_u_ratio)


def _known_steps(window: Window, curve: LoadCurve) -> tuple[NDArray[np.bool_], timedelta]:
    if curve.facility_kwh.shape != curve.it_kwh.shape:
        msg = f"steps differ: {curve.facility_kwh.shape} and {curve.it_kwh.shape}"
        raise ValueError(msg)
    if require_finite("rated_it_kw", curve.rated_it_kw) == 0.0:
        msg = "rated_it_kw must be above 0"
        raise ValueError(msg)
    require_finite("facility_u_ratio", curve.facility_u_ratio)
    require_finite("it_u_ratio", curve.it_u_ratio)
    known = np.isfinite(curve.facility_kwh) & np.isfinite(curve.it_kwh) & (curve.it_kwh >= 0.0)
    return known, window.duration / max(1, len(known))
