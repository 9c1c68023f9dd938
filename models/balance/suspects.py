"""Names the meter at fault, and the fault: the simplest error that makes every node balance.

First what one meter shows by itself: it is silent, it stands still, it repeats yesterday. Then
what only the nodes show. Each hypothesis (this meter reads a third, these two are exchanged, that
one drifts, ...) corrects the counts and is judged by how well all nodes balance after it. The
best one is named; another meter that does as well makes it ambiguous, and both are named. Where
none does well nobody is accused: the balances themselves still say which node is off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.balance.fault_kinds import FaultKind, Suspect
from models.balance.hypotheses import Hypothesis, hypotheses, load_of, refined_clock
from models.balance.imbalance import SOUND_COST, node_cost, scatter, shape_cost
from models.balance.increments import Increments
from models.balance.node import BalanceNode
from models.balance.single_meters import DAY_H, seen_alone

__all__ = ["FaultKind", "Suspect", "diagnose"]

_MOST_FAULTS = 3
# A node that costs less is not off.
_OFF_COST = 0.1 * SOUND_COST
# A correction explains the imbalance of its nodes from this share on, and if it leaves no more
# than a sound site costs: of nodes far off a small share, for no fault is exactly what it is said.
_EXPLAINED = 0.85
_LEFT_RATIO = 0.003
# Another meter that leaves less than so many times the rest of the best one does as well.
_AS_GOOD = 2.0

# Of explanations that do equally well the more specific one is the likelier.
_RANK = {
    FaultKind.SWAPPED: 0,
    FaultKind.CLOCK_SHIFT: 0,
    FaultKind.REVERSED_CT: 1,
    FaultKind.DOUBLED: 1,
    FaultKind.GLYCOL: 2,
    FaultKind.DRIFTING: 2,
    FaultKind.DEAD: 3,
    FaultKind.UPS_FED_LOAD: 3,
    FaultKind.UNMETERED_LOAD: 4,
    FaultKind.WRONG_SCALE: 5,
}


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

    >>> import numpy as np
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
    if increments.value.shape[1] * increments.step_h < DAY_H:
        msg = f"a diagnosis needs a day of steps, got {increments.value.shape[1]}"
        raise ValueError(msg)
    alone = tuple(seen_alone(nodes, increments))
    silent = {meter for suspect in alone for meter in suspect.meters}
    judged = [node for node in nodes if not silent & _meters(node)]
    return alone + _seen_by_nodes(judged, increments)


def _meters(node: BalanceNode) -> set[str]:
    return set(node.inputs + node.outputs)


def _seen_by_nodes(nodes: Sequence[BalanceNode], increments: Increments) -> tuple[Suspect, ...]:
    """One fault after the other, as long as each is told from all others.

    The nodes that one fault explains are sound without it: they, and their meters, are left out
    of the search for the next.
    """
    suspects: list[Suspect] = []
    left = [(node, node_cost(node, increments)) for node in nodes]
    total = sum(cost for _, cost in left)
    vouched: set[str] = set()
    for _ in range(_MOST_FAULTS):
        if sum(cost for _, cost in left) <= SOUND_COST:
            break
        named = _best(_judged(left, increments, vouched))
        for one in named:
            found = one.hypothesis
            suspects.append(
                Suspect(
                    meters=found.meters,
                    kind=found.kind,
                    since_step=found.since_step,
                    until_step=found.until_step,
                    size=found.size,
                    explained_ratio=(one.before - one.after) / total,
                    nodes=tuple(node.name for node, cost in one.own if cost > _OFF_COST),
                    ambiguous=len(named) > 1,
                )
            )
        if len(named) != 1:
            break
        own = [node for node, _ in named[0].own]
        vouched |= {meter for node in own for meter in _meters(node)}
        left = [(node, cost) for node, cost in left if node not in own]
    return tuple(suspects)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A hypothesis with what its own nodes cost before and after it."""

    hypothesis: Hypothesis
    own: tuple[tuple[BalanceNode, float], ...]
    before: float
    after: float
    roughness: float

    @property
    def clears(self) -> bool:
        """Whether its nodes are sound after it, nearly so when they were far off."""
        sound = self.after <= max(SOUND_COST, _LEFT_RATIO * self.before)
        return sound and self.after <= (1.0 - _EXPLAINED) * self.before

    @property
    def gain(self) -> float:
        """What it takes off the cost of all nodes."""
        return self.before - self.after


def _judged(
    left: Sequence[tuple[BalanceNode, float]], increments: Increments, vouched: set[str]
) -> list[_Judged]:
    nodes = [node for node, _ in left]
    off = [node for node, cost in left if cost > _OFF_COST]
    touched = {meter for node in off for meter in _meters(node)}
    every = list(hypotheses(nodes, increments, touched))
    every += [load for node in off if (load := load_of(node, increments)) is not None]
    judged = [_judge(one, left, increments) for one in every if not vouched & set(one.meters)]
    return [
        replace(one, hypothesis=refined_clock(one.hypothesis, nodes, increments))
        for one in judged
        if one.clears
    ]


def _judge(
    hypothesis: Hypothesis, left: Sequence[tuple[BalanceNode, float]], increments: Increments
) -> _Judged:
    changed, counts = set(hypothesis.meters), increments.with_value(hypothesis.value)
    if hypothesis.node is not None:
        own = [(node, cost) for node, cost in left if node.name == hypothesis.node.name]
        after = [shape_cost(node, counts, hypothesis.since_step) for node, _ in own]
    else:
        own = [(node, cost) for node, cost in left if changed & _meters(node)]
        # A correction after which nothing can be said of a node explains nothing of it.
        after = [node_cost(node, counts, unknown_cost=cost) for node, cost in own]
    since = 0 if hypothesis.node is None else hypothesis.since_step
    return _Judged(
        hypothesis=hypothesis,
        own=tuple(own),
        before=sum(cost for _, cost in own),
        after=sum(after),
        roughness=sum((scatter(node, counts, since) / node.scatter_ratio) ** 2 for node, _ in own),
    )


def _best(judged: Sequence[_Judged]) -> list[_Judged]:
    """The most specific of the hypotheses that do best, and those of other meters like it."""
    if not judged:
        return []
    first = max(judged, key=lambda one: one.gain)
    allowed = max(SOUND_COST, (_AS_GOOD - 1.0) * first.after)
    as_good = [one for one in judged if one.gain >= first.gain - allowed]
    as_good.sort(key=lambda one: (_RANK[one.hypothesis.kind], one.roughness))
    rank = _RANK[as_good[0].hypothesis.kind]
    named: list[_Judged] = []
    for one in as_good:
        known = {meter for other in named for meter in other.hypothesis.meters}
        if _RANK[one.hypothesis.kind] == rank and not known & set(one.hypothesis.meters):
            named.append(one)
    return named
