"""What the KPIs are computed from: totals of meters over jointly covered time, by period."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np

from models.kpi.result import Doubt, Flag
from models.kpi.series import BoolArray
from models.metering.boundary import BoundaryFact
from models.metering.tree import Meter, SignedMeters
from models.metering.uncertainty import ElectricityAccuracy, HeatAccuracy, electricity_u_ratio
from models.metering.working_point import WATER_KWH_PER_M3_K, class_u
from models.readings import FloatArray
from models.registers.periods import JointCounts, Periods

_SQRT3 = sqrt(3.0)

# What the time without data may hide: standard uncertainty of a ratio for one period, from its
# weights above and below the line.
Hidden = Callable[[int, FloatArray, FloatArray], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredTotals:
    """Totals of m meters over n periods, known together, with their standard uncertainties.

    ``total`` and ``u`` have shape (m, n), in kWh or m3; ``u`` is what each meter has for itself.
    ``common_ratio``, shape (g, m), has one row per error that several meters share (one set of
    current transformers, one batch): its relative standard uncertainty for each of them;
    ``common_errors`` are the names of these errors.
    ``flags`` hold, by meter and period, what to beware of. ``sums`` are the named sums of the
    site, ``it_category`` says where E_IT is measured, and ``facts`` what the boundary of a sum
    contains or lacks. ``hidden`` tells what the time without data may hide in a ratio.
    """

    periods: Periods
    sums: Mapping[str, SignedMeters]
    meters: tuple[str, ...]
    total: FloatArray
    u: FloatArray
    covered_s: FloatArray
    bridged_s: FloatArray
    frozen_s: FloatArray
    common_ratio: FloatArray | None = None
    common_errors: tuple[str, ...] = ()
    flags: Mapping[Flag, BoolArray] = field(default_factory=dict)
    doubts: Mapping[Doubt, BoolArray] = field(default_factory=dict)
    hidden: Hidden | None = None
    it_category: int | None = None
    facts: Mapping[str, tuple[BoundaryFact, ...]] = field(default_factory=dict)

    def facts_of(self, sums: tuple[str, ...]) -> tuple[BoundaryFact, ...]:
        """What the boundaries of some sums contain and lack."""
        return tuple(dict.fromkeys(fact for name in sums for fact in self.facts.get(name, ())))

    def sum_of(self, name: str) -> SignedMeters:
        """A named sum; empty when the site has none."""
        return self.sums.get(name, SignedMeters(plus=()))

    def weights(self, sum_: SignedMeters) -> FloatArray:
        """How much one unit of each meter counts in a sum."""
        return sum_.weights(self.meters)

    @property
    def coverage_ratio(self) -> FloatArray:
        """Share of each period for which all meters are known together. [-]"""
        whole_s = self.periods.duration_s
        return np.asarray(self.covered_s / np.where(whole_s > 0.0, whole_s, np.inf))

    @property
    def bridged_ratio(self) -> FloatArray:
        """Share of each period known only by bridging. [-]"""
        whole_s = self.periods.duration_s
        return np.asarray(self.bridged_s / np.where(whole_s > 0.0, whole_s, np.inf))

    def u_parts(
        self,
        plus: FloatArray,
        minus: FloatArray | None = None,
        ratio: FloatArray | float = 0.0,
    ) -> tuple[FloatArray, FloatArray]:
        """Standard uncertainty of a weighted sum: the meters' own part, and the part they share.

        Parameters
        ----------
        plus : float array, shape (m,)
            Weight of each meter.
        minus : float array, shape (m,), optional
            What is taken off it, times the ratio.
        ratio : float array, shape (n,), or float
            By period.

        Returns
        -------
        tuple of float array, shape (n,)
            In the unit of the weighted totals (JCGM 100:2008, 5.1.2 and F.1.2.3).

        Examples
        --------
        PUE 1.3 hangs on the facility by 1 and on IT by -1.3: u^2 = 650^2 + (1.3 x 500)^2.

        >>> totals = totals_of({"facility": (130e3, 650.0), "it": (100e3, 500.0)})
        >>> own, _ = totals.u_parts(np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.3]))
        >>> own.round(1).tolist()
        [919.2]
        """
        own, shared = np.zeros(len(self.periods)), np.zeros(len(self.periods))
        common = np.zeros((0, len(self.meters))) if self.common_ratio is None else self.common_ratio
        by_error = np.zeros((len(common), len(self.periods)))
        less = np.zeros(len(plus)) if minus is None else minus
        # Meters of the same weights are summed once, and not weighted one by one.
        for a, b in sorted(set(zip(plus.tolist(), less.tolist(), strict=True))):
            rows = np.flatnonzero((plus == a) & (less == b))
            weight, u = a - ratio * b, self.u[rows]
            own += np.square(weight) * np.einsum("mn,mn->n", u, u)
            if len(common):
                by_error += weight * (common[:, rows] @ self.total[rows])
        if len(common):
            shared = np.sqrt(np.square(by_error).sum(axis=0))
        return np.sqrt(own), shared

    def with_rows(
        self, rows: Mapping[str, FloatArray], u: Mapping[str, FloatArray] | None = None
    ) -> "MeteredTotals":
        """Add declared or derived quantities, each with its independent standard uncertainty.

        Parameters
        ----------
        rows : mapping of name to float array, shape (n,)
            The quantities, in any unit a ratio may be made of. Names must not be meter ids.
        u : mapping of name to float array, optional
            Their standard uncertainties; a name left out is exact.

        Raises
        ------
        ValueError
            If a name is that of a meter.
        """
        taken = sorted(set(rows) & set(self.meters))
        if taken:
            msg = f"{taken} are meters already; name the declared quantities differently"
            raise ValueError(msg)
        own = u or {}
        nothing = np.zeros(len(self.periods))
        common = self.common_ratio
        if common is not None:
            common = np.hstack([common, np.zeros((len(common), len(rows)))])
        unflagged = np.zeros((len(rows), len(self.periods)), dtype=bool)
        return replace(
            self,
            meters=self.meters + tuple(rows),
            total=np.vstack([self.total, *rows.values()]),
            u=np.vstack([self.u, *(own.get(name, nothing) for name in rows)]),
            common_ratio=common,
            flags={flag: np.vstack([where, unflagged]) for flag, where in self.flags.items()},
        )


def totals_of(
    sums: Mapping[str, tuple[float, float] | float], *, hours: float = 8760.0, coverage: float = 1.0
) -> MeteredTotals:
    """Totals of one period in which each sum is one meter of the same name.

    Parameters
    ----------
    sums : mapping of name to float or (float, float)
        Totals, with their standard uncertainties where these are not zero. [kWh or m3]
    hours : float
        Length of the period, a year by default. [h]
    coverage : float
        Share of it that is covered. [-]

    Examples
    --------
    >>> totals = totals_of({"facility": (130e3, 650.0), "it": 100e3})
    >>> totals.total.tolist(), totals.coverage_ratio.tolist()
    ([[130000.0], [100000.0]], [1.0])
    """
    pairs = [one if isinstance(one, tuple) else (one, 0.0) for one in sums.values()]
    length_us = round(hours * 3_600_000_000)
    return MeteredTotals(
        periods=Periods(start_us=np.array([0]), end_us=np.array([length_us])),
        sums={name: SignedMeters(plus=(name,)) for name in sums},
        meters=tuple(sums),
        total=np.array([[total] for total, _ in pairs], dtype=np.float64).reshape(len(pairs), 1),
        u=np.array([[u] for _, u in pairs], dtype=np.float64).reshape(len(pairs), 1),
        covered_s=np.array([coverage * hours * 3600.0]),
        bridged_s=np.zeros(1),
        frozen_s=np.zeros(1),
    )


def metered_totals(
    meters: tuple[Meter, ...],
    joint: JointCounts,
    volumes: Mapping[str, JointCounts],
    *,
    sums: Mapping[str, SignedMeters],
) -> MeteredTotals:
    """Attach uncertainties to joint counts.

    Parameters
    ----------
    meters : tuple of Meter
        The meters, in the order of ``joint.total``.
    joint : JointCounts
        What they counted over the time known to all of them.
    volumes : mapping of meter id to JointCounts
        Heat [kWh] and volume [m3] of a heat meter over the time for which its two registers are
        known. They serve the uncertainty alone: a meter without them, or of which they are not
        known, has the worst error of its class and is flagged.
    sums : mapping of name to SignedMeters
        The named sums of the site.

    Returns
    -------
    MeteredTotals
        With u from class, step of the register, edges between readings, and what a register does
        not count below its starting rate, in quadrature.

    Notes
    -----
    An error that meters share (``Meter.common_errors``) is rectangular within its MPE like any
    other, but the same for all of them: sums add it linearly and ratios may cancel it. A meter
    that counted nothing may have missed what flows below its starting rate: rectangular between
    nothing and that, u = rate x time / sqrt(3). One that counts now and then is taken to miss
    nothing in between: loads and taps go on and off, they do not stand just below its start.
    """
    covered_h = joint.covered_s / 3600.0
    shape = joint.total.shape
    counted = np.abs(joint.total)
    below, unknown = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    u2 = _electricity_u_ratio(meters)[:, None] * counted
    np.square(u2, out=u2)
    for row, meter in enumerate(meters):
        if isinstance(meter.accuracy, ElectricityAccuracy):
            continue
        volume = volumes.get(meter.id)
        u2[row] = np.square(class_u(meter.accuracy, counted[row], covered_h, volume))
        if isinstance(meter.accuracy, HeatAccuracy):
            below[row], unknown[row] = _heat_flags(meter.accuracy, joint.total[row], volume)
    unmoved = counted == 0.0
    for row in np.flatnonzero(unmoved.any(axis=1)).tolist():
        idle = unmoved[row]
        u2[row, idle] += np.square(meters[row].starting_rate * covered_h[idle] / _SQRT3)
    for further in (joint.step_u, joint.edge_u):
        if further.any():
            u2 += further * further
    return MeteredTotals(
        periods=joint.periods,
        sums=sums,
        meters=tuple(meter.id for meter in meters),
        total=joint.total,
        u=np.sqrt(u2, out=u2),
        covered_s=joint.covered_s,
        bridged_s=joint.bridged_s,
        frozen_s=joint.frozen_s,
        common_ratio=_common_ratio(meters),
        common_errors=_common_names(meters),
        flags={Flag.DT_BELOW_MIN: below, Flag.VOLUME_UNKNOWN: unknown},
    )


def _electricity_u_ratio(meters: tuple[Meter, ...]) -> FloatArray:
    """Relative standard uncertainty of the meters of electricity; 0 for the others."""
    return np.array(
        [
            electricity_u_ratio(one.accuracy)
            if isinstance(one.accuracy, ElectricityAccuracy)
            else 0.0
            for one in meters
        ]
    )


def _heat_flags(
    accuracy: HeatAccuracy, total_kwh: FloatArray, volume: JointCounts | None
) -> tuple[BoolArray, BoolArray]:
    """Where the mean temperature difference is below the approved least, and where not known."""
    if volume is None:
        return np.zeros(len(total_kwh), dtype=bool), total_kwh != 0.0
    heat, m3 = volume.total
    least_kwh = m3 * WATER_KWH_PER_M3_K * accuracy.dt_min_k
    return (m3 > 0.0) & (heat < least_kwh), (m3 <= 0.0) & (total_kwh != 0.0)


def _common_names(meters: tuple[Meter, ...]) -> tuple[str, ...]:
    names = (error.name for meter in meters for error in meter.common_errors)
    return tuple(dict.fromkeys(names))


def _common_ratio(meters: tuple[Meter, ...]) -> FloatArray | None:
    names = _common_names(meters)
    if not names:
        return None
    row_of = {name: row for row, name in enumerate(names)}
    ratio = np.zeros((len(names), len(meters)))
    for column, meter in enumerate(meters):
        for error in meter.common_errors:
            ratio[row_of[error.name], column] = error.mpe_ratio / _SQRT3
    return ratio
