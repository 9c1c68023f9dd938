"""Whether air and water reach the equipment inside their ASHRAE class."""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from models.kpi.declared import require_finite
from models.kpi.metered import withheld_result
from models.kpi.result import KpiResult, UncertaintyPart, Withheld
from models.readings import FloatArray, Origin, Window

_MIN_COVERAGE_RATIO = 0.5
_LIQUID_MIN_DEGC = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AirClass:
    """Allowable and recommended air at the inlet of the equipment; a range is (lowest, highest).

    ``dew_point_degc`` and ``max_humidity_ratio`` are of the allowable envelope.
    """

    name: str
    allowable_degc: tuple[float, float]
    recommended_degc: tuple[float, float]
    dew_point_degc: tuple[float, float]
    max_humidity_ratio: float


# ASHRAE TC 9.9, Thermal Guidelines, 5th edition (2021), from second-hand tables: dry bulb and dew
# point from several of them, the relative humidities from background knowledge (unverified).
AIR_CLASSES = {
    one.name: one
    for one in (
        AirClass(
            name="A1",
            allowable_degc=(15.0, 32.0),
            recommended_degc=(18.0, 27.0),
            dew_point_degc=(-12.0, 17.0),
            max_humidity_ratio=0.80,
        ),
        AirClass(
            name="A2",
            allowable_degc=(10.0, 35.0),
            recommended_degc=(18.0, 27.0),
            dew_point_degc=(-12.0, 21.0),
            max_humidity_ratio=0.80,
        ),
        AirClass(
            name="A3",
            allowable_degc=(5.0, 40.0),
            recommended_degc=(18.0, 27.0),
            dew_point_degc=(-12.0, 24.0),
            max_humidity_ratio=0.85,
        ),
        AirClass(
            name="A4",
            allowable_degc=(5.0, 45.0),
            recommended_degc=(18.0, 27.0),
            dew_point_degc=(-12.0, 24.0),
            max_humidity_ratio=0.90,
        ),
        AirClass(
            name="H1",
            allowable_degc=(5.0, 25.0),
            recommended_degc=(18.0, 22.0),
            dew_point_degc=(-12.0, 17.0),
            max_humidity_ratio=0.80,
        ),
    )
}

# Highest facility water supply temperature by class; 2 degC at least in all of them. [degC]
LIQUID_CLASSES = {"W17": 17.0, "W27": 27.0, "W32": 32.0, "W40": 40.0, "W45": 45.0, "W+": inf}


def supply_air_compliance(
    window: Window,
    inlet_temp_degc: FloatArray,
    air_class: AirClass,
    *,
    sensor_u_k: float,
    recommended: bool = False,
    dew_point_degc: FloatArray | None = None,
    humidity_ratio: FloatArray | None = None,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Share of readings at the servers' inlets that lie inside their class.

    Parameters
    ----------
    inlet_temp_degc : float array, shape (sensors, steps)
        Dry bulb where the air enters the equipment, NaN where unknown. [degC]
    air_class : AirClass
        The class the equipment is run to, from :data:`AIR_CLASSES`.
    sensor_u_k : float
        Standard uncertainty of one sensor. [K]
    recommended : bool
        Judge by the recommended dry bulb instead of the allowable envelope.
    dew_point_degc, humidity_ratio : float array, optional
        Same shape; judged with the allowable envelope when given. An unknown humidity counts
        as unknown.

    Returns
    -------
    KpiResult
        ``supply_air_compliance`` (or ``supply_air_recommended``): a share of sensors and time
        [-]. The expanded uncertainty is half the difference between the shares with all
        sensors 2 u off towards the limits and away from them: a share has no derivative there.

    Notes
    -----
    ASHRAE TC 9.9: conditions are those at the inlet of the equipment, not at the air handler and
    not the set point. Outside recommended is a warning, outside allowable is trouble.

    Examples
    --------
    Four readings of which one is above the 32 degC of class A1:

    >>> from datetime import UTC, datetime
    >>> hour = Window(
    ...     name="hour",
    ...     start=datetime(2026, 7, 1, 12, tzinfo=UTC),
    ...     end=datetime(2026, 7, 1, 13, tzinfo=UTC),
    ... )
    >>> readings = np.array([[22.0, 24.0], [25.0, 34.0]])
    >>> supply_air_compliance(hour, readings, AIR_CLASSES["A1"], sensor_u_k=0.25).value
    0.75
    """
    kpi = "supply_air_recommended" if recommended else "supply_air_compliance"
    band = air_class.recommended_degc if recommended else air_class.allowable_degc
    known = np.isfinite(inlet_temp_degc)
    humid_ok = np.ones(inlet_temp_degc.shape, dtype=bool)
    for given, (low, high) in (
        (dew_point_degc, air_class.dew_point_degc),
        (humidity_ratio, (0.0, air_class.max_humidity_ratio)),
    ):
        if given is not None:
            known &= np.isfinite(given)
            humid_ok &= (given >= low) & (given <= high)
    measured = "humidity judged" if dew_point_degc is not None else "humidity not judged"
    reach = "recommended" if recommended else "allowable"
    return _share_result(
        kpi,
        window,
        _Band(
            value=inlet_temp_degc,
            low=band[0],
            high=band[1],
            u=sensor_u_k,
            known=known,
            also=humid_ok,
        ),
        boundary=(
            f"air at the servers' inlet, class {air_class.name} {reach}, "
            f"{band[0]:g} to {band[1]:g} degC, {measured}"
        ),
        inputs=inputs,
        origin=origin,
    )


def liquid_supply_compliance(
    window: Window,
    supply_temp_degc: FloatArray,
    liquid_class: str,
    *,
    sensor_u_k: float,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Share of readings of the water supplied to liquid-cooled racks inside their class.

    Parameters
    ----------
    supply_temp_degc : float array, shape (sensors, steps)
        Facility water where it enters the racks or their distribution unit. [degC]
    liquid_class : str
        W17, W27, W32, W40, W45 or W+ (ASHRAE TC 9.9, 2021; second-hand).
    sensor_u_k : float
        Standard uncertainty of one sensor. [K]

    Returns
    -------
    KpiResult
        ``liquid_supply_compliance``, a share [-].

    Raises
    ------
    ValueError
        If there is no such class.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> hour = Window(
    ...     name="hour",
    ...     start=datetime(2026, 7, 1, 12, tzinfo=UTC),
    ...     end=datetime(2026, 7, 1, 13, tzinfo=UTC),
    ... )
    >>> liquid_supply_compliance(
    ...     hour, np.array([[30.0, 31.0, 33.0, 31.5]]), "W32", sensor_u_k=0.1
    ... ).value
    0.75
    """
    if liquid_class not in LIQUID_CLASSES:
        msg = f"no liquid class {liquid_class!r}; use one of {', '.join(LIQUID_CLASSES)}"
        raise ValueError(msg)
    high = LIQUID_CLASSES[liquid_class]
    known = np.isfinite(supply_temp_degc)
    return _share_result(
        "liquid_supply_compliance",
        window,
        _Band(
            value=supply_temp_degc,
            low=_LIQUID_MIN_DEGC,
            high=high,
            u=sensor_u_k,
            known=known,
            also=np.ones(supply_temp_degc.shape, dtype=bool),
        ),
        boundary=f"water supplied to the racks, class {liquid_class}",
        inputs=inputs,
        origin=origin,
    )


def narrowest_liquid_class(supply_temp_degc: FloatArray, share_ratio: float = 1.0) -> str | None:
    """The coldest class that the water kept for at least a share of the known readings.

    None without readings, or when the water was below 2 degC for longer.

    Examples
    --------
    >>> narrowest_liquid_class(np.array([26.0, 28.0, 31.0]))
    'W32'
    """
    known = supply_temp_degc[np.isfinite(supply_temp_degc)]
    for name, high in LIQUID_CLASSES.items():
        inside = (known >= _LIQUID_MIN_DEGC) & (known <= high)
        if len(known) and float(np.mean(inside)) >= share_ratio:
            return name
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    value: FloatArray
    low: float
    high: float
    u: float
    known: NDArray[np.bool_]
    also: NDArray[np.bool_]

    def share(self, widened_by: float) -> float:
        """Share inside the band, its ends moved outwards by so much."""
        inside = (self.value >= self.low - widened_by) & (self.value <= self.high + widened_by)
        return float(np.mean((inside & self.also)[self.known]))


def _share_result(
    kpi: str,
    window: Window,
    band: _Band,
    *,
    boundary: str,
    inputs: tuple[str, ...],
    origin: Origin,
) -> KpiResult:
    require_finite("sensor_u_k", band.u)
    coverage = float(np.mean(band.known)) if band.known.size else 0.0
    if coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(kpi, "ratio", window, why, coverage_ratio=coverage)
    expanded = (band.share(2.0 * band.u) - band.share(-2.0 * band.u)) / 2.0
    return KpiResult(
        kpi=kpi,
        window=window,
        unit="ratio",
        value=band.share(0.0),
        expanded_uncertainty=expanded,
        coverage_ratio=coverage,
        boundary=boundary,
        origin=origin,
        parts=(UncertaintyPart(name="sensors", u=expanded / 2.0),),
        inputs=inputs,
    )
