"""What is to come, as a reader sees it: the year's end, and the day a limit is crossed."""

from dataclasses import dataclass
from datetime import date

from charter_rules.findings import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastView:
    """One KPI at the end of the calendar year, with a 95 % interval.

    ``so_far`` is its value of the year until now. ``limit`` is the strictest limit of the charter
    in force at the year's end for this KPI, ``at_least`` whether it is a minimum. ``verdict`` is
    what to expect of it: compliant or breach when the whole interval is on one side of the limit.
    ``probability_of_breach`` is that the year ends on the wrong side. ``still_to_deliver_kwh`` is
    the heat that keeps a minimum.
    """

    kpi: str
    year: int
    unit: str
    value: float | None
    lower: float | None
    upper: float | None
    so_far: float | None
    days_known: int
    days_left: int
    withheld: str | None = None
    rule: str | None = None
    verdict: Verdict | None = None
    limit: float | None = None
    at_least: bool = False
    probability_of_breach: float | None = None
    crossed_on: date | None = None
    crossed_earliest: date | None = None
    crossed_latest: date | None = None
    still_to_deliver_kwh: float | None = None
    still_to_deliver_kw: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftView:
    """A lasting change of efficiency that weather and load do not explain."""

    quantity: str
    unit: str
    began: date
    detected: date
    size_per_day: float
    expanded_uncertainty: float | None
