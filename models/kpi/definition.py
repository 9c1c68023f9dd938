"""What a KPI is: its unit, its bounds, the sums it is made of, and the windows it is given for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING

from models.kpi.series import KpiSeries
from models.metering.tree import SignedMeters
from models.quantities import Quantity
from models.registers.gauges import ValueRange

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement
    from models.site.site import Site

# Names of models.legal_time: periods that end now, and the last whole ones.
RUNNING = ("15min", "hour", "today", "week", "month", "quarter", "year", "12months")
CLOSED = (
    "previous_hour",
    "previous_day",
    "previous_week",
    "previous_month",
    "previous_quarter",
    "previous_year",
)
ANY = RUNNING + CLOSED
# A sum of days, or the weather of a season, says nothing of an hour.
LONG = ("week", "month", "quarter", "year", "12months", *CLOSED[2:])
YEARLY = ("12months", "previous_year")
# Declared by the operator, of a calendar year; the base year is that of an energy trajectory.
DECLARED = "declared"
BASE_YEAR = "base_year"
DECLARED_WINDOWS = (DECLARED, BASE_YEAR)


class KpiGroup(StrEnum):
    """Where a KPI stands on a page."""

    ENERGY = "energy"
    HEAT = "heat"
    WATER = "water"
    CARBON = "carbon"
    CONDITIONS = "conditions"
    NOISE = "noise"
    EQUIPMENT = "equipment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One KPI. Its words are in ``words_fr`` and ``words_en``, by its id.

    ``quantity`` gives the units a text may use for it, None where the unit is a quotient.
    ``decimals`` is how many are shown without an uncertainty. A value outside ``[lower, upper]``
    by more than its uncertainty is physically impossible: a meter is wrong, and no figure is
    better than a wrong one. ``windows`` are those it is given for.
    Two ends of one range name the row in which they stand together, ``end_of``, the lower first.
    """

    id: str
    unit: str
    group: KpiGroup
    decimals: int
    windows: tuple[str, ...]
    quantity: Quantity | None = None
    lower: float = -inf
    upper: float = inf
    end_of: str | None = None

    @property
    def sums(self) -> tuple[str, ...]:
        """Named sums of meters that it is made of; none for gauges and declared figures."""
        return ()

    def meters(self, site: "Site", sums: Mapping[str, SignedMeters]) -> tuple[str, ...]:
        """Ids of the meters that it is made of at a site."""
        del site
        return tuple(dict.fromkeys(one for name in self.sums for one in sums[name].ids))

    def gauges(
        self, site: "Site", sums: Mapping[str, SignedMeters]
    ) -> Mapping[str, tuple[ValueRange, ...]]:
        """Gauges that it is made of, by point, and the ranges in which their time is summed."""
        del site, sums
        return {}

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The KPI over the periods of a measurement; nothing where the site cannot have it."""
        del measured
        return ()
