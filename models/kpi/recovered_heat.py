"""Recovered heat: what was handed over to others, in kWh over a window."""

from models.kpi.metered import MeteredTotals
from models.kpi.result import KpiResult
from models.kpi.summed import summed_energy
from models.metering.tree import SignedMeters


def recovered_heat(totals: MeteredTotals, reused: SignedMeters) -> KpiResult:
    """Heat handed over during the covered part of the window.

    Parameters
    ----------
    totals : MeteredTotals
        Heat energies over one jointly covered window. [kWh]
    reused : SignedMeters
        The hand-over meters.

    Returns
    -------
    KpiResult
        The sum of the registers' increments [kWh]. It is not extrapolated to the part of the
        window that is not covered: its coverage says how much of the window it stands for.

    Examples
    --------
    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=day, meters=("loop", "greenhouse"), total=np.array([3000.0, 400.0]),
    ...     u=np.array([45.0, 8.0]), coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> result = recovered_heat(totals, SignedMeters(plus=("loop", "greenhouse")))
    >>> result.value, round(result.expanded_uncertainty, 1)
    (3400.0, 91.4)
    """
    return summed_energy("recovered_heat", totals, reused, "heat counted where it is handed over")
