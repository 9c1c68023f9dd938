"""What else says how much a meter must have counted: its gauge, what is inside it, its node."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from models.metering.tree import SOURCES, Meter, MeterTree, Role
from models.metering.uncertainty import (
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    electricity_u_ratio,
    heat_u_ratio,
    volume_u_ratio,
)
from models.readings import FloatArray, IntArray
from models.registers.gauges import GaugeTotals
from models.registers.standstill import SaysLeast, Witness
from models.registers.trace import RegisterTrace

# Three standard uncertainties: one sound witness in 700 says more than was counted.
_CERTAIN_U = 3.0
# A power gauge shares its meter's transformers and errs by its own class beside it.
_GAUGE_TIMES = sqrt(2.0)
# A gauge that was known for less of a step than this says nothing of the whole of it.
_LEAST_KNOWN = 0.99
# Double conversion from full load to a quarter, boards and transformers, cables behind a UPS: the
# most of what enters that may be lost (the defaults of models.balance.node).
_MOST_LOST = {Role.UPS_INPUT: 0.12}
_MOST_LOST_ELSEWHERE = 0.02
# A heat meter's class error at a usual difference and flow.
_USUAL_DROP_K, _USUAL_FLOW_RATIO = 8.0, 0.6


def usual_u_ratio(meter: Meter) -> float:
    """Relative standard uncertainty of a meter by its class, at a usual working point. [-]"""
    accuracy = meter.accuracy
    match accuracy:
        case ElectricityAccuracy():
            return electricity_u_ratio(accuracy)
        case VolumeAccuracy():
            return volume_u_ratio(accuracy, np.inf)
        case HeatAccuracy():
            return heat_u_ratio(accuracy, _USUAL_DROP_K, _USUAL_FLOW_RATIO * accuracy.qp_m3_per_h)


def gauge_witness(meter: Meter, gauge: GaugeTotals) -> Witness:
    """A meter's own power gauge, summed over the steps in which it was known throughout.

    Parameters
    ----------
    meter : Meter
        Its class tells how far the gauge may err.
    gauge : GaugeTotals
        The gauge over consecutive steps, from every reading. [kW]

    Returns
    -------
    Witness
        The least that was counted, three standard uncertainties below the gauge. [kWh]

    Notes
    -----
    A step counts at the least power that stood in it, not at its mean: what happens between two
    polls is not known. Nor does a reading bear witness for as long as one of a gauge that is read
    by the hour stands: its loose time is not known here.

    Examples
    --------
    >>> from models.registers.gauges import gauge_totals
    >>> from models.registers.periods import Periods
    >>> from models.registers.samples import Samples
    >>> hours = np.arange(3) * 3_600_000_000
    >>> showed = gauge_totals(
    ...     Samples(ts_us=hours, value=np.array([100.0, 80.0, 90.0])), Periods.between(hours),
    ...     hold_us=3_600_000_000,
    ... )
    >>> meter = Meter(
    ...     id="ups", role=Role.UPS_OUTPUT, point="ups.energy",
    ...     accuracy=ElectricityAccuracy(mpe_ratio=0.01),
    ... )
    >>> gauge_witness(meter, showed).least.round(1).tolist()
    [0.0, 97.6, 175.6]
    """
    certain = max(1.0 - _CERTAIN_U * _GAUGE_TIMES * usual_u_ratio(meter), 0.0)
    known = gauge.firm_ratio >= _LEAST_KNOWN
    least_kw = np.where(known & (gauge.minimum > 0.0), gauge.minimum, 0.0)
    least_kwh = np.concatenate([[0.0], np.cumsum(least_kw * gauge.periods.duration_s / 3600.0)])
    edges = np.append(gauge.periods.start_us, gauge.periods.end_us[-1:])
    return Witness(name="gauge", ts_us=edges, least=certain * least_kwh)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """A meter that counts, with the certain share of it."""

    trace: RegisterTrace
    u_ratio: float

    def least(self, start_us: IntArray, end_us: IntArray) -> FloatArray:
        """What it counted at least between some instants; nothing where it is not known."""
        gain = self._gain(start_us, end_us, inside=True)
        return np.asarray(np.maximum(gain * (1.0 - _CERTAIN_U * self.u_ratio) - self._slack, 0.0))

    def most(self, start_us: IntArray, end_us: IntArray) -> FloatArray:
        """What it counted at most between some instants; without bound where it is not known."""
        gain = self._gain(start_us, end_us, inside=False)
        return gain * (1.0 + _CERTAIN_U * self.u_ratio) + self._slack

    @property
    def _slack(self) -> float:
        trace = self.trace
        return 2.0 * float(trace.register.step_at(trace.level[-1:])[0]) if len(trace.level) else 0.0

    def _gain(self, start_us: IntArray, end_us: IntArray, *, inside: bool) -> FloatArray:
        trace, n = self.trace, len(self.trace.ts_us)
        otherwise = 0.0 if inside else np.inf
        if n == 0:
            return np.full(len(start_us), otherwise)
        if inside:
            first = np.searchsorted(trace.ts_us, start_us, side="left")
            last = np.searchsorted(trace.ts_us, end_us, side="right") - 1
        else:
            first = np.searchsorted(trace.ts_us, start_us, side="right") - 1
            last = np.searchsorted(trace.ts_us, end_us, side="left")
        found = (first >= 0) & (last < n) & (last >= first)
        i, j = np.clip(first, 0, n - 1), np.clip(last, 0, n - 1)
        found &= trace.segment[i] == trace.segment[j]
        return np.asarray(np.where(found, trace.level[j] - trace.level[i], otherwise))


@dataclass(frozen=True, slots=True, kw_only=True)
class MetersInside:
    """The meters inside one: what they counted, it counted too."""

    inside: tuple[_Counted, ...]

    def least_between(self, start_us: IntArray, end_us: IntArray) -> FloatArray:
        """The least counted between some instants."""
        return np.asarray(np.sum([one.least(start_us, end_us) for one in self.inside], axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAround:
    """A complete node: what enters, less its losses, and is not in the others is in this one."""

    inputs: tuple[_Counted, ...]
    others: tuple[_Counted, ...]
    most_lost_ratio: float

    def least_between(self, start_us: IntArray, end_us: IntArray) -> FloatArray:
        """The least counted between some instants."""
        entered = np.sum([one.least(start_us, end_us) for one in self.inputs], axis=0)
        rest = entered * (1.0 - self.most_lost_ratio)
        for other in self.others:
            rest = rest - other.most(start_us, end_us)
        return np.asarray(np.maximum(rest, 0.0))


def meters_beside(meter: Meter, tree: MeterTree) -> tuple[Meter, ...]:
    """The meters that may bear witness to one: those inside it, and those of its node."""
    beside = [one for one in tree.children(meter.id) if not one.net]
    node = meter.inside
    if node is not None and tree.is_complete(node):
        beside += feeding(node, tree)
        beside += [one for one in tree.children(node) if one.id != meter.id]
    return tuple(beside)


def feeding(node: str, tree: MeterTree) -> list[Meter]:
    """The meter of a node, or for a bus every source."""
    parent = tree.meters.get(node)
    return [parent] if parent else [tree.meters[one] for one in tree.with_role(*SOURCES)]


def witnesses_of(
    meter: Meter,
    tree: MeterTree,
    traces: Mapping[str, RegisterTrace],
    powers: Sequence[GaugeTotals],
) -> Iterator[SaysLeast]:
    """Everything that says how much one meter must have counted.

    Parameters
    ----------
    meter : Meter
        The meter.
    tree : MeterTree
        What stands inside what, and where nothing is left unmetered.
    traces : mapping of register key to RegisterTrace
        The meters by continuity alone.
    powers : sequence of GaugeTotals
        Its own power over consecutive steps, as often as it is known. [kW]
    """
    for power in powers:
        if len(power):
            yield gauge_witness(meter, power)

    def counted(meters: Sequence[Meter]) -> tuple[_Counted, ...]:
        return tuple(
            _Counted(trace=traces[one.point], u_ratio=usual_u_ratio(one))
            for one in meters
            if one.point in traces
        )

    inside = counted([one for one in tree.children(meter.id) if not one.net])
    if inside:
        yield MetersInside(inside=inside)
    node = meter.inside
    if node is None or not tree.is_complete(node):
        return
    parent, inputs = tree.meters.get(node), feeding(node, tree)
    others = [one for one in tree.children(node) if one.id != meter.id]
    entering, siblings = counted(inputs), counted(others)
    if len(entering) == len(inputs) and len(siblings) == len(others):
        lost = _MOST_LOST.get(parent.role, _MOST_LOST_ELSEWHERE) if parent else _MOST_LOST_ELSEWHERE
        yield NodeAround(inputs=entering, others=siblings, most_lost_ratio=lost)
