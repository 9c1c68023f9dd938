"""Share of the installed servers that are switched on."""

import numpy as np

from models.kpi.metered import withheld_result
from models.kpi.result import KpiResult, Withheld
from models.readings import FloatArray, Origin, Window

_KPI, _UNIT = "servers_switched_on", "ratio"
_MIN_COVERAGE_RATIO = 0.5


def servers_switched_on(
    window: Window,
    outlet_power_kw: FloatArray,
    off_below_kw: float,
    *,
    sensor_u_kw: float,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Mean share of servers on, from the power of the outlet each of them hangs on.

    Parameters
    ----------
    outlet_power_kw : float array, shape (servers, steps)
        Power of each installed server, NaN where unknown. [kW]
    off_below_kw : float
        A server that draws less is off: above the standby of its management board, below idle.
    sensor_u_kw : float
        Standard uncertainty of an outlet meter near that power. [kW]

    Returns
    -------
    KpiResult
        sum(on) / sum(known) over servers and time [-]. The expanded uncertainty is half the
        difference between the shares with the threshold 2 u lower and 2 u higher.

    Raises
    ------
    ValueError
        If the threshold is not above 0: a server at 0 kW would be on.

    Notes
    -----
    The City asks for it; the definition is this project's, no standard was read for it.

    Examples
    --------
    Two servers over two hours, one of them off for one hour:

    >>> from datetime import UTC, datetime
    >>> hours = Window(
    ...     name="hours",
    ...     start=datetime(2026, 7, 1, 12, tzinfo=UTC),
    ...     end=datetime(2026, 7, 1, 14, tzinfo=UTC),
    ... )
    >>> power = np.array([[0.35, 0.36], [0.30, 0.01]])
    >>> servers_switched_on(hours, power, 0.05, sensor_u_kw=0.005).value
    0.75
    """
    if not off_below_kw > 0.0:
        msg = f"off_below_kw must be above 0, got {off_below_kw}"
        raise ValueError(msg)
    known = np.isfinite(outlet_power_kw)
    coverage = float(np.mean(known)) if known.size else 0.0
    if coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(_KPI, _UNIT, window, why, coverage_ratio=coverage)

    def share(threshold_kw: float) -> float:
        return float(np.mean(outlet_power_kw[known] >= threshold_kw))

    spread_kw = 2.0 * sensor_u_kw
    return KpiResult(
        kpi=_KPI,
        window=window,
        unit=_UNIT,
        value=share(off_below_kw),
        expanded_uncertainty=(share(off_below_kw - spread_kw) - share(off_below_kw + spread_kw))
        / 2,
        coverage_ratio=coverage,
        boundary=f"on from {off_below_kw:g} kW; every server with an outlet meter of its own",
        origin=origin,
        numerator=float((outlet_power_kw[known] >= off_below_kw).sum()),
        denominator=float(known.sum()),
        inputs=inputs,
    )
