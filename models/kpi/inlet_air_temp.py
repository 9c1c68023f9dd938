"""Mean temperature of the air where it enters the servers (ASHRAE TC 9.9)."""

import numpy as np

from models.kpi.declared import require_finite
from models.kpi.metered import withheld_result
from models.kpi.result import KpiResult, Withheld
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray, Origin, Window

_KPI, _UNIT = "inlet_air_temp", "degC"
_MIN_COVERAGE_RATIO = 0.5


def inlet_air_temp(
    window: Window,
    inlet_temp_degc: FloatArray,
    *,
    sensor_u_k: float,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Mean over the steps in which every sensor is known, of the mean over sensors.

    A mean hides excursions: :func:`~models.kpi.thermal_envelope.supply_air_compliance` counts them.

    Parameters
    ----------
    inlet_temp_degc : float array, shape (sensors, steps)
        Dry bulb where the air enters the equipment, NaN where unknown. [degC]
    sensor_u_k : float
        Standard uncertainty of one sensor, taken as common to all of one make. [K]

    Returns
    -------
    KpiResult
        The mean [degC]; U = 2 u of a sensor, since errors of one make do not average out.
        Withheld below half coverage.

    Notes
    -----
    ASHRAE TC 9.9: conditions are those at the inlet of the equipment. The set point that
    Delegated Regulation (EU) 2024/1364 asks for as T_IN is another figure.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> hour = Window(
    ...     name="hour",
    ...     start=datetime(2026, 7, 1, 12, tzinfo=UTC),
    ...     end=datetime(2026, 7, 1, 13, tzinfo=UTC),
    ... )
    >>> readings = np.array([[22.0, 24.0, np.nan], [26.0, 24.0, 30.0]])
    >>> result = inlet_air_temp(hour, readings, sensor_u_k=0.25)
    >>> result.value, result.expanded_uncertainty, round(result.coverage_ratio, 3)
    (24.0, 0.5, 0.667)
    """
    require_finite("sensor_u_k", sensor_u_k)
    known = np.isfinite(inlet_temp_degc).all(axis=0)
    coverage = float(np.mean(known)) if known.size and len(inlet_temp_degc) else 0.0
    if coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(_KPI, _UNIT, window, why, coverage_ratio=coverage)
    return KpiResult(
        kpi=_KPI,
        window=window,
        unit=_UNIT,
        value=float(inlet_temp_degc[:, known].mean()),
        expanded_uncertainty=COVERAGE_FACTOR * sensor_u_k,
        coverage_ratio=coverage,
        boundary="air at the servers' inlet, mean over sensors and time",
        origin=origin,
        inputs=inputs,
    )
