"""Seasonal performance factor of the heat pumps: heat given over electricity used."""

from math import inf

from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result
from models.kpi.result import KpiResult
from models.metering.tree import SignedMeters

_SPEC = RatioKpi(
    kpi="seasonal_factor",
    unit="ratio",
    numerator_unit="kWh",
    lower=1.0,
    upper=inf,
    boundary="heat behind the heat pumps over all electricity of their board, pumps included",
)


def seasonal_factor(
    totals: MeteredTotals, delivered: SignedMeters, heat_pumps: SignedMeters
) -> KpiResult:
    """Ratio of sums over a window, never a mean of momentary COPs.

    Parameters
    ----------
    totals : MeteredTotals
        Heat and electricity over one jointly covered window. [kWh]
    delivered : SignedMeters
        Heat that passed through the heat pumps, where it is handed over. Heat that goes around
        them (a low-temperature branch) is not in it.
    heat_pumps : SignedMeters
        W: compressors, and the pumps and controls on their board.

    Returns
    -------
    KpiResult
        Q / W [-]. Impossible below 1: the electricity itself becomes heat.

    Notes
    -----
    The boundary holds the circulation pumps of the hand-over (SPF H4 in the words of the European
    project SEPEMO, known second-hand; EN 14825 was not read). It lies below the COP of the
    machines alone.

    Examples
    --------
    A pump that moves 3 kWh with 1 kWh gives 4:

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=day, meters=("loop", "board"), total=np.array([4000.0, 1000.0]), u=np.zeros(2),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> seasonal_factor(
    ...     totals, SignedMeters(plus=("loop",)), SignedMeters(plus=("board",))
    ... ).value
    4.0
    """
    return ratio_result(_SPEC, totals, delivered, heat_pumps)
