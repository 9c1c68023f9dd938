"""What may be wrong with a meter, each as the counts it would then have had.

Every fault may have been there all the time, or in a stretch of it, which is found with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.balance.fault_kinds import FaultKind
from models.balance.imbalance import LEAST_STEPS, scatter, series
from models.balance.increments import Increments
from models.balance.node import BalanceNode, BalanceVerdict, node_balance
from models.balance.single_meters import STILL_STEPS
from models.balance.stretches import LEAST_STRETCH, correction_stretch, scale_stretch
from models.readings import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """A fault of some meters, and all counts without it.

    ``until_step`` is the first step after it, None when it lasts. ``node`` is set when the fault is
    the node's own, a load without a meter: its counts are right.
    """

    meters: tuple[str, ...]
    kind: FaultKind
    size: float
    value: FloatArray
    since_step: int = 0
    until_step: int | None = None
    node: BalanceNode | None = None


# One of three phases counts backwards: 1 + 1 - 1 of 3 is read.
_REVERSED_FACTOR = 3.0
_REVERSED_TOLERANCE = 0.15
_NOTHING_FACTOR = 0.08
# A heat meter set to water reads 3 to 18 % too much in the usual mixtures.
_GLYCOL_FACTOR = (0.85, 0.97)
_LEAST_SCALE_ERROR = 0.10
_LEAST_DRIFT = 0.02
# An exchange must take this share out of the residuals' variance to be looked at more closely.
_WORTH_A_LOOK = 0.5


def hypotheses(
    nodes: Sequence[BalanceNode], increments: Increments, touched: set[str]
) -> Iterator[Hypothesis]:
    """All hypotheses about meters, of which at least one is touched by an imbalance."""
    for meter in increments.meters:
        if meter in touched:
            yield from _of_scale(nodes, increments, meter)
            yield from _of_drift(nodes, increments, meter)
            yield from _of_clock(increments, meter)
            yield from _of_still(nodes, increments, meter)
    yield from _of_swap(nodes, increments, touched)


def _sides(nodes: Sequence[BalanceNode], meter: str) -> Iterator[tuple[BalanceNode, float]]:
    for node in nodes:
        if meter in node.inputs:
            yield node, 1.0
        elif meter in node.outputs:
            yield node, -1.0


def _wanted(
    nodes: Sequence[BalanceNode], increments: Increments, meter: str
) -> tuple[NDArray[np.int64], FloatArray, FloatArray] | None:
    """Steps known to all, counts of a meter, and what its nodes would want them to be.

    Each node wants the residual to be the middle of its losses. Nodes are weighed by how well
    they know.
    """
    row = int(increments.rows([meter])[0])
    asked, weight = np.zeros(increments.value.shape[1]), np.zeros(increments.value.shape[1])
    for node, sign in _sides(nodes, meter):
        known, entered, residual = series(node, increments)
        if not len(known):
            continue
        every = increments.rows(node.inputs + node.outputs)
        loss = 0.5 * (node.loss_min_ratio + node.loss_max_ratio)
        means = increments.value[every][:, known].mean(axis=1)
        u = np.sqrt(np.square(increments.u_ratio[every] * means).sum())
        u = np.hypot(u, 0.3 * (node.loss_max_ratio - node.loss_min_ratio) * np.mean(entered))
        if u > 0.0:
            asked[known] += sign * (loss * entered - residual) / u**2
            weight[known] += 1.0 / u**2
    steps = np.flatnonzero((weight > 0.0) & np.isfinite(increments.value[row]))
    if len(steps) < LEAST_STEPS:
        return None
    x = increments.value[row][steps]
    return steps, x, x + asked[steps] / weight[steps]


def _of_scale(
    nodes: Sequence[BalanceNode], increments: Increments, meter: str
) -> Iterator[Hypothesis]:
    known = _wanted(nodes, increments, meter)
    if known is None or not (known[1] > 0.0).any():
        return
    steps, x, wanted = known
    row = int(increments.rows([meter])[0])
    found = _scaled(increments, row, float(x @ wanted / (x @ x)), slice(0, None))
    if found is not None:
        yield found
    stretch = scale_stretch(x, wanted - x)
    if stretch is not None:
        lasts = stretch.end == len(steps)
        within = slice(int(steps[stretch.first]), None if lasts else int(steps[stretch.end]))
        found = _scaled(increments, row, stretch.factor, within)
        # A load that came or went is no meter counted twice.
        if found is not None and found.kind is not FaultKind.DOUBLED:
            yield found


def _scaled(increments: Increments, row: int, factor: float, within: slice) -> Hypothesis | None:
    heat = bool(increments.heat[row])
    # The true factor of a reversed phase is known: a third was read.
    if abs(factor / _REVERSED_FACTOR - 1.0) < _REVERSED_TOLERANCE and not heat:
        kind, factor = FaultKind.REVERSED_CT, _REVERSED_FACTOR
    elif abs(factor) < _NOTHING_FACTOR:
        kind, factor = FaultKind.DOUBLED, 0.0
    elif heat and _GLYCOL_FACTOR[0] <= factor <= _GLYCOL_FACTOR[1]:
        kind = FaultKind.GLYCOL
    elif factor > 0.0 and abs(factor - 1.0) >= _LEAST_SCALE_ERROR:
        kind = FaultKind.WRONG_SCALE
    else:
        return None
    value = increments.value.copy()
    value[row, within] *= factor
    return Hypothesis(
        meters=(increments.meters[row],),
        kind=kind,
        size=factor,
        value=value,
        since_step=int(within.start),
        until_step=within.stop,
    )


def _of_still(
    nodes: Sequence[BalanceNode], increments: Increments, meter: str
) -> Iterator[Hypothesis]:
    """A meter that stood still longer than ever else, though its nodes want it to count.

    It may as well have had nothing to count: what its nodes want must never be less than nothing.
    What it counts in the step after may be all that it did not count before.
    """
    row = int(increments.rows([meter])[0])
    known = _wanted(nodes, increments, meter)
    first, end = _longest_run(increments.value[row] == 0.0)
    if known is None or end - first < STILL_STEPS:
        return
    steps, _, wanted = known
    during = wanted[(steps >= first) & (steps < end)]
    if not len(during) or during.mean() <= 0.0 or during.min() < -0.5 * during.mean():
        return
    value = increments.value.copy()
    corrected = (steps >= first) & (steps <= end)
    value[row, steps[corrected]] = np.maximum(wanted[corrected], 0.0)
    yield Hypothesis(
        meters=(meter,),
        kind=FaultKind.DEAD,
        size=float(end - first),
        value=value,
        since_step=first,
        until_step=None if end == value.shape[1] else end,
    )


def _longest_run(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """First and end of the longest run of true entries; of equal ones the first."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    runs = edges.reshape(-1, 2)
    first, end = runs[int(np.argmax(runs[:, 1] - runs[:, 0]))]
    return int(first), int(end)


def _of_drift(
    nodes: Sequence[BalanceNode], increments: Increments, meter: str
) -> Iterator[Hypothesis]:
    """A gain that grows evenly from a step on, found by trying where it began."""
    known = _wanted(nodes, increments, meter)
    if known is None:
        return
    steps, x, wanted = known
    best: tuple[float, float, int] | None = None
    for start in range(0, increments.value.shape[1] - LEAST_STEPS, LEAST_STRETCH):
        basis = np.stack([x, x * np.maximum(steps - start, 0)], axis=1)
        fit, *_ = np.linalg.lstsq(basis, wanted, rcond=None)
        error = float(np.square(wanted - basis @ fit).sum())
        if best is None or error < best[0]:
            best = (error, float(fit[1]), start)
    if best is None:
        return
    _, slope, start = best
    correction = 1.0 + slope * np.maximum(np.arange(increments.value.shape[1]) - start, 0)
    if correction[-1] <= 0.0 or abs(1.0 / correction[-1] - 1.0) < _LEAST_DRIFT:
        return
    value = increments.value.copy()
    value[increments.rows([meter])[0]] *= correction
    yield Hypothesis(
        meters=(meter,),
        kind=FaultKind.DRIFTING,
        size=float(1.0 / correction[-1] - 1.0),
        value=value,
        since_step=start,
    )


def _moved(increments: Increments, row: int, lag: int, start: int) -> FloatArray:
    """Counts with one row moved by a lag from a step on; what rolls in is not known."""
    value = increments.value.copy()
    value[row, start:] = np.roll(increments.value[row], -lag)[start:]
    value[row, -abs(lag) :] = np.nan
    value[row, : abs(lag)] = np.nan
    return value


def _of_clock(increments: Increments, meter: str) -> Iterator[Hypothesis]:
    """A clock an hour early or late, from the start or from a night on."""
    row = int(increments.rows([meter])[0])
    hour = round(1.0 / increments.step_h)
    steps = increments.value.shape[1]
    for lag in (-hour, hour):
        for start in range(0, max(steps - 12 * hour, 1), 6 * hour):
            yield Hypothesis(
                meters=(meter,),
                kind=FaultKind.CLOCK_SHIFT,
                size=lag * increments.step_h,
                value=_moved(increments, row, lag, start),
                since_step=start,
            )


def refined_clock(
    hypothesis: Hypothesis, nodes: Sequence[BalanceNode], increments: Increments
) -> Hypothesis:
    """The hour at which a clock shift began, to the step: tried every six hours before."""
    if hypothesis.kind is not FaultKind.CLOCK_SHIFT:
        return hypothesis
    hour = round(1.0 / increments.step_h)
    row = int(increments.rows(hypothesis.meters)[0])
    touching = [node for node, _ in _sides(nodes, hypothesis.meters[0])]
    lag = round(hypothesis.size / increments.step_h)
    around = range(
        max(hypothesis.since_step - 8 * hour, 0), hypothesis.since_step + 8 * hour + 1, hour
    )

    def roughness(start: int) -> float:
        counts = increments.with_value(_moved(increments, row, lag, start))
        return sum(scatter(node, counts) / node.scatter_ratio for node in touching)

    best = min(around, key=roughness)
    return replace(hypothesis, since_step=best)


def _of_swap(
    nodes: Sequence[BalanceNode], increments: Increments, touched: set[str]
) -> Iterator[Hypothesis]:
    """Two meters of one kind that took each other's place, not inside one sum."""
    places = {
        meter: tuple((node.name, side) for node, side in _sides(nodes, meter))
        for meter in increments.meters
    }
    for a, b in combinations(increments.meters, 2):
        row_a, row_b = increments.rows([a, b])
        same_kind = increments.heat[row_a] == increments.heat[row_b]
        if not same_kind or places[a] == places[b] or not {a, b} & touched:
            continue
        value = increments.value.copy()
        value[[row_a, row_b]] = value[[row_b, row_a]]
        whole = Hypothesis(meters=(a, b), kind=FaultKind.SWAPPED, size=1.0, value=value)
        yield whole
        changed = [node for node in nodes if {a, b} & set(node.inputs + node.outputs)]
        stretch = correction_stretch(changed, increments, value, most_left_ratio=_WORTH_A_LOOK)
        if stretch is not None:
            part = increments.value.copy()
            part[:, stretch.first : stretch.end] = value[:, stretch.first : stretch.end]
            lasts = stretch.end == value.shape[1]
            yield replace(
                whole,
                value=part,
                since_step=stretch.first,
                until_step=None if lasts else stretch.end,
            )


def load_of(node: BalanceNode, increments: Increments) -> Hypothesis | None:
    """A load without a meter behind a node that loses more than it may, all the time or since.

    It is judged by what it leaves of the shape: a load of its own may have any level, but the
    rest must be as smooth as a sound node.
    """
    if node_balance(node, increments).verdict is not BalanceVerdict.LOST:
        return None
    steps, entered, residual = series(node, increments)
    excess = residual - 0.5 * (node.loss_min_ratio + node.loss_max_ratio) * entered
    since = 0
    if scatter(node, increments) > node.scatter_ratio:
        since = _level_onset(steps, excess)
    size_kwh = float(excess[steps >= since].mean())
    if size_kwh <= node.scatter_ratio * float(np.mean(entered)):
        return None
    single = len(node.inputs) == 1
    return Hypothesis(
        meters=node.inputs if single else (node.name,),
        kind=FaultKind.UPS_FED_LOAD if single else FaultKind.UNMETERED_LOAD,
        size=size_kwh / increments.step_h,
        value=increments.value,
        since_step=since,
        node=node,
    )


def _level_onset(steps: NDArray[np.int64], excess: FloatArray) -> int:
    """The step from which on a series keeps another level; 0 with too few."""
    stretch = scale_stretch(np.ones(len(excess)), excess, lasting=True)
    return 0 if stretch is None else int(steps[stretch.first])
