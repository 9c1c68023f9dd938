"""REF, renewable energy factor (EN 50600-4-3, ISO/IEC 30134-3), and what is made on site.

Renewable energy owned and controlled over the total energy of the data centre, at most 1.00: on-
site generation beyond the need is not accounted (EN 50600-4-3:2016), which the cap sees to; where
it bites, the interval keeps its lower end. Origins that may not count are left out and named in
the boundary. Declared energy is for twelve months: its share of the covered time is set against
the covered E_DC, as if both were spread evenly. The act of September 2026 replaces the definition
of E_RES-TOT; its text was not read.

``renewable_onsite_ratio`` is the share made on site and used there, whatever became of its
certificates.

Examples
--------
Certificates for 700 of 1000 kWh, and a roof that sold its certificates: 0.7.

>>> from models.kpi.totals import totals_of
>>> bought = RenewableEnergy(
...     name="GO", kind=RenewableKind.CERTIFICATES, attributes_retired=True, energy_kwh=700.0
... )
>>> roof = RenewableEnergy(
...     name="roof", kind=RenewableKind.ON_SITE, attributes_retired=False, energy_kwh=200.0
... )
>>> REF.of_origins(totals_of({"facility": (1000.0, 5.0)}), (bought, roof)).value.tolist()
[0.7]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kpi.declared import require_finite
from models.kpi.definition import ANY, DECLARED, KpiGroup
from models.kpi.ratio import Fraction, RatioKpi, ratio_series
from models.kpi.result import Flag, Withheld
from models.kpi.series import KpiSeries, withheld_series
from models.kpi.totals import MeteredTotals
from models.metering.tree import SignedMeters
from models.quantities import Quantity

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement
    from models.site.site import Site

_MAX_REF = 1.0
_YEAR_S = 365.0 * 86_400.0


class RenewableKind(StrEnum):
    """How the data centre came by renewable energy ((EU) 2024/1364, Annex II, E_RES)."""

    ON_SITE = "on_site"
    CERTIFICATES = "certificates"
    PURCHASE_AGREEMENT = "purchase_agreement"
    UTILITY_SHARE = "utility_share"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewableEnergy:
    """Renewable energy of one origin, declared for the whole window.

    ``energy_kwh`` is declared, or None when ``meters`` (on-site generation, exports as minus)
    count it. ``attributes_retired`` is true when its certificates were cancelled for this data
    centre, or, on site, kept and never sold. ``evidence`` names the written evidence.
    """

    name: str
    kind: RenewableKind
    attributes_retired: bool
    energy_kwh: float | None = None
    meters: SignedMeters | None = None
    evidence: str = ""

    def __post_init__(self) -> None:
        """Refuse energy that is both metered and declared, or neither."""
        if (self.energy_kwh is None) == (self.meters is None):
            msg = f"renewable energy {self.name!r} needs either energy_kwh or meters"
            raise ValueError(msg)
        if self.energy_kwh is not None:
            require_finite(f"energy_kwh of {self.name!r}", self.energy_kwh)


def counts_in_ref(renewable: RenewableEnergy) -> bool:
    """Whether EN 50600-4-3 lets this energy into E_ren.

    On-site energy whose certificates are sold, and certificates that were not retired, do not
    count. A utility's share needs its documented written evidence instead of certificates.

    Examples
    --------
    >>> counts_in_ref(
    ...     RenewableEnergy(
    ...         name="roof", kind=RenewableKind.ON_SITE, attributes_retired=False, energy_kwh=9.0
    ...     )
    ... )
    False
    """
    if renewable.kind is RenewableKind.UTILITY_SHARE:
        return bool(renewable.evidence.strip())
    return renewable.attributes_retired


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewableFactor(RatioKpi):
    """E_ren over E_DC."""

    @property
    def sums(self) -> tuple[str, ...]:
        """E_DC; the origins are declared one by one."""
        return ("facility",)

    def meters(self, site: "Site", sums: Mapping[str, SignedMeters]) -> tuple[str, ...]:
        """Those of E_DC, and those that count renewable energy."""
        metered = [one.meters for one in site.declared.renewables or () if one.meters is not None]
        each = [sums["facility"], *metered]
        return tuple(dict.fromkeys(one for sum_ in each for one in sum_.ids))

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """REF over the periods of a measurement; nothing where no renewables are declared."""
        origins = measured.site.declared.renewables
        if origins is None:
            return ()
        metered = [one.meters for one in origins if one.meters is not None]
        return (self.of_origins(measured.totals("facility", also=metered), origins),)

    def of_origins(self, totals: MeteredTotals, origins: Sequence[RenewableEnergy]) -> KpiSeries:
        """REF of some origins, each once.

        Raises
        ------
        ValueError
            If two origins have one name.
        """
        names = [one.name for one in origins]
        if len(set(names)) < len(names) or not all(names):
            msg = f"each renewable energy needs a name of its own, got {names}"
            raise ValueError(msg)
        facility = totals.sum_of("facility")
        if not facility.plus:
            return withheld_series(self.id, self.unit, totals.periods, Withheld.NO_METER)
        counted = [one for one in origins if counts_in_ref(one)]
        rows = {
            f"renewable:{one.name}": one.energy_kwh * totals.covered_s / _YEAR_S
            for one in counted
            if one.energy_kwh is not None
        }
        metered = [one.meters for one in counted if one.meters is not None]
        # A row that is always there: without any renewable energy REF is 0, not unknown.
        every = totals.with_rows({**rows, "renewable:": np.zeros(len(totals.periods))})
        top = SignedMeters(plus=(*rows, "renewable:"))
        for one in metered:
            top = SignedMeters(plus=top.plus + one.plus, minus=top.minus + one.minus)
        left_out = [one.name for one in origins if not counts_in_ref(one)]
        # More renewables than energy is possible, and capped below.
        unbounded = replace(self, upper=inf)
        series = ratio_series(unbounded, every, Fraction(top=top, bottom=facility))
        declared = np.full(len(totals.periods), bool(rows))
        return _capped(
            replace(
                series,
                boundary=series.boundary
                + (f"; not counted: {', '.join(left_out)}" if left_out else ""),
                inputs=tuple(one for one in series.inputs if not one.startswith("renewable:")),
                flags={**series.flags, Flag.DECLARED_INPUT: declared},
            )
        )


def _capped(series: KpiSeries) -> KpiSeries:
    excess = np.maximum(np.nan_to_num(series.value) - _MAX_REF, 0.0)
    return replace(
        series,
        value=np.minimum(series.value, _MAX_REF),
        expanded_uncertainty=np.maximum(series.expanded_uncertainty - excess, 0.0),
        flags={**series.flags, Flag.CAPPED: excess > 0.0},
    )


REF: Final = RenewableFactor(
    id="ref",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.CARBON,
    decimals=3,
    windows=ANY,
    lower=0.0,
    upper=1.0,
    numerator="facility",
    denominator="facility",
    boundary="renewable energy owned and controlled, certificates retired; at most 1.00",
)

RENEWABLE_ONSITE_RATIO: Final = RatioKpi(
    id="renewable_onsite_ratio",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.CARBON,
    decimals=3,
    windows=(*ANY, DECLARED),
    lower=0.0,
    upper=1.0,
    numerator="generation_on_site",
    denominator="facility",
    boundary="renewable energy made on site and not given back, over E_DC",
)
