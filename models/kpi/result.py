"""What every KPI says of itself: a value is never shown without how sure it is."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import hypot, isnan

from models.metering.boundary import BoundaryFact
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import Origin, Quality, Window


class Withheld(StrEnum):
    """Why a KPI has no value."""

    LOW_COVERAGE = "low_coverage"
    FROZEN = "frozen"
    NO_DATA = "no_data"
    NO_METER = "no_meter"
    ZERO_DENOMINATOR = "zero_denominator"
    IMPOSSIBLE = "impossible"
    NOT_REACHED = "not_reached"
    NOT_REUSE_ONLY = "not_reuse_only"
    NO_BASE_YEAR = "no_base_year"


class KpiKind(StrEnum):
    """Which member of a KPI's family a figure is (derivatives of PUE in ISO/IEC 30134-2).

    ``ANNUAL`` covers at least twelve months, ``INTERIM`` less. ``PARTIAL`` has a boundary inside
    that of the data centre, ``DESIGNED`` is predicted and not measured.
    """

    ANNUAL = "annual"
    INTERIM = "interim"
    PARTIAL = "partial"
    DESIGNED = "designed"


class Flag(StrEnum):
    """What a reader must know before trusting a value that is shown all the same."""

    BRIDGED = "bridged"
    PARTLY_MISSING = "partly_missing"
    DT_BELOW_MIN = "dt_below_min"
    OLD_RESIDUAL = "old_residual"
    WIND_UNKNOWN = "wind_unknown"
    CAPPED = "capped"
    DECLARED_INPUT = "declared_input"
    CARRIER_LACKING = "carrier_lacking"
    VOLUME_UNKNOWN = "volume_unknown"


class DoubtReason(StrEnum):
    """Why a meter is in doubt: a figure that rests on it is shown, and proves nothing.

    ``FROZEN``: its register stands still. ``NEVER_MOVED``: a zero that proves nothing.
    ``SECOND_CALCULATION``: register and flow x dT disagree. ``BALANCE``: a node balance accuses
    it. ``UNIT``: its power against the rated one suggests another unit. ``RATE``: its power is
    above the rated one. ``NOT_RECORDED``: a history says that there is a doubt, and not which.
    """

    FROZEN = "frozen"
    NEVER_MOVED = "never_moved"
    SECOND_CALCULATION = "second_calculation"
    BALANCE = "balance"
    UNIT = "unit"
    RATE = "rate"
    NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One meter not to be trusted, and why; ``meter`` is empty where it was not recorded."""

    meter: str
    reason: DoubtReason


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertaintyPart:
    """One line of the uncertainty budget: a standard uncertainty in the unit of the value."""

    name: str
    u: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiResult:
    """One KPI over one window.

    ``value`` is None when withheld, and ``withheld`` says why. ``expanded_uncertainty`` is
    absolute, in the unit of the value, at coverage factor k = 2; ``parts`` is its budget.
    ``coverage_ratio`` is the share of the window over which *all* inputs are known together;
    ``bridged_ratio`` the share known only because registers kept counting while their meters
    were silent. ``boundary`` names the boundary of the KPI, ``boundary_facts`` what it contains and
    lacks at this site. ``origin`` is that of the weakest reading: measured is what Boucle measured,
    and ``documents`` are the files or reports that the rest comes from, the newest first and of
    many only some. ``doubts`` are the meters behind it that are not to be trusted. ``quality``
    is GOOD, or UNCERTAIN when a flag or a doubt says what to beware of.
    """

    kpi: str
    window: Window
    unit: str
    value: float | None
    expanded_uncertainty: float | None
    coverage_ratio: float
    bridged_ratio: float = 0.0
    withheld: Withheld | None = None
    category: int | None = None
    kind: KpiKind | None = None
    boundary: str = ""
    boundary_facts: tuple[BoundaryFact, ...] = ()
    origin: Origin = Origin.MEASURED
    documents: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    parts: tuple[UncertaintyPart, ...] = ()
    numerator: float | None = None
    numerator_unit: str = ""
    denominator: float | None = None
    denominator_unit: str = ""
    inputs: tuple[str, ...] = field(default=())

    @property
    def quality(self) -> Quality:
        """How far the value can be trusted; NOT_AVAILABLE when there is none."""
        if self.value is None:
            return Quality.NOT_AVAILABLE
        return Quality.UNCERTAIN if self.flags or self.doubts else Quality.GOOD


def withheld_result(
    kpi: str, unit: str, window: Window, why: Withheld, *, coverage_ratio: float = 0.0
) -> KpiResult:
    """A KPI that has no value, and says why."""
    return KpiResult(
        kpi=kpi,
        window=window,
        unit=unit,
        value=None,
        expanded_uncertainty=None,
        coverage_ratio=coverage_ratio,
        withheld=why,
    )


def with_missing_part(result: KpiResult, missing_u: float) -> KpiResult:
    """A result with what the time without data may hide added to its uncertainty.

    ``missing_u`` is a standard uncertainty in the unit of the KPI; NaN says that it could not be
    told, and takes the expanded uncertainty with it.
    """
    return with_part(result, "missing", missing_u)


def with_part(result: KpiResult, name: str, part_u: float) -> KpiResult:
    """A result with one more part in its uncertainty; as it was where the part is 0."""
    if result.expanded_uncertainty is None or part_u == 0.0:
        return result
    u = hypot(result.expanded_uncertainty / COVERAGE_FACTOR, part_u)
    return replace(
        result,
        expanded_uncertainty=None if isnan(u) else COVERAGE_FACTOR * u,
        parts=(*result.parts, UncertaintyPart(name=name, u=part_u)),
    )
