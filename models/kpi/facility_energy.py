"""Energy of the whole data centre, E_DC, in kWh over a window (ISO/IEC 30134-2)."""

from models.kpi.metered import MeteredTotals
from models.kpi.result import KpiResult
from models.kpi.summed import summed_energy
from models.metering.tree import SignedMeters


def facility_energy(totals: MeteredTotals, facility: SignedMeters) -> KpiResult:
    """E_DC over the covered part of the window: what a reduction is reckoned from.

    Parameters
    ----------
    totals : MeteredTotals
        Energies over one jointly covered window. [kWh]
    facility : SignedMeters
        What enters the data centre, at its boundary.

    Returns
    -------
    KpiResult
        The sum of the registers' increments [kWh], not extrapolated.

    Examples
    --------
    Two intakes of class 0.5 (u = 0.29 % each): 1,500 MWh a year, U (k = 2) of 6.2 MWh.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2025, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("a", "b"), total=np.array([750e3, 750e3]),
    ...     u=np.array([2175.0, 2175.0]), coverage_ratio=1.0, bridged_ratio=0.0,
    ...     origin=Origin.MEASURED,
    ... )
    >>> result = facility_energy(totals, SignedMeters(plus=("a", "b")))
    >>> result.value, round(result.expanded_uncertainty)
    (1500000.0, 6152)
    """
    return summed_energy(
        "facility_energy", totals, facility, "energy counted at the boundary of the data centre"
    )
