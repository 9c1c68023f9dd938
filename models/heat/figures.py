"""Heat told twice: by the meter's own register, and by flow and temperatures. Do they agree?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import copysign, hypot, inf, isnan, nan, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.heat.coefficient import (
    FlowSensorPipe,
    heat_from_volume_kwh,
    wrong_fluid_ratio,
    wrong_pipe_ratio,
)
from models.heat.fluids import WATER, Fluid, FluidKind
from models.kpi.result import UncertaintyPart
from models.metering.uncertainty import COVERAGE_FACTOR, HeatAccuracy, heat_mpe_parts
from models.readings import FloatArray

BoolArray: TypeAlias = NDArray[np.bool_]

_SQRT3 = sqrt(3.0)
# Two readings, each rectangular within one step of its display: sqrt(2) / sqrt(12).
_SQRT6 = sqrt(6.0)
# Mass fractions met in circuits: below, no protection from frost; above, nobody pumps it.
_USUAL_GLYCOL_RATIOS = (0.2, 0.5)
_OTHER = {
    FlowSensorPipe.SUPPLY: FlowSensorPipe.RETURN,
    FlowSensorPipe.RETURN: FlowSensorPipe.SUPPLY,
}


class FigureHint(StrEnum):
    """What a disagreement looks like. A hint for the inspector, not a finding.

    ``GLYCOL_CONFIGURED``: the calculator reckons with glycol and water flows;
    ``WATER_CONFIGURED``: the other way round. ``OTHER_PIPE``: it takes the density from the pipe
    in which the flow sensor is not.
    """

    GLYCOL_CONFIGURED = "glycol_configured"
    WATER_CONFIGURED = "water_configured"
    OTHER_PIPE = "other_pipe"
    REGISTER_TOO_HIGH = "register_too_high"
    REGISTER_TOO_LOW = "register_too_low"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoFigures:
    """Both figures over the time for which both are known.

    Without any such time all energies are NaN. ``expanded_uncertainty_kwh`` (k = 2) is that of
    the difference, ``parts`` its budget.
    """

    register_kwh: float
    calculated_kwh: float
    difference_kwh: float
    expanded_uncertainty_kwh: float
    coverage_ratio: float
    hint: FigureHint | None
    parts: tuple[UncertaintyPart, ...] = ()

    @property
    def u_difference_kwh(self) -> float:
        """Standard uncertainty of the difference."""
        return self.expanded_uncertainty_kwh / COVERAGE_FACTOR

    @property
    def normalised_error(self) -> float:
        """Difference over its expanded uncertainty (E_n of ISO 13528); NaN when unknown."""
        if self.expanded_uncertainty_kwh == 0.0:
            return copysign(inf, self.difference_kwh) if self.difference_kwh else 0.0
        return self.difference_kwh / self.expanded_uncertainty_kwh

    @property
    def disagree(self) -> bool:
        """Whether the difference is beyond its expanded uncertainty: an alarm."""
        return abs(self.normalised_error) > 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatSteps:
    """What a heat meter said, by consecutive equal steps, NaN where unknown.

    Temperatures are means over the step. ``resolution_kwh`` and ``resolution_m3`` are the steps
    of its registers, ``resolution_k`` that in which its temperatures are shown.
    """

    register_kwh: FloatArray
    volume_m3: FloatArray
    supply_temp_degc: FloatArray
    return_temp_degc: FloatArray
    resolution_kwh: float = 0.0
    resolution_m3: float = 0.0
    resolution_k: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSensors:
    """What of the reckoning was not read from the heat meter itself; None where it was.

    ``delta_t_u_k`` is the standard uncertainty of the difference of other thermometers.
    ``volume_u_ratio`` is the relative standard uncertainty of the ratio of two volumes: that of
    another volume meter and that of the heat meter's own flow sensor, root of the sum of squares.
    """

    delta_t_u_k: float | None = None
    volume_u_ratio: float | None = None


def two_figures(
    steps: HeatSteps,
    accuracy: HeatAccuracy,
    pipe: FlowSensorPipe,
    *,
    sampling_u_ratio: float,
    fluid: Fluid = WATER,
    fluid_u_ratio: float = 0.0,
    others: OtherSensors | None = None,
) -> TwoFigures:
    """Compare the register of a heat meter with k V (T_supply - T_return).

    Parameters
    ----------
    steps : HeatSteps
        Increments and temperatures by step.
    accuracy : HeatAccuracy
        Class of the meter.
    pipe : FlowSensorPipe
        Where the flow sensor sits that counted the volume.
    sampling_u_ratio : float
        Relative standard uncertainty of taking means of temperatures over a step in which the
        flow varies. [-]
    fluid : Fluid
        What flows.
    fluid_u_ratio : float
        Relative standard uncertainty of its heat coefficient against the calculator's. Nothing
        for water, which both take from one formulation. For glycol, what its concentration and
        its data leave open: inhibitors alone make 0.4 to 0.8 % of density, for which 0.005 is a
        working value and no normative one. [-]
    others : OtherSensors, optional
        Sensors of the reckoning that are not those of the meter.

    Returns
    -------
    TwoFigures
        Sums over the steps at which both figures are known, and a hint when they disagree.

    Raises
    ------
    ValueError
        If the arrays differ in shape, or an uncertainty is negative.

    Notes
    -----
    What both figures share leaves their difference untouched (JCGM 100:2008, 5.2 and F.1.2): flow
    sensor and temperature pair, when both are the meter's. What remains is the calculator
    (EN 1434-1: 0.5 % + dT_min/dT), sampling, fluid, and resolution, once for each unbroken run of
    steps. With other sensors the pair or the flow sensor comes in, on both sides. The errors are
    taken as lasting: they add up over the steps linearly, the part with dT_min as an offset in
    kelvin. Classes count as rectangular, u = MPE / sqrt(3). The alarm is |E_n| > 1.

    Two figures that agree do not prove the fluid: a meter configured for water in glycol agrees
    with a reckoning for water.

    Examples
    --------
    A register that runs 8 % high on ten hours of 10 m3 at 60/40 degC. With the calculator's
    0.65 % as rectangular and 0.2 % of sampling, U = 2 hypot(0.375 %, 0.2 %) of 2304 kWh:

    >>> ones = np.ones(10)
    >>> steps = HeatSteps(
    ...     register_kwh=ones * 230.4 * 1.08, volume_m3=ones * 10.0,
    ...     supply_temp_degc=ones * 60.0, return_temp_degc=ones * 40.0,
    ... )
    >>> meter = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=15.0)
    >>> both = two_figures(steps, meter, FlowSensorPipe.RETURN, sampling_u_ratio=0.002)
    >>> both.disagree, both.hint.value, round(both.expanded_uncertainty_kwh, 1)
    (True, 'register_too_high', 19.6)
    """
    _check(steps, (sampling_u_ratio, fluid_u_ratio))
    heat_kwh = heat_from_volume_kwh(
        steps.volume_m3, steps.supply_temp_degc, steps.return_temp_degc, pipe, fluid
    )
    both = np.isfinite(heat_kwh) & np.isfinite(steps.register_kwh)
    if not both.any():
        return _unknown()
    register, calculated = float(steps.register_kwh[both].sum()), float(heat_kwh[both].sum())
    parts = (
        *_class_parts(steps, heat_kwh, both, accuracy, others or OtherSensors()),
        UncertaintyPart(name="sampling", u=sampling_u_ratio * _size(heat_kwh[both])),
        UncertaintyPart(name="fluid", u=fluid_u_ratio * _size(heat_kwh[both])),
        UncertaintyPart(name="resolution", u=_resolution_kwh(steps, heat_kwh, both, pipe, fluid)),
    )
    expanded = COVERAGE_FACTOR * hypot(*(part.u for part in parts))
    beyond = abs(register - calculated) > expanded
    return TwoFigures(
        register_kwh=register,
        calculated_kwh=calculated,
        difference_kwh=register - calculated,
        expanded_uncertainty_kwh=expanded,
        coverage_ratio=float(np.mean(both)),
        hint=_hint(steps, both, (register, calculated, expanded), pipe, fluid) if beyond else None,
        parts=tuple(part for part in parts if part.u > 0.0),
    )


def _check(steps: HeatSteps, ratios: Sequence[float]) -> None:
    columns = (steps.volume_m3, steps.supply_temp_degc, steps.return_temp_degc)
    if any(np.shape(column) != np.shape(steps.register_kwh) for column in columns):
        msg = "arrays of HeatSteps differ in shape: give one value for each step"
        raise ValueError(msg)
    if not all(ratio >= 0.0 for ratio in ratios):
        msg = f"sampling_u_ratio and fluid_u_ratio are standard uncertainties, got {ratios}"
        raise ValueError(msg)


def _unknown() -> TwoFigures:
    return TwoFigures(
        register_kwh=nan,
        calculated_kwh=nan,
        difference_kwh=nan,
        expanded_uncertainty_kwh=nan,
        coverage_ratio=0.0,
        hint=None,
    )


def _size(value: FloatArray) -> float:
    """Sum without signs: heat and defrost do not cancel what is unsure of each."""
    return float(np.abs(value).sum())


def _kwh_per_k(steps: HeatSteps, heat_kwh: FloatArray, both: BoolArray) -> float:
    """What one kelvin more of difference would add over all steps: the sum of k V."""
    drop_k = (steps.supply_temp_degc - steps.return_temp_degc)[both]
    # A step without flow may have no temperatures, and one without difference carries no heat.
    moving = np.isfinite(drop_k) & (drop_k != 0.0)
    return _size(heat_kwh[both][moving] / drop_k[moving])


def _class_parts(
    steps: HeatSteps,
    heat_kwh: FloatArray,
    both: BoolArray,
    accuracy: HeatAccuracy,
    others: OtherSensors,
) -> tuple[UncertaintyPart, ...]:
    size_kwh, kwh_per_k = _size(heat_kwh[both]), _kwh_per_k(steps, heat_kwh, both)
    # An MPE a + b dT_min/dT of the heat is a of the heat and b dT_min of kelvin.
    _, calculator, pair = heat_mpe_parts(accuracy, inf, accuracy.qp_m3_per_h)
    _, calculator_least, pair_least = heat_mpe_parts(
        accuracy, accuracy.dt_min_k, accuracy.qp_m3_per_h
    )

    def rectangular(constant: float, at_least: float) -> float:
        offset_k = (at_least - constant) * accuracy.dt_min_k
        return (constant * size_kwh + offset_k * kwh_per_k) / _SQRT3

    parts = [UncertaintyPart(name="calculator", u=rectangular(calculator, calculator_least))]
    if others.delta_t_u_k is not None:
        u_kwh = hypot(rectangular(pair, pair_least), others.delta_t_u_k * kwh_per_k)
        parts.append(UncertaintyPart(name="temperature_pairs", u=u_kwh))
    if others.volume_u_ratio is not None:
        parts.append(UncertaintyPart(name="flow_sensors", u=others.volume_u_ratio * size_kwh))
    return tuple(parts)


def _resolution_kwh(
    steps: HeatSteps, heat_kwh: FloatArray, both: BoolArray, pipe: FlowSensorPipe, fluid: Fluid
) -> float:
    # Inside an unbroken run increments share their readings: only the run's two ends count.
    runs = int(both[0]) + int((both[1:] & ~both[:-1]).sum())
    volume_m3 = _size(steps.volume_m3[both])
    if volume_m3 > 0.0:
        kwh_per_m3 = _size(heat_kwh[both]) / volume_m3
    else:
        # Below its resolution the volume register may hide some flow at these temperatures.
        per_m3 = heat_from_volume_kwh(
            np.ones(len(heat_kwh)), steps.supply_temp_degc, steps.return_temp_degc, pipe, fluid
        )
        known = np.abs(per_m3[both & np.isfinite(per_m3)])
        kwh_per_m3 = float(known.mean()) if len(known) else 0.0
    registers = hypot(steps.resolution_kwh, steps.resolution_m3 * kwh_per_m3) * sqrt(runs)
    # A steady temperature is rounded the same way at every reading.
    shown = steps.resolution_k * _kwh_per_k(steps, heat_kwh, both)
    return hypot(registers, shown) / _SQRT6


def _hint(
    steps: HeatSteps,
    both: BoolArray,
    figures: tuple[float, float, float],
    pipe: FlowSensorPipe,
    fluid: Fluid,
) -> FigureHint:
    register_kwh, calculated_kwh, expanded_kwh = figures
    weight = np.where(both & np.isfinite(steps.supply_temp_degc + steps.return_temp_degc), 1.0, 0.0)
    weight *= np.abs(np.nan_to_num(steps.volume_m3))
    high = register_kwh > calculated_kwh
    neither = FigureHint.REGISTER_TOO_HIGH if high else FigureHint.REGISTER_TOO_LOW
    if not (weight.any() and register_kwh > 0.0 and calculated_kwh > 0.0):
        return neither
    at = (
        float(np.average(np.nan_to_num(steps.supply_temp_degc), weights=weight)),
        float(np.average(np.nan_to_num(steps.return_temp_degc), weights=weight)),
    )
    ratio, around = register_kwh / calculated_kwh, expanded_kwh / calculated_kwh
    causes = {FigureHint.OTHER_PIPE: [wrong_pipe_ratio(*at, _OTHER[pipe], fluid)]}
    if fluid.kind is FluidKind.WATER:
        causes[FigureHint.GLYCOL_CONFIGURED] = _glycol_ratios(at, pipe)
    else:
        causes[FigureHint.WATER_CONFIGURED] = [wrong_fluid_ratio(*at, pipe, true_fluid=fluid)]
    # Weak glycol and the other pipe look alike: the one that lies nearer is named.
    misses = {cause: _miss(expected, ratio, around) for cause, expected in causes.items()}
    nearest = min(misses, key=lambda cause: misses[cause])
    return nearest if misses[nearest] < inf else neither


def _miss(expected: Sequence[float], ratio: float, around: float) -> float:
    """How far a ratio lies from what a cause makes; infinite when it does not fit."""
    low, high = min(expected, default=nan), max(expected, default=nan)
    miss = max(low - ratio, ratio - high, 0.0)
    # A cause that makes less than the better half of the effect does not explain it.
    effect = min(abs(low - 1.0), abs(high - 1.0))
    return miss if miss <= min(around, 0.5 * effect) else inf


def _glycol_ratios(at: tuple[float, float], pipe: FlowSensorPipe) -> list[float]:
    """What a meter configured for the usual glycols shows over heat in water."""
    mixtures = (
        Fluid(kind=kind, glycol_ratio=share)
        for kind in (FluidKind.ETHYLENE_GLYCOL, FluidKind.PROPYLENE_GLYCOL)
        for share in _USUAL_GLYCOL_RATIOS
    )
    ratios = (wrong_fluid_ratio(*at, pipe, meter_fluid=each) for each in mixtures)
    return [ratio for ratio in ratios if not isnan(ratio)]
