"""REF, renewable energy factor (EN 50600-4-3, ISO/IEC 30134-3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from models.kpi.declared import require_finite, with_rows
from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result
from models.kpi.result import Flag, KpiResult
from models.metering.tree import SignedMeters

_SPEC = RatioKpi(
    kpi="ref",
    unit="ratio",
    numerator_unit="kWh",
    lower=0.0,
    upper=inf,
    boundary="renewable energy owned and controlled, certificates retired; at most 1.00",
)
_MAX_REF = 1.0


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


def ref(
    totals: MeteredTotals, facility: SignedMeters, renewables: Sequence[RenewableEnergy]
) -> KpiResult:
    """Renewable energy owned and controlled over the total energy of the data centre.

    Parameters
    ----------
    totals : MeteredTotals
        Energies over one jointly covered window. [kWh]
    facility : SignedMeters
        E_DC.
    renewables : sequence of RenewableEnergy
        Each origin once. Those that may not count are left out, and named in the boundary.

    Returns
    -------
    KpiResult
        E_ren / E_DC [-], at most 1.00. Where the cap bites, the interval keeps its lower end.

    Notes
    -----
    EN 50600-4-3:2016: maximum 1.00; on-site generation beyond the need is not accounted, which
    the cap sees to. Declared energy is for the whole window: its covered share is set against
    the covered E_DC, as if both were spread evenly. The act of September 2026 replaces the
    definition of E_RES-TOT; its text was not read.

    Examples
    --------
    Certificates for 700 of 1000 kWh, and a roof that sold its certificates: 0.7.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=day, meters=("intake",), total=np.array([1000.0]), u=np.array([5.0]),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> bought = RenewableEnergy(
    ...     name="GO", kind=RenewableKind.CERTIFICATES, attributes_retired=True, energy_kwh=700.0
    ... )
    >>> roof = RenewableEnergy(
    ...     name="roof", kind=RenewableKind.ON_SITE, attributes_retired=False, energy_kwh=200.0
    ... )
    >>> ref(totals, SignedMeters(plus=("intake",)), (bought, roof)).value
    0.7
    """
    names = [one.name for one in renewables]
    if len(set(names)) < len(names) or not all(names):
        msg = f"each renewable energy needs a name of its own, got {names}"
        raise ValueError(msg)
    counted = [one for one in renewables if counts_in_ref(one)]
    left_out = [one.name for one in renewables if not counts_in_ref(one)]
    rows = {
        f"renewable:{one.name}": one.energy_kwh * totals.coverage_ratio
        for one in counted
        if one.energy_kwh is not None
    }
    # A row that is always there: without any renewable energy REF is 0, not unknown.
    rows["renewable:"] = 0.0
    metered = [one.meters for one in counted if one.meters is not None]
    numerator = SignedMeters(
        plus=tuple(rows) + tuple(m for sum_ in metered for m in sum_.plus),
        minus=tuple(m for sum_ in metered for m in sum_.minus),
    )
    result = _capped(ratio_result(_SPEC, with_rows(totals, rows, {}), numerator, facility))
    note = f"; not counted: {', '.join(left_out)}" if left_out else ""
    declared = (Flag.DECLARED_INPUT,) if any(r.energy_kwh is not None for r in counted) else ()
    return replace(
        result,
        flags=(*result.flags, *declared),
        boundary=_SPEC.boundary + note,
        inputs=tuple(one for one in result.inputs if one not in rows),
    )


def _capped(result: KpiResult) -> KpiResult:
    if result.value is None or result.value <= _MAX_REF:
        return result
    expanded = result.expanded_uncertainty
    if expanded is not None:
        expanded = max(0.0, expanded - (result.value - _MAX_REF))
    return replace(
        result,
        value=_MAX_REF,
        expanded_uncertainty=expanded,
        flags=(*result.flags, Flag.CAPPED),
    )
