"""Energy balance of a node: what enters is what leaves plus losses, within what is known."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf, sqrt

import numpy as np

from models.balance.increments import Increments
from models.metering.tree import SOURCES, MeterTree, Role
from models.readings import FloatArray

# A register is read at either end of the time: two rectangular errors of one step.
_SQRT6 = sqrt(6.0)
_LIMIT_U = 3.0
_LEAST_DAYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceNode:
    """A place that stores nothing. Losses are shares of what enters, from least to most.

    ``scatter_ratio`` is how much the residual of one step may scatter around a straight line in the
    load, over what enters: little in a board, more where pipes store heat. ``learned_u_ratio`` is
    set by :func:`learn`: the losses were then measured by these very meters, whose class errors
    stand in them already, and only this much is uncertain. Of a node that is not ``complete`` some
    of what leaves is not metered: it never loses too much, and has no shape to be judged.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    loss_min_ratio: float
    loss_max_ratio: float
    scatter_ratio: float = 0.001
    learned_u_ratio: float | None = None
    complete: bool = True

    def __post_init__(self) -> None:
        """Refuse a node without two sides, or with losses upside down."""
        if not self.inputs or not self.outputs:
            msg = f"node {self.name!r} needs inputs and outputs"
            raise ValueError(msg)
        learned = self.learned_u_ratio is not None
        if not (learned or self.loss_min_ratio >= 0.0) or not (
            self.loss_min_ratio <= self.loss_max_ratio < 1.0
        ):
            msg = f"node {self.name!r}: losses go from 0 up and stay below 1"
            raise ValueError(msg)


class BalanceVerdict(StrEnum):
    """What a balance says."""

    BALANCED = "balanced"
    LOST = "lost"
    GAINED = "gained"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeBalance:
    """A node over the steps at which all its meters are known.

    ``allowed_high_kwh`` is infinite where not everything that leaves is metered.

    ``residual_kwh`` is what entered less what left. It should lie between ``allowed_low_kwh`` and
    ``allowed_high_kwh``: declared losses, widened by three standard uncertainties of the meters
    (99.7 % for many meters; one in its class never passes it). LOST is more lost than that,
    GAINED more leaves than entered.
    """

    node: BalanceNode
    input_kwh: float
    residual_kwh: float
    u_kwh: float
    allowed_low_kwh: float
    allowed_high_kwh: float
    coverage_ratio: float
    verdict: BalanceVerdict

    @property
    def excess_u(self) -> float:
        """How far outside the declared losses, in standard uncertainties; 0 inside."""
        low = self.node.loss_min_ratio * self.input_kwh
        outside = max(low - self.residual_kwh, self.residual_kwh - self._most_lost_kwh, 0.0)
        return outside / self.u_kwh if self.u_kwh > 0.0 else 0.0

    @property
    def _most_lost_kwh(self) -> float:
        return self.node.loss_max_ratio * self.input_kwh if self.node.complete else inf


def node_balance(
    node: BalanceNode, increments: Increments, *, least_coverage_ratio: float = 0.5
) -> NodeBalance:
    """Balance a node over all steps that are known.

    Parameters
    ----------
    node : BalanceNode
        Names meters of ``increments``.
    increments : Increments
        Counts by step.
    least_coverage_ratio : float
        Below this share of steps nothing is said.

    Returns
    -------
    NodeBalance
        UNKNOWN without enough steps or when nothing entered.

    Examples
    --------
    A board that gives 90 of 100 kWh, with losses of at most 2 % declared:

    >>> counts = Increments(
    ...     meters=("in", "a", "b"), value=np.array([[50.0, 50.0], [20.0, 20.0], [25.0, 25.0]]),
    ...     u_ratio=np.full(3, 0.0058), resolution=np.zeros(3), heat=np.zeros(3, bool),
    ... )
    >>> board = BalanceNode(
    ...     name="board", inputs=("in",), outputs=("a", "b"), loss_min_ratio=0.0,
    ...     loss_max_ratio=0.02,
    ... )
    >>> found = node_balance(board, counts)
    >>> found.residual_kwh, found.verdict.value
    (10.0, 'lost')
    """
    into, out = increments.rows(node.inputs), increments.rows(node.outputs)
    every = np.concatenate([into, out])
    known = np.isfinite(increments.value[every]).all(axis=0)
    coverage = float(np.mean(known)) if known.size else 0.0
    sums = increments.value[:, known].sum(axis=1)
    entered = float(sums[into].sum())
    residual = entered - float(sums[out].sum())
    u_kwh = _u_kwh(node, increments, sums, entered)
    low = node.loss_min_ratio * entered - _LIMIT_U * u_kwh
    high = node.loss_max_ratio * entered + _LIMIT_U * u_kwh if node.complete else inf
    verdict = BalanceVerdict.BALANCED
    if coverage < least_coverage_ratio or entered <= 0.0:
        verdict = BalanceVerdict.UNKNOWN
    elif residual > high:
        verdict = BalanceVerdict.LOST
    elif residual < low:
        verdict = BalanceVerdict.GAINED
    return NodeBalance(
        node=node,
        input_kwh=entered,
        residual_kwh=residual,
        u_kwh=u_kwh,
        allowed_low_kwh=low,
        allowed_high_kwh=high,
        coverage_ratio=coverage,
        verdict=verdict,
    )


def _u_kwh(node: BalanceNode, increments: Increments, sums: FloatArray, entered: float) -> float:
    every = increments.rows(node.inputs + node.outputs)
    resolution = float(np.square(increments.resolution[every] / _SQRT6).sum())
    if node.learned_u_ratio is not None:
        return sqrt((node.learned_u_ratio * entered) ** 2 + resolution)
    return sqrt(float(np.square(increments.u_ratio[every] * sums[every]).sum()) + resolution)


def learn(node: BalanceNode, reference: Increments) -> BalanceNode:
    """The node with the losses that its own meters showed in a sound time.

    Parameters
    ----------
    node : BalanceNode
        With declared losses.
    reference : Increments
        Counts of at least a week in which nothing was wrong.

    Returns
    -------
    BalanceNode
        Losses from the least to the most share of the reference's days; the class errors of the
        meters are in them, so that the node then sees changes far smaller than these. The node
        itself when it did not balance in the reference, was not known for five days of it, or is
        not complete: neither a fault nor a load may be learned as a loss.

    Examples
    --------
    A board whose meters disagree by 1 % since ever:

    >>> hours = 168
    >>> counts = Increments(
    ...     meters=("in", "a"), value=np.stack([np.full(hours, 100.0), np.full(hours, 99.0)]),
    ...     u_ratio=np.full(2, 0.0058), resolution=np.zeros(2), heat=np.zeros(2, bool),
    ... )
    >>> board = BalanceNode(
    ...     name="board", inputs=("in",), outputs=("a",), loss_min_ratio=0.0, loss_max_ratio=0.02
    ... )
    >>> known = learn(board, counts)
    >>> known.loss_min_ratio, known.loss_max_ratio, known.learned_u_ratio
    (0.01, 0.01, 0.001)
    """
    if not node.complete:
        return node
    day = round(24.0 / reference.step_h)
    days = [
        node_balance(node, reference.with_value(reference.value[:, start : start + day]))
        for start in range(0, reference.value.shape[1] - day + 1, day)
    ]
    shares = [d.residual_kwh / d.input_kwh for d in days if d.verdict is BalanceVerdict.BALANCED]
    if len(shares) < _LEAST_DAYS or any(
        d.verdict in {BalanceVerdict.LOST, BalanceVerdict.GAINED} for d in days
    ):
        return node
    return replace(
        node,
        loss_min_ratio=min(shares),
        loss_max_ratio=max(shares),
        learned_u_ratio=max(float(np.std(shares)), node.scatter_ratio),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricalLosses:
    """Declared losses of the electrical nodes, as (least, most) shares of what enters.

    The defaults span what double-conversion UPSs lose from full load down to a quarter (2 to
    12 %), transformers and boards (0 to 2 %) and the cables behind a UPS (0 to 1.5 %);
    engineering values, to be narrowed for a site that knows better.
    """

    board: tuple[float, float] = (0.0, 0.02)
    ups: tuple[float, float] = (0.0, 0.12)
    cable: tuple[float, float] = (0.0, 0.015)


def electrical_nodes(
    tree: MeterTree, losses: ElectricalLosses | None = None
) -> tuple[BalanceNode, ...]:
    """The nodes that follow from what is metered inside what.

    Parameters
    ----------
    tree : MeterTree
        The meters and buses of a site.
    losses : ElectricalLosses, optional
        Declared losses.

    Returns
    -------
    tuple of BalanceNode
        One for each meter with others inside it, and one for the only bus: all sources feed it,
        and what is given back leaves it. With several buses and no word on which source feeds
        which, none is made for them. A node of which nobody declared that all inside it is metered
        is not complete, but for a UPS with its outputs.
    """
    losses = losses or ElectricalLosses()
    nodes = []
    sources = tree.with_role(*SOURCES)
    if len(tree.buses) == 1 and sources:
        (bus,) = tree.buses
        fed = tuple(meter.id for meter in tree.children(bus))
        if fed:
            leaving = fed + tree.with_role(Role.EXPORT)
            nodes.append(_node(tree, bus, sources, leaving, losses.board))
    for meter in tree.meters.values():
        inside = tuple(child.id for child in tree.children(meter.id))
        if inside:
            limits = losses.ups if meter.role is Role.UPS_INPUT else losses.cable
            nodes.append(_node(tree, meter.id, (meter.id,), inside, limits))
    return tuple(nodes)


def _node(
    tree: MeterTree,
    name: str,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    limits: tuple[float, float],
) -> BalanceNode:
    low, high = limits
    return BalanceNode(
        name=name,
        inputs=inputs,
        outputs=outputs,
        loss_min_ratio=low,
        loss_max_ratio=high,
        complete=tree.is_complete(name),
    )
