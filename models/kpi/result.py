"""What every KPI says of itself: a value is never shown without how sure it is."""

from dataclasses import dataclass, field
from enum import StrEnum

from models.readings import Origin, Window


class Withheld(StrEnum):
    """Why a KPI has no value."""

    LOW_COVERAGE = "low_coverage"
    NO_DATA = "no_data"
    NO_METER = "no_meter"
    ZERO_DENOMINATOR = "zero_denominator"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiResult:
    """One KPI over one window.

    ``value`` is None when withheld, and ``withheld`` says why. ``expanded_uncertainty`` is
    absolute, in the unit of the value, at coverage factor k = 2. ``coverage_ratio`` is the
    share of the window over which *all* inputs are known together; ``bridged_ratio`` the
    share known only because registers kept counting while their meters were silent.
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
    boundary: str = ""
    origin: Origin = Origin.MEASURED
    numerator: float | None = None
    numerator_unit: str = ""
    denominator: float | None = None
    denominator_unit: str = ""
    inputs: tuple[str, ...] = field(default=())
