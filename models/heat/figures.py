"""Heat told twice: by the meter's own register, and by flow and temperatures. Do they agree?"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np

from models.heat.coefficient import FlowSensorPipe, heat_from_volume_kwh
from models.heat.fluids import WATER, Fluid
from models.readings import FloatArray
from models.uncertainty import COVERAGE_FACTOR, HeatAccuracy, heat_mpe_parts

_SQRT3 = sqrt(3.0)
# What concentrations of 20 to 50 % glycol and a sensor in the other pipe do to the ratio of the
# register to the reckoning with water.
_GLYCOL_CONFIGURED = (0.84, 0.97)
_OTHER_PIPE_ABOVE = 0.008


class FigureHint(StrEnum):
    """What a disagreement looks like. A hint for the inspector, not a finding."""

    GLYCOL_CONFIGURED = "glycol_configured"
    OTHER_PIPE = "other_pipe"
    REGISTER_TOO_HIGH = "register_too_high"
    REGISTER_TOO_LOW = "register_too_low"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoFigures:
    """Both figures over the time for which both are known.

    ``expanded_uncertainty_kwh`` (k = 2) is that of the difference. ``normalised_error`` is the
    difference over it: beyond 1 the two disagree.
    """

    register_kwh: float
    calculated_kwh: float
    difference_kwh: float
    expanded_uncertainty_kwh: float
    coverage_ratio: float
    hint: FigureHint | None

    @property
    def normalised_error(self) -> float:
        """Difference over its expanded uncertainty; 0 when nothing was counted."""
        if self.expanded_uncertainty_kwh == 0.0:
            return 0.0
        return self.difference_kwh / self.expanded_uncertainty_kwh

    @property
    def disagree(self) -> bool:
        """Whether the difference is beyond its expanded uncertainty: an alarm."""
        return abs(self.normalised_error) > 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatSteps:
    """What a heat meter said, by consecutive equal steps, NaN where unknown.

    Temperatures are means over the step. ``resolution_kwh`` and ``resolution_m3`` are the steps
    of its registers.
    """

    register_kwh: FloatArray
    volume_m3: FloatArray
    supply_temp_degc: FloatArray
    return_temp_degc: FloatArray
    resolution_kwh: float = 0.0
    resolution_m3: float = 0.0


def two_figures(
    steps: HeatSteps,
    accuracy: HeatAccuracy,
    pipe: FlowSensorPipe,
    *,
    sampling_u_ratio: float,
    fluid: Fluid = WATER,
) -> TwoFigures:
    """Compare the register of a heat meter with k V (T_supply - T_return) of its own sensors.

    Parameters
    ----------
    steps : HeatSteps
        Increments and temperatures by step.
    accuracy : HeatAccuracy
        Class of the meter.
    pipe : FlowSensorPipe
        Where its flow sensor sits.
    sampling_u_ratio : float
        Relative standard uncertainty of taking means of temperatures over a step in which the
        flow varies. [-]

    Returns
    -------
    TwoFigures
        Sums over the steps at which both figures are known.

    Notes
    -----
    Flow sensor and temperature pair are the same in both figures: their errors are common and
    leave the difference untouched. What remains is the error of the calculator (EN 1434-1),
    the calibration between the pair as calculator and as display, taken as the constant part of
    the pair's error (0.5 %), the resolution of registers and the sampling. Comparing with other
    sensors is another matter: then all errors are independent.

    Examples
    --------
    A register that runs 8 % high on ten hours of 10 m3 at 60/40 degC:

    >>> ones = np.ones(10)
    >>> steps = HeatSteps(
    ...     register_kwh=ones * 230.6 * 1.08, volume_m3=ones * 10.0,
    ...     supply_temp_degc=ones * 60.0, return_temp_degc=ones * 40.0,
    ... )
    >>> meter = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=15.0)
    >>> both = two_figures(steps, meter, FlowSensorPipe.RETURN, sampling_u_ratio=0.002)
    >>> both.disagree, both.hint.value
    (True, 'register_too_high')
    """
    calculated = heat_from_volume_kwh(
        steps.volume_m3, steps.supply_temp_degc, steps.return_temp_degc, pipe, fluid
    )
    both = np.isfinite(calculated) & np.isfinite(steps.register_kwh)
    register_kwh = float(steps.register_kwh[both].sum())
    calculated_kwh = float(calculated[both].sum())
    u_kwh = _difference_u_kwh(steps, both, accuracy, calculated_kwh, sampling_u_ratio)
    figures = TwoFigures(
        register_kwh=register_kwh,
        calculated_kwh=calculated_kwh,
        difference_kwh=register_kwh - calculated_kwh,
        expanded_uncertainty_kwh=COVERAGE_FACTOR * u_kwh,
        coverage_ratio=float(np.mean(both)) if both.size else 0.0,
        hint=None,
    )
    if not figures.disagree:
        return figures
    return TwoFigures(
        register_kwh=register_kwh,
        calculated_kwh=calculated_kwh,
        difference_kwh=figures.difference_kwh,
        expanded_uncertainty_kwh=figures.expanded_uncertainty_kwh,
        coverage_ratio=figures.coverage_ratio,
        hint=_hint(register_kwh, calculated_kwh),
    )


def _difference_u_kwh(
    steps: HeatSteps,
    both: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    accuracy: HeatAccuracy,
    calculated_kwh: float,
    sampling_u_ratio: float,
) -> float:
    volume_m3 = float(steps.volume_m3[both].sum())
    if volume_m3 <= 0.0 or calculated_kwh <= 0.0:
        return steps.resolution_kwh / sqrt(6.0)
    drop_k = steps.supply_temp_degc[both] - steps.return_temp_degc[both]
    weight = np.where(np.isfinite(drop_k), steps.volume_m3[both], 0.0)
    mean_k = float(np.nansum(drop_k * weight) / weight.sum())
    _, calculator, _ = heat_mpe_parts(
        accuracy, max(mean_k, accuracy.dt_min_k), accuracy.qp_m3_per_h
    )
    display = 0.005
    relative = sqrt((calculator**2 + display**2) / 3.0 + sampling_u_ratio**2)
    resolution = sqrt(
        steps.resolution_kwh**2 / 6.0
        + (steps.resolution_m3 / volume_m3 * calculated_kwh) ** 2 / 6.0
    )
    return sqrt((relative * calculated_kwh) ** 2 + resolution**2)


def _hint(register_kwh: float, calculated_kwh: float) -> FigureHint:
    ratio = register_kwh / calculated_kwh if calculated_kwh > 0.0 else float("inf")
    low, high = _GLYCOL_CONFIGURED
    if low <= ratio <= high:
        return FigureHint.GLYCOL_CONFIGURED
    if _OTHER_PIPE_ABOVE <= abs(ratio - 1.0) < 0.025:
        return FigureHint.OTHER_PIPE
    return FigureHint.REGISTER_TOO_HIGH if ratio > 1.0 else FigureHint.REGISTER_TOO_LOW
