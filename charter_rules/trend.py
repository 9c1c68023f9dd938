"""The change of a KPI from an earlier window to this one."""

from dataclasses import dataclass
from math import hypot, isfinite

from models.kpi.result import KpiResult


@dataclass(frozen=True, slots=True)
class Change:
    """A relative change and its expanded uncertainty, k = 2."""

    ratio: float
    expanded_uncertainty: float


def change(now: KpiResult, before: KpiResult | None) -> Change | None:
    """Relative change; None without an earlier value of known uncertainty that is not zero.

    The two values count as independent (JCGM 100:2008, 5.1.2). Meters that serve both windows
    share a part of their errors, which would make the change surer: the band is on the safe side.
    """
    if before is None or before.value is None or now.value is None:
        return None
    u_now, u_before = now.expanded_uncertainty, before.expanded_uncertainty
    if u_now is None or u_before is None or not before.value or not isfinite(before.value):
        return None
    ratio = now.value / before.value
    spread = hypot(u_now / before.value, ratio * u_before / before.value)
    return Change(ratio - 1.0, spread) if isfinite(ratio) and isfinite(spread) else None
