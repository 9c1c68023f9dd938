"""Names the meter at fault, and the fault: the simplest error that makes every node balance.

First what one meter shows by itself: it is silent, it stands still, it repeats yesterday. Then
what only the nodes show. Each hypothesis (this meter reads a third, these two are exchanged, that
one drifts, ...) corrects the counts and is judged by how well all nodes balance after it. The
best one is named; another meter that does as well makes it ambiguous, and both are named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.diagnostics.balance import BalanceNode, BalanceVerdict, node_balance
from models.diagnostics.increments import Increments
from models.readings import FloatArray


class FaultKind(StrEnum):
    """What is wrong with a meter, or with what is known of it."""

    MISSING = "missing"
    DEAD = "dead"
    REPEATED = "repeated"
    DOUBLED = "doubled"
    SWAPPED = "swapped"
    REVERSED_CT = "reversed_ct"
    WRONG_SCALE = "wrong_scale"
    GLYCOL = "glycol"
    DRIFTING = "drifting"
    CLOCK_SHIFT = "clock_shift"
    UPS_FED_LOAD = "ups_fed_load"
    UNMETERED_LOAD = "unmetered_load"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One meter and the fault that explains what was seen.

    ``meters`` are two for SWAPPED, and the node's parent for a load without meter. ``since_step``
    is the first step the fault shows. ``size`` is in the fault's own terms: the factor that
    corrects a scale, the relative error at the end of a drift, hours of a clock shift, kW of a load
    without meter. ``explained_ratio`` is the share of all imbalance that the hypothesis removes;
    ``ambiguous`` that another one removes as much.
    """

    meters: tuple[str, ...]
    kind: FaultKind
    since_step: int
    size: float
    explained_ratio: float
    nodes: tuple[str, ...] = ()
    ambiguous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hypothesis:
    meters: tuple[str, ...]
    kind: FaultKind
    size: float
    value: FloatArray
    since_step: int = 0


_LEAST_STEPS = 24
_STILL_STEPS = 6
_SILENT_RATIO = 0.5
_DAY_H = 24.0
_SOUND_COST = 1.0
# A correction explains the fault from this share of the imbalance on.
_EXPLAINED = 0.85
# Another meter that leaves less than so many times the rest of the best one does as well.
_AS_GOOD = 2.0
_REVERSED_FACTOR = 3.0
_GLYCOL_FACTOR = (0.85, 0.97)
_LEAST_SCALE_ERROR = 0.10
_LEAST_DRIFT = 0.02


def diagnose(nodes: Sequence[BalanceNode], increments: Increments) -> tuple[Suspect, ...]:
    """Suspects of a stretch of time, the surest first.

    Parameters
    ----------
    nodes : sequence of BalanceNode
        Electrical and thermal nodes; each names meters of ``increments``.
    increments : Increments
        Hourly counts of a few days up to a few weeks, at least a day.

    Returns
    -------
    tuple of Suspect
        Empty when all nodes balance and every meter moves.

    Raises
    ------
    ValueError
        If a node names a meter without counts, or there is less than a day of steps.

    Examples
    --------
    One of two meters behind a board reads a third of its load:

    >>> hours = np.arange(48)
    >>> a, b = 30.0 + 5.0 * np.sin(hours / 4.0), 20.0 + 3.0 * np.cos(hours / 5.0)
    >>> counts = Increments(
    ...     meters=("in", "a", "b"), value=np.stack([a + b, a, b / 3.0]),
    ...     u_ratio=np.full(3, 0.0058), resolution=np.zeros(3), heat=np.zeros(3, bool),
    ... )
    >>> board = BalanceNode(
    ...     name="board", inputs=("in",), outputs=("a", "b"), loss_min_ratio=0.0,
    ...     loss_max_ratio=0.02,
    ... )
    >>> (found,) = diagnose((board,), counts)
    >>> found.meters, found.kind.value, round(found.size, 1)
    (('b',), 'reversed_ct', 3.0)
    """
    if increments.value.shape[1] * increments.step_h < _DAY_H:
        msg = f"a diagnosis needs a day of steps, got {increments.value.shape[1]}"
        raise ValueError(msg)
    alone = tuple(_seen_alone(nodes, increments))
    silent = {meter for suspect in alone for meter in suspect.meters}
    judged = [node for node in nodes if not silent & set(node.inputs + node.outputs)]
    return alone + _seen_by_nodes(judged, increments)


def _seen_alone(nodes: Sequence[BalanceNode], increments: Increments) -> Iterator[Suspect]:
    """Silent, still or repeating meters."""
    day = round(_DAY_H / increments.step_h)
    for row, meter in enumerate(increments.meters):
        value = increments.value[row]
        within = tuple(n.name for n in nodes if meter in n.inputs + n.outputs)
        unknown = ~np.isfinite(value)
        if unknown[-day:].mean() >= _SILENT_RATIO:
            since = int(np.flatnonzero(~unknown)[-1]) + 1 if (~unknown).any() else 0
            yield _alone(meter, FaultKind.MISSING, since, float(unknown.mean()), within)
            continue
        still = _trailing(value == 0.0)
        if still >= _STILL_STEPS and _others_move(nodes, increments, meter, still):
            yield _alone(meter, FaultKind.DEAD, len(value) - still, float(still), within)
            continue
        repeated = _repeated_steps(value, day)
        if repeated:
            yield _alone(meter, FaultKind.REPEATED, len(value) - repeated, float(repeated), within)


def _alone(meter: str, kind: FaultKind, since: int, size: float, nodes: tuple[str, ...]) -> Suspect:
    return Suspect(
        meters=(meter,), kind=kind, since_step=since, size=size, explained_ratio=1.0, nodes=nodes
    )


def _trailing(flags: NDArray[np.bool_]) -> int:
    """How many of the last entries are all true."""
    false = np.flatnonzero(~flags)
    return len(flags) if len(false) == 0 else len(flags) - 1 - int(false[-1])


def _others_move(
    nodes: Sequence[BalanceNode], increments: Increments, meter: str, still: int
) -> bool:
    """Whether a meter that stands still is contradicted: its node loses or gains by it."""
    for node in nodes:
        if meter not in node.inputs + node.outputs:
            continue
        late = increments.with_value(increments.value[:, -still:])
        verdict = node_balance(node, late).verdict
        wanted = BalanceVerdict.GAINED if meter in node.inputs else BalanceVerdict.LOST
        if verdict is wanted:
            return True
    return False


def _repeated_steps(value: FloatArray, day: int) -> int:
    """Length of a run at the end that copies the day before it, to the last digit."""
    if len(value) < 2 * day:
        return 0
    same = value[day:] == value[:-day]
    run = _trailing(same)
    moving = np.unique(value[len(value) - run :]).size if run else 0
    return run if run >= day and moving > day // 2 else 0


def _seen_by_nodes(nodes: Sequence[BalanceNode], increments: Increments) -> tuple[Suspect, ...]:
    before = [_node_cost(node, increments) for node in nodes]
    total = sum(before)
    if total <= _SOUND_COST:
        return ()
    off = [node for node, cost in zip(nodes, before, strict=True) if cost > 0.1 * _SOUND_COST]
    touched = {meter for node in off for meter in node.inputs + node.outputs}
    judged = [
        (hypothesis, _cost_after(hypothesis, nodes, before, increments))
        for hypothesis in _hypotheses(nodes, increments, touched)
    ]
    judged += [
        (hypothesis, total - before[nodes.index(node)] + _shape_cost(node, increments))
        for node in off
        if (hypothesis := _of_load(node, increments)) is not None
    ]
    good = [(h, cost) for h, cost in judged if cost <= (1.0 - _EXPLAINED) * total]
    good.sort(key=lambda pair: (max(pair[1], _SOUND_COST), _RANK[pair[0].kind], pair[1]))
    named = [(_refined_start(h, nodes, increments), cost) for h, cost in _as_good(good)]
    return tuple(
        Suspect(
            meters=hypothesis.meters,
            kind=hypothesis.kind,
            since_step=hypothesis.since_step,
            size=hypothesis.size,
            explained_ratio=1.0 - cost / total,
            nodes=tuple(node.name for node in off),
            ambiguous=len(named) > 1,
        )
        for hypothesis, cost in named
    )


def _as_good(good: Sequence[tuple[_Hypothesis, float]]) -> list[tuple[_Hypothesis, float]]:
    """The best hypothesis, and those of other meters that are as specific and do as well."""
    named: list[tuple[_Hypothesis, float]] = []
    for hypothesis, cost in good:
        if named:
            best, least = named[0]
            known = any(set(hypothesis.meters) & set(other.meters) for other, _ in named)
            vaguer = _RANK[hypothesis.kind] > _RANK[best.kind]
            if known or vaguer or cost > max(_AS_GOOD * least, _SOUND_COST):
                continue
        named.append((hypothesis, cost))
    return named


# Of explanations that do equally well the more specific one is the likelier.
_RANK = {
    FaultKind.SWAPPED: 0,
    FaultKind.CLOCK_SHIFT: 0,
    FaultKind.REVERSED_CT: 1,
    FaultKind.DOUBLED: 1,
    FaultKind.GLYCOL: 2,
    FaultKind.DRIFTING: 3,
    FaultKind.UPS_FED_LOAD: 3,
    FaultKind.UNMETERED_LOAD: 4,
    FaultKind.WRONG_SCALE: 5,
}


def _node_cost(node: BalanceNode, counts: Increments) -> float:
    """Imbalance of a node: of its level, outside three uncertainties, and of its shape.

    A sound node costs nothing.
    """
    balance = node_balance(node, counts)
    if balance.verdict is BalanceVerdict.UNKNOWN:
        return 0.0
    level = max(balance.excess_u - 3.0, 0.0)
    return level**2 + _shape_cost(node, counts)


def _shape_cost(node: BalanceNode, counts: Increments) -> float:
    return max(_scatter(node, counts) / node.scatter_ratio - 1.0, 0.0) ** 2


def _cost_after(
    hypothesis: _Hypothesis,
    nodes: Sequence[BalanceNode],
    before: Sequence[float],
    increments: Increments,
) -> float:
    """Cost of all nodes with the counts of a hypothesis; only its meters' nodes change."""
    counts = increments.with_value(hypothesis.value)
    changed = set(hypothesis.meters)
    return sum(
        _node_cost(node, counts) if changed & set(node.inputs + node.outputs) else cost
        for node, cost in zip(nodes, before, strict=True)
    )


def _scatter(node: BalanceNode, counts: Increments) -> float:
    """Standard deviation of the residual around its best straight line in the load, over input."""
    entered, residual = _series(node, counts)
    if len(entered) < _LEAST_STEPS:
        return 0.0
    basis = np.stack([entered, np.ones(len(entered))], axis=1)
    fit, *_ = np.linalg.lstsq(basis, residual, rcond=None)
    rest = residual - basis @ fit
    step_noise = float(np.sqrt(np.square(counts.resolution).sum() / 6.0))
    return max(float(np.std(rest)) - step_noise, 0.0) / float(np.mean(np.abs(entered)) or 1.0)


def _series(node: BalanceNode, counts: Increments) -> tuple[FloatArray, FloatArray]:
    into, out = counts.rows(node.inputs), counts.rows(node.outputs)
    known = np.isfinite(counts.value[np.concatenate([into, out])]).all(axis=0)
    entered = counts.value[into][:, known].sum(axis=0)
    return entered, entered - counts.value[out][:, known].sum(axis=0)


def _hypotheses(
    nodes: Sequence[BalanceNode], increments: Increments, touched: set[str]
) -> Iterator[_Hypothesis]:
    for meter in increments.meters:
        if meter in touched:
            yield from _of_scale(nodes, increments, meter)
            yield from _of_drift(nodes, increments, meter)
            yield from _of_clock(increments, meter)
    yield from _of_swap(nodes, increments, touched)


def _sides(nodes: Sequence[BalanceNode], meter: str) -> Iterator[tuple[BalanceNode, float]]:
    for node in nodes:
        if meter in node.inputs:
            yield node, 1.0
        elif meter in node.outputs:
            yield node, -1.0


def _wanted(
    nodes: Sequence[BalanceNode], increments: Increments, meter: str
) -> tuple[FloatArray, FloatArray] | None:
    """Counts of a meter, and what its nodes would want them to be, at the steps known to all.

    Each node wants the residual to be the middle of its losses. Nodes are weighed by how well
    they know.
    """
    row = int(increments.rows([meter])[0])
    asked, weight = np.zeros(increments.value.shape[1]), np.zeros(increments.value.shape[1])
    for node, sign in _sides(nodes, meter):
        every = increments.rows(node.inputs + node.outputs)
        values = increments.value[every]
        known = np.isfinite(values).all(axis=0)
        entered = values[: len(node.inputs)].sum(axis=0)
        residual = entered - values[len(node.inputs) :].sum(axis=0)
        loss = 0.5 * (node.loss_min_ratio + node.loss_max_ratio)
        u = np.sqrt(np.square(increments.u_ratio[every] * np.nanmean(values, axis=1)).sum())
        u = np.hypot(u, 0.3 * (node.loss_max_ratio - node.loss_min_ratio) * np.nanmean(entered))
        gap = sign * (loss * entered - residual)
        asked[known] += gap[known] / u**2
        weight[known] += 1.0 / u**2
    known = (weight > 0.0) & np.isfinite(increments.value[row])
    if known.sum() < _LEAST_STEPS:
        return None
    x = increments.value[row][known]
    return x, x + asked[known] / weight[known]


def _of_scale(
    nodes: Sequence[BalanceNode], increments: Increments, meter: str
) -> Iterator[_Hypothesis]:
    pair = _wanted(nodes, increments, meter)
    row = int(increments.rows([meter])[0])
    if pair is None or not (pair[0] > 0.0).any():
        return
    x, wanted = pair
    factor = float(x @ wanted / (x @ x))
    # The true factor of a reversed phase is known: a third was read.
    if abs(factor / _REVERSED_FACTOR - 1.0) < 0.15 and not increments.heat[row]:
        yield _scaled(increments, row, _REVERSED_FACTOR, FaultKind.REVERSED_CT)
    elif abs(factor) < 0.08:
        yield _scaled(increments, row, 0.0, FaultKind.DOUBLED)
    elif increments.heat[row] and _GLYCOL_FACTOR[0] <= factor <= _GLYCOL_FACTOR[1]:
        yield _scaled(increments, row, factor, FaultKind.GLYCOL)
    elif factor > 0.0 and abs(factor - 1.0) >= _LEAST_SCALE_ERROR:
        yield _scaled(increments, row, factor, FaultKind.WRONG_SCALE)


def _scaled(increments: Increments, row: int, factor: float, kind: FaultKind) -> _Hypothesis:
    value = increments.value.copy()
    value[row] *= factor
    return _Hypothesis(meters=(increments.meters[row],), kind=kind, size=factor, value=value)


def _of_drift(
    nodes: Sequence[BalanceNode], increments: Increments, meter: str
) -> Iterator[_Hypothesis]:
    """A gain that grows evenly from a step on, found by trying where it began."""
    pair = _wanted(nodes, increments, meter)
    row = int(increments.rows([meter])[0])
    if pair is None or len(pair[0]) < increments.value.shape[1]:
        return
    x, wanted = pair
    steps = np.arange(len(x), dtype=float)
    best: tuple[float, float, float, int] | None = None
    for start in range(0, len(x) - _LEAST_STEPS, 12):
        since = np.maximum(steps - start, 0.0)
        basis = np.stack([x, x * since], axis=1)
        fit, *_ = np.linalg.lstsq(basis, wanted, rcond=None)
        error = float(np.square(wanted - basis @ fit).sum())
        if best is None or error < best[0]:
            best = (error, float(fit[0]), float(fit[1]), start)
    if best is None:
        return
    _, _, slope, start = best
    correction = 1.0 + slope * np.maximum(steps - start, 0.0)
    drifted = float(1.0 / correction[-1] - 1.0)
    if abs(drifted) < _LEAST_DRIFT or (correction <= 0.0).any():
        return
    value = increments.value.copy()
    value[row] *= correction
    yield _Hypothesis(
        meters=(meter,), kind=FaultKind.DRIFTING, size=drifted, value=value, since_step=start
    )


def _refined_start(
    hypothesis: _Hypothesis, nodes: Sequence[BalanceNode], increments: Increments
) -> _Hypothesis:
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
        return sum(_scatter(node, counts) / node.scatter_ratio for node in touching)

    best = min(around, key=roughness)
    return replace(hypothesis, since_step=best)


def _moved(increments: Increments, row: int, lag: int, start: int) -> FloatArray:
    """Counts with one row moved by a lag from a step on; what rolls in is not known."""
    value = increments.value.copy()
    value[row, start:] = np.roll(increments.value[row], -lag)[start:]
    value[row, -abs(lag) :] = np.nan
    value[row, : abs(lag)] = np.nan
    return value


def _of_clock(increments: Increments, meter: str) -> Iterator[_Hypothesis]:
    """A clock an hour early or late, from the start or from a night on."""
    row = int(increments.rows([meter])[0])
    hour = round(1.0 / increments.step_h)
    steps = increments.value.shape[1]
    for lag in (-hour, hour):
        for start in range(0, max(steps - 12 * hour, 1), 6 * hour):
            yield _Hypothesis(
                meters=(meter,),
                kind=FaultKind.CLOCK_SHIFT,
                size=lag * increments.step_h,
                value=_moved(increments, row, lag, start),
                since_step=start,
            )


def _of_swap(
    nodes: Sequence[BalanceNode], increments: Increments, touched: set[str]
) -> Iterator[_Hypothesis]:
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
        yield _Hypothesis(meters=(a, b), kind=FaultKind.SWAPPED, size=1.0, value=value)


def _of_load(node: BalanceNode, increments: Increments) -> _Hypothesis | None:
    """A load without a meter behind a node that loses more than it may.

    It is judged by what it leaves of the shape: a load of its own may have any level, but the
    rest must be as smooth as a sound node.
    """
    if node_balance(node, increments).verdict is not BalanceVerdict.LOST:
        return None
    entered, residual = _series(node, increments)
    lost_ratio = 0.5 * (node.loss_min_ratio + node.loss_max_ratio)
    single = len(node.inputs) == 1
    return _Hypothesis(
        meters=node.inputs if single else (node.name,),
        kind=FaultKind.UPS_FED_LOAD if single else FaultKind.UNMETERED_LOAD,
        size=float((residual - lost_ratio * entered).mean()) / increments.step_h,
        value=increments.value,
    )
