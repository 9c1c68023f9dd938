"""How sure a meter is: from its accuracy class to a standard uncertainty.

A class states a maximum permissible error (MPE). Without a calibration certificate the
error is taken as rectangular inside it, u = MPE / sqrt(3) (JCGM 100:2008, 4.3.7).
"""

from dataclasses import dataclass
from math import hypot, isfinite, sqrt

import numpy as np

from models.readings import FloatArray

COVERAGE_FACTOR = 2.0
_SQRT3 = sqrt(3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricityAccuracy:
    """Electricity meter with its current transformers.

    ``mpe_ratio`` and ``ct_mpe_ratio`` are relative: 0.01 for a class 1 meter.
    """

    mpe_ratio: float
    ct_mpe_ratio: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeAccuracy:
    """Water or fuel meter: one relative MPE, and a wider one below the transitional flow Q2.

    Without ``q2_m3_per_h`` the one MPE holds at every flow. A water meter of accuracy class 2
    (MID 2014/32/EU, Annex III, MI-001) has 2 % from Q2 to Q4 up to 30 degC (3 % above) and 5 %
    from Q1 to Q2 (background knowledge, the annex was not read).
    """

    mpe_ratio: float
    q2_m3_per_h: float | None = None
    low_mpe_ratio: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatAccuracy:
    """Thermal energy meter of EN 1434 class 1, 2 or 3."""

    accuracy_class: int
    dt_min_k: float
    qp_m3_per_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonError:
    """An error that several meters have in common: all that name it share one and the same draw.

    One set of current transformers read by two meters, one batch with one bias, one rig on which
    all were adjusted.
    """

    name: str
    mpe_ratio: float


Accuracy = ElectricityAccuracy | VolumeAccuracy | HeatAccuracy

# Flow sensor of EN 1434-1 by class: constant part and part per qp/q, and the cap. [ratio]
_FLOW_SENSOR: dict[int, tuple[float, float, float]] = {
    1: (0.01, 0.0001, 0.035),
    2: (0.02, 0.0002, 0.05),
    3: (0.03, 0.0005, 0.05),
}

# The class of a current transformer is its ratio error at rated current. [ratio]
_CT_CLASS_MPE: dict[str, float] = {
    "0.1": 0.001,
    "0.2": 0.002,
    "0.2S": 0.002,
    "0.5": 0.005,
    "0.5S": 0.005,
    "1": 0.01,
}

# Intrinsic error at reference conditions, by the class on the name plate. A, B and C are those of
# EN 50470-3; 1 and 2 those of IEC 62053-21; 0.2S and 0.5S those of IEC 62053-22 at unity power
# factor from 5 % of the rated current. Background knowledge (class B seen second-hand): none of
# these standards was read. [ratio]
CLASS_MPE: dict[str, float] = {
    "A": 0.02,
    "B": 0.01,
    "C": 0.005,
    "0.2S": 0.002,
    "0.5S": 0.005,
    "1": 0.01,
    "2": 0.02,
}

# Under rated operating conditions, 5 to 30 degC, balanced load: MID 2014/32/EU, Annex V (MI-003),
# table 2. The figures were read; that this row is the one from Itr to Imax was not. [ratio]
MID_OPERATING_MPE: dict[str, float] = {"A": 0.035, "B": 0.02, "C": 0.007}


def electricity_accuracy(
    meter_class: str, ct_class: str | None = None, *, operating: bool = False
) -> ElectricityAccuracy:
    """Accuracy of an electricity meter from the classes on its name plate.

    Parameters
    ----------
    meter_class : str
        A, B or C (EN 50470-3, MID), 1 or 2 (IEC 62053-21), 0.2S or 0.5S (IEC 62053-22).
    ct_class : str, optional
        Class of separate current transformers (IEC 61869-2): the ratio error in percent at rated
        current, with or without S.
    operating : bool
        The wider errors allowed in service (MID, Annex V), not those at reference conditions.

    Returns
    -------
    ElectricityAccuracy
        The current a meter carries over a year is not known to Boucle: the class is taken for
        the range from the transitional to the maximum current.

    Raises
    ------
    ValueError
        For a class that is not in the tables.

    Examples
    --------
    >>> electricity_accuracy("0.5S", ct_class="0.5")
    ElectricityAccuracy(mpe_ratio=0.005, ct_mpe_ratio=0.005)
    >>> electricity_accuracy("B", operating=True).mpe_ratio
    0.02
    """
    table = MID_OPERATING_MPE if operating else CLASS_MPE
    if meter_class not in table:
        msg = f"no class {meter_class!r} of electricity meters: use one of {', '.join(table)}"
        raise ValueError(msg)
    if ct_class is None:
        return ElectricityAccuracy(mpe_ratio=table[meter_class])
    if ct_class not in _CT_CLASS_MPE:
        msg = f"no class {ct_class!r} of transformers: use one of {', '.join(_CT_CLASS_MPE)}"
        raise ValueError(msg)
    return ElectricityAccuracy(mpe_ratio=table[meter_class], ct_mpe_ratio=_CT_CLASS_MPE[ct_class])


def electricity_u_ratio(accuracy: ElectricityAccuracy) -> float:
    """Relative standard uncertainty of an electricity meter and its transformers. [-]

    Examples
    --------
    >>> round(electricity_u_ratio(ElectricityAccuracy(mpe_ratio=0.01)), 5)
    0.00577
    """
    return sqrt(accuracy.mpe_ratio**2 + accuracy.ct_mpe_ratio**2) / _SQRT3


def volume_u_ratio(accuracy: VolumeAccuracy, flow_m3_per_h: float) -> float:
    """Relative standard uncertainty of a volume meter at its mean flow. [-]

    Notes
    -----
    The mean flow of a window is at most the flow while water runs: a meter that runs now and then
    may be taken for one that runs below Q2, which errs towards the wider figure.

    Examples
    --------
    Class 2 with Q2 = 0.1 m3/h: 2 % above it, 5 % below.

    >>> meter = VolumeAccuracy(mpe_ratio=0.02, q2_m3_per_h=0.1)
    >>> round(volume_u_ratio(meter, 1.0), 5), round(volume_u_ratio(meter, 0.05), 5)
    (0.01155, 0.02887)
    """
    low = accuracy.q2_m3_per_h is not None and flow_m3_per_h < accuracy.q2_m3_per_h
    return (accuracy.low_mpe_ratio if low else accuracy.mpe_ratio) / _SQRT3


def heat_mpe_parts(
    accuracy: HeatAccuracy, delta_t_k: float, flow_m3_per_h: float
) -> tuple[float, float, float]:
    """Relative MPE of flow sensor, calculator and temperature pair (EN 1434-1, clause 9). [-]

    Examples
    --------
    Class 2 at dT 10 K and nominal flow, dT_min 3 K: 2.02 %, 0.8 % and 1.4 %.

    >>> meter = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=10.0)
    >>> [round(100 * part, 2) for part in heat_mpe_parts(meter, 10.0, 10.0)]
    [2.02, 0.8, 1.4]
    """
    constant, slope, cap = _FLOW_SENSOR[accuracy.accuracy_class]
    flow_part = min(constant + slope * accuracy.qp_m3_per_h / flow_m3_per_h, cap)
    ratio = accuracy.dt_min_k / delta_t_k
    return flow_part, 0.005 + 0.01 * ratio, 0.005 + 0.03 * ratio


def heat_u_ratio(accuracy: HeatAccuracy, delta_t_k: float, flow_m3_per_h: float) -> float:
    """Relative standard uncertainty of a heat meter at its mean working point. [-]

    NaN when there is no flow or no temperature difference: nothing was measured.

    Examples
    --------
    >>> meter = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=10.0)
    >>> round(100 * heat_u_ratio(meter, 10.0, 10.0), 2)
    1.49
    """
    if not (isfinite(delta_t_k) and isfinite(flow_m3_per_h)):
        return float("nan")
    if delta_t_k <= 0.0 or flow_m3_per_h <= 0.0:
        return float("nan")
    parts = heat_mpe_parts(accuracy, delta_t_k, flow_m3_per_h)
    return sqrt(sum(part**2 for part in parts)) / _SQRT3


def heat_u_ratios(
    accuracy: HeatAccuracy, delta_t_k: FloatArray, flow_m3_per_h: FloatArray
) -> FloatArray:
    """:func:`heat_u_ratio` for many working points at once.

    Parameters
    ----------
    delta_t_k, flow_m3_per_h : float array, shape (n,)
        Mean temperature difference [K] and mean flow.

    Returns
    -------
    float array, shape (n,)
        Relative standard uncertainty [-]; NaN where nothing was measured. Below the least
        temperature difference the formula still gives a figure, for which the meter is not
        approved: whoever shows it flags it.

    Examples
    --------
    >>> meter = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=10.0)
    >>> drop_k, flow = np.array([3.0, 10.0, 0.0]), np.array([10.0, 10.0, 10.0])
    >>> (100 * heat_u_ratios(meter, drop_k, flow)).round(2).tolist()
    [2.49, 1.49, nan]
    """
    constant, slope, cap = _FLOW_SENSOR[accuracy.accuracy_class]
    known = np.isfinite(delta_t_k) & np.isfinite(flow_m3_per_h)
    known &= (delta_t_k > 0.0) & (flow_m3_per_h > 0.0)
    flow_part = np.minimum(
        constant + slope * accuracy.qp_m3_per_h / np.where(known, flow_m3_per_h, 1.0), cap
    )
    ratio = accuracy.dt_min_k / np.where(known, delta_t_k, 1.0)
    squares = flow_part**2 + (0.005 + 0.01 * ratio) ** 2 + (0.005 + 0.03 * ratio) ** 2
    return np.asarray(np.where(known, np.sqrt(squares) / _SQRT3, np.nan))


def ratio_sensitivity(
    numerator_weight: FloatArray, denominator_weight: FloatArray, total: FloatArray
) -> FloatArray:
    """How the ratio of two weighted sums follows each quantity.

    Parameters
    ----------
    numerator_weight, denominator_weight, total : float array, shape (m,)
        As for :func:`ratio_standard_uncertainty`.

    Returns
    -------
    float array, shape (m,)
        dR/dx_i = (a_i - R b_i) / sum(b x). A quantity in both sums is counted once, with its
        correlation.

    Examples
    --------
    >>> ratio_sensitivity(
    ...     np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([130.0, 100.0])
    ... ).round(6).tolist()
    [0.01, -0.013]
    """
    denominator = float(denominator_weight @ total)
    ratio = float(numerator_weight @ total) / denominator
    return np.asarray((numerator_weight - ratio * denominator_weight) / denominator)


def ratio_standard_uncertainty(
    numerator_weight: FloatArray,
    denominator_weight: FloatArray,
    total: FloatArray,
    u: FloatArray,
    common: FloatArray | None = None,
) -> tuple[float, float]:
    """Ratio of two weighted sums of the same quantities, and its standard uncertainty.

    Parameters
    ----------
    numerator_weight, denominator_weight : float array, shape (m,)
        How each quantity enters the two sums (+1, -1 or 0, or a unit factor).
    total, u : float array, shape (m,)
        The quantities and their standard uncertainties, independent of each other.
    common : float array, shape (g, m), optional
        Signed standard contributions of g sources that several quantities share.

    Returns
    -------
    tuple of float
        The ratio R = sum(a x) / sum(b x), and u(R).

    Notes
    -----
    First-order propagation (JCGM 100:2008, eq. 10) with s_i = dR/dx_i = (a_i - R b_i) / sum(b x):
    a quantity that stands in both sums is counted once, with its correlation. A shared source is
    an input of its own that reaches R through every quantity it touches (F.1.2.3):
    u2(R) = sum_i (s_i u_i)^2 + sum_g (sum_i s_i c_gi)^2.

    Examples
    --------
    >>> r, u_r = ratio_standard_uncertainty(
    ...     np.array([1.0, 0.0]), np.array([0.0, 1.0]),
    ...     np.array([130.0, 100.0]), np.array([1.3, 1.0]),
    ... )
    >>> round(r, 3), round(u_r / r, 5)
    (1.3, 0.01414)
    """
    sensitivity = ratio_sensitivity(numerator_weight, denominator_weight, total)
    ratio = float(numerator_weight @ total) / float(denominator_weight @ total)
    own, shared = weighted_sum_u(sensitivity, u, common)
    return ratio, hypot(own, shared)


def weighted_sum_u(
    weight: FloatArray, u: FloatArray, common: FloatArray | None = None
) -> tuple[float, float]:
    """Standard uncertainty of a weighted sum: the quantities' own part, and the shared part.

    Parameters
    ----------
    weight, u : float array, shape (m,)
        Weights or sensitivities, and the independent standard uncertainties.
    common : float array, shape (g, m), optional
        Signed standard contributions of g shared sources, independent of each other.

    Returns
    -------
    tuple of float
        sqrt(sum_i (w_i u_i)^2) and sqrt(sum_g (sum_i w_i c_gi)^2).

    Examples
    --------
    Ten resistors of 1000 ohm in series, each known to 0.1 ohm by one and the same standard: 1 ohm,
    not 0.32 ohm (JCGM 100:2008, 5.2.2).

    >>> round(weighted_sum_u(np.ones(10), np.zeros(10), np.full((1, 10), 0.1))[1], 6)
    1.0
    """
    own = float(np.sqrt(np.square(weight * u).sum()))
    if common is None:
        return own, 0.0
    return own, float(np.sqrt(np.square(common @ weight).sum()))
