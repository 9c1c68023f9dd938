"""One figure explained: what it is made of, meter by meter, with each one's share of its variance.

Nothing is split here: the shares are those of the figure's own uncertainty budget, line by line.
Errors that meters share, factors and missing time are lines of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import isclose, isfinite

import numpy as np

from models.kpi.definition import Kpi
from models.kpi.imported import with_origin
from models.kpi.measurement import Measurement
from models.kpi.noise_site import NoiseKpi, noise_keys
from models.kpi.result import DoubtReason, KpiResult
from models.kpi.series import KpiSeries
from models.kpi.terms import Term
from models.legal_time.days import from_us, to_us
from models.metering.sums import SiteSums
from models.metering.tree import Meter, Role
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import Window
from models.registers.samples import NO_SAMPLES, Samples
from models.site.site import Site

# The budget holds its lines to more digits than this.
_SAME_BUDGET = 1e-9
_MISSING = "missing"


class LineKind(StrEnum):
    """What a line of the budget is about that is no meter's own.

    ``COMMON``: an error that several meters share. ``FACTORS``: declared factors. ``MISSING``: what
    the time without data may hide. ``SENSORS``, ``SAMPLING``: of gauges. ``UNDIVIDED``: an
    uncertainty that is told as one.
    """

    COMMON = "common"
    FACTORS = "factors"
    MISSING = "missing"
    SENSORS = "sensors"
    SAMPLING = "sampling"
    OTHER = "other"
    UNDIVIDED = "undivided"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReading:
    """One reading of a register."""

    ts: datetime
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedTerm:
    """A meter, or a declared quantity, in a figure.

    ``numerator_weight`` and ``denominator_weight`` are how much one unit of it counts in each,
    with sign; ``counted`` is what it counted over the time known to all. ``u`` is its own standard
    uncertainty in its unit, ``value_u`` what that is worth in the figure, ``share_of_variance`` the
    square of that over the variance of the figure. All None where the figure does not tell.
    """

    name: str
    numerator_weight: float
    denominator_weight: float
    counted: float
    u: float | None
    value_u: float | None
    share_of_variance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedMeter(ExplainedTerm):
    """A meter in a figure, with the named sums that it stands in and what its register showed.

    ``first`` and ``last`` are the readings of the store next to the edges of the window, outside it
    where there are any. ``coverage_ratio`` is the share of the window known to it alone.
    """

    role: Role
    sums: tuple[str, ...]
    point: str
    power_point: str | None
    volume_point: str | None
    unit: str
    coverage_ratio: float
    doubts: tuple[DoubtReason, ...]
    first: RegisterReading | None
    last: RegisterReading | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """A line of the uncertainty budget that is no single meter's; None where it cannot be told."""

    kind: LineKind
    name: str
    meters: tuple[str, ...]
    value_u: float | None
    share_of_variance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureExplanation:
    """One figure and what it is made of.

    The signed sum of what ``meters`` and ``declared`` count above the line is the numerator, below
    it, with ``fixed_denominator``, the denominator. ``gauges`` are the points of a figure that is
    made of gauges. The shares of meters, declared quantities and lines add up to 1.
    ``is_share_only``: the figure is of a part of its window, and the uncertainties of the meters
    are as large a share of it as of the whole.
    """

    result: KpiResult
    sums: tuple[str, ...]
    meters: tuple[ExplainedMeter, ...]
    declared: tuple[ExplainedTerm, ...]
    fixed_denominator: float
    lines: tuple[BudgetLine, ...]
    gauges: tuple[str, ...]
    is_share_only: bool = False

    @property
    def points(self) -> tuple[str, ...]:
        """Every point behind the figure, once."""
        registers = (one for m in self.meters for one in (m.point, m.volume_point))
        return tuple(dict.fromkeys(one for one in (*registers, *self.gauges) if one is not None))


def explain_kpi(kpi: Kpi, measured: Measurement) -> FigureExplanation | None:
    """One KPI over the only window of a measurement.

    Parameters
    ----------
    kpi : Kpi
        Of the registry.
    measured : Measurement
        The site over one window.

    Returns
    -------
    FigureExplanation or None
        None where the site cannot have the KPI.
    """
    (window,) = measured.windows
    series = next((one for one in kpi.produce(measured) if one.kpi == kpi.id), None)
    if series is None:
        return None
    result = with_origin(series.result(0, window), measured.readings.imported)
    return _Explaining(kpi, measured, series, result).explanation()


def explain_declared(result: KpiResult) -> FigureExplanation:
    """A figure that is declared, and made of nothing that was read."""
    lines = _with_shares((), _lines_of_parts(result))
    return FigureExplanation(
        result=result,
        sums=(),
        meters=(),
        declared=(),
        fixed_denominator=0.0,
        lines=lines[1],
        gauges=(),
    )


class _Explaining:
    """The pieces of one explanation."""

    def __init__(
        self, kpi: Kpi, measured: Measurement, series: KpiSeries, result: KpiResult
    ) -> None:
        self._kpi, self._measured = kpi, measured
        self._series, self._result = series, result

    def explanation(self) -> FigureExplanation:
        terms = self._series.terms
        rows = () if terms is None else terms.rows(0)
        told: tuple[ExplainedTerm, ...] = tuple(_told(one) for one in rows)
        lines: tuple[BudgetLine, ...] = ()
        if self._result.value is None:
            told = tuple(_without_budget(one) for one in told)
        else:
            own = _lines_of_parts(self._result) if terms is None else self._lines()
            told, lines = _with_shares(told, own)
        site = self._measured.site
        meters = site.tree.meters
        return FigureExplanation(
            result=self._result,
            sums=self._kpi.sums,
            meters=tuple(self._meter(meters[one.name], one) for one in told if one.name in meters),
            declared=tuple(one for one in told if one.name not in meters),
            fixed_denominator=0.0 if terms is None else terms.fixed(0),
            lines=lines,
            gauges=gauge_keys(self._kpi, site, self._measured.sums),
            is_share_only=terms is not None and terms.counted is not None,
        )

    def _lines(self) -> tuple[BudgetLine, ...]:
        """What is in the budget beside the meters' own errors."""
        terms = self._series.terms
        if terms is None:
            return ()
        found = [
            _line(LineKind.COMMON, one.value_u, name=one.name, meters=one.rows)
            for one in terms.shared(0)
        ]
        found.append(_line(LineKind.FACTORS, terms.further(0)))
        hidden = self._series.parts.get(_MISSING)
        if hidden is not None:
            found.append(_line(LineKind.MISSING, float(hidden[0])))
        return tuple(one for one in found if one.value_u != 0.0)

    def _meter(self, meter: Meter, term: ExplainedTerm) -> ExplainedMeter:
        measured, (window,) = self._measured, self._measured.windows
        alone = measured.table.joint([meter.point])
        length_s = float(measured.periods.duration_s[0])
        samples = measured.readings.registers.get(meter.point, NO_SAMPLES)
        first, last = edge_readings(samples, window)
        point = measured.site.points.get(meter.point)
        return ExplainedMeter(
            name=term.name,
            numerator_weight=term.numerator_weight,
            denominator_weight=term.denominator_weight,
            counted=term.counted,
            u=term.u,
            value_u=term.value_u,
            share_of_variance=term.share_of_variance,
            role=meter.role,
            sums=tuple(name for name in self._kpi.sums if meter.id in measured.sums[name].ids),
            point=meter.point,
            power_point=meter.power_point,
            volume_point=meter.volume_point,
            unit="" if point is None else point.unit,
            coverage_ratio=float(alone.covered_s[0]) / length_s if length_s else 0.0,
            doubts=tuple(one.reason for one in self._result.doubts if one.meter == meter.id),
            first=first,
            last=last,
        )


def gauge_keys(kpi: Kpi, site: Site, sums: SiteSums) -> tuple[str, ...]:
    """The points of a KPI that are no registers of meters."""
    if isinstance(kpi, NoiseKpi):
        return () if site.noise is None else noise_keys(site.noise)
    return tuple(kpi.gauges(site, sums))


def edge_readings(
    samples: Samples, window: Window
) -> tuple[RegisterReading | None, RegisterReading | None]:
    """The readings next to both edges of a window: outside it, or the outermost inside it."""
    known = np.isfinite(samples.value)
    ts_us, value = samples.ts_us[known], samples.value[known]
    if not len(ts_us):
        return None, None
    first = max(int(np.searchsorted(ts_us, to_us(window.start), side="right")) - 1, 0)
    last = min(int(np.searchsorted(ts_us, to_us(window.end), side="left")), len(ts_us) - 1)
    found = [
        RegisterReading(ts=from_us(int(ts_us[n])), value=float(value[n])) for n in (first, last)
    ]
    return found[0], found[1]


def _told(term: Term) -> ExplainedTerm:
    return ExplainedTerm(
        name=term.name,
        numerator_weight=term.top,
        denominator_weight=term.bottom,
        counted=term.counted,
        u=_finite(term.u),
        value_u=_finite(term.value_u),
        share_of_variance=None,
    )


def _finite(u: float | None) -> float | None:
    return u if u is not None and isfinite(u) else None


def _without_budget(term: ExplainedTerm) -> ExplainedTerm:
    """A figure that is withheld has no uncertainty that could be shared out."""
    return replace(term, value_u=None)


def _line(
    kind: LineKind, value_u: float, *, name: str = "", meters: Sequence[str] = ()
) -> BudgetLine:
    return BudgetLine(
        kind=kind, name=name, meters=tuple(meters), value_u=_finite(value_u), share_of_variance=None
    )


def _lines_of_parts(result: KpiResult) -> tuple[BudgetLine, ...]:
    """The budget of a figure that is not made of rows: its parts, or one line for all of it."""
    if result.expanded_uncertainty is None:
        return ()
    whole = result.expanded_uncertainty / COVERAGE_FACTOR
    parts = [one for one in result.parts if one.u != 0.0]
    summed = sum(one.u**2 for one in parts)
    if not parts or not isclose(summed, whole**2, rel_tol=_SAME_BUDGET):
        return (_line(LineKind.UNDIVIDED, whole),) if whole else ()
    kinds = set(LineKind)
    return tuple(
        _line(LineKind(one.name) if one.name in kinds else LineKind.OTHER, one.u, name=one.name)
        for one in parts
    )


def _with_shares(
    terms: Sequence[ExplainedTerm], lines: Sequence[BudgetLine]
) -> tuple[tuple[ExplainedTerm, ...], tuple[BudgetLine, ...]]:
    """Each square over the sum of squares; none where that is nothing, or not known."""
    each = [one.value_u for one in terms] + [one.value_u for one in lines]
    variance = sum(u**2 for u in each if u is not None)
    is_told = None not in each and variance > 0.0

    def share(u: float | None) -> float | None:
        return u**2 / variance if is_told and u is not None else None

    return (
        tuple(replace(one, share_of_variance=share(one.value_u)) for one in terms),
        tuple(replace(one, share_of_variance=share(one.value_u)) for one in lines),
    )
