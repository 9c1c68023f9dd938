"""ITEUsv, IT equipment utilisation for servers (ISO/IEC 30134-5, EN 50600-4-5)."""

from math import hypot, sqrt

import numpy as np

from models.kpi.metered import withheld_result
from models.kpi.result import KpiResult, Withheld
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray, Origin, Window

_KPI, _UNIT = "iteusv", "ratio"
_MIN_COVERAGE_RATIO = 0.5
_SQRT12 = sqrt(12.0)


def server_utilisation(
    window: Window,
    cpu_utilisation_ratio: FloatArray,
    *,
    reading_u: float | None = None,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Mean utilisation of the processors over all servers, averaged over time.

    Parameters
    ----------
    window : Window
        The time that the columns divide evenly.
    cpu_utilisation_ratio : float array, shape (servers, times)
        CPU utilisation, 0 to 1; NaN where unknown. What lies outside is bad data and unknown. A
        server that runs and does nothing is 0; one that is switched off has no row.
    reading_u : float, optional
        Standard uncertainty common to all readings. [-]

    Returns
    -------
    KpiResult
        The mean [-] over time of the mean over the servers known at that time. The coverage is
        the known share of servers and times.

    Notes
    -----
    The formula is background knowledge, the standard was not read. Uncertainty: an unknown
    share m could have been anything from 0 to 1, together, so u = m / sqrt(12) (rectangular,
    JCGM 100:2008, 4.3.7), in quadrature with ``reading_u``. How exact the counters of an
    operating system are was not found: without ``reading_u`` no uncertainty is stated, rather
    than one of 0. Servers that are not observed at all are not in it.

    Examples
    --------
    Two servers, two times:

    >>> from datetime import UTC, datetime
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> server_utilisation(day, np.array([[0.2, 0.4], [0.0, 0.2]])).value
    0.2
    """
    if cpu_utilisation_ratio.ndim != 2:
        msg = f"expected servers by times, got {cpu_utilisation_ratio.ndim} dimension(s)"
        raise ValueError(msg)
    known = (cpu_utilisation_ratio >= 0.0) & (cpu_utilisation_ratio <= 1.0)
    coverage = float(np.mean(known)) if known.size else 0.0
    if coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(_KPI, _UNIT, window, why, coverage_ratio=coverage)
    servers_known = known.sum(axis=0)
    observed = servers_known > 0
    summed = np.where(known, cpu_utilisation_ratio, 0.0).sum(axis=0)
    value = float(np.mean(summed[observed] / servers_known[observed]))
    return KpiResult(
        kpi=_KPI,
        window=window,
        unit=_UNIT,
        value=value,
        expanded_uncertainty=None
        if reading_u is None
        else COVERAGE_FACTOR * hypot(reading_u, (1.0 - coverage) / _SQRT12),
        coverage_ratio=coverage,
        boundary=f"CPU utilisation of {len(known)} servers",
        origin=origin,
        inputs=inputs,
    )
