"""How far nodes are from balance, in level and in shape, before and after a correction."""

import numpy as np
from numpy.typing import NDArray

from models.balance.increments import Increments
from models.balance.node import BalanceNode, BalanceVerdict, node_balance
from models.readings import FloatArray

# Fewer steps have no shape that could be judged.
LEAST_STEPS = 24
# What the nodes of a sound site may cost together.
SOUND_COST = 1.0
_LIMIT_U = 3.0


def node_cost(node: BalanceNode, counts: Increments, unknown_cost: float = 0.0) -> float:
    """Imbalance of a node: of its level, outside three uncertainties, and of its shape.

    A sound node costs nothing, one of which nothing can be said ``unknown_cost``.
    """
    balance = node_balance(node, counts)
    if balance.verdict is BalanceVerdict.UNKNOWN:
        return unknown_cost
    level = max(balance.excess_u - _LIMIT_U, 0.0)
    return level**2 + shape_cost(node, counts)


def shape_cost(node: BalanceNode, counts: Increments, since_step: int = 0) -> float:
    """Imbalance of a node's shape alone: whatever level it has, and takes on from a step on."""
    if not node.complete:
        return 0.0
    return max(scatter(node, counts, since_step) / node.scatter_ratio - 1.0, 0.0) ** 2


def scatter(node: BalanceNode, counts: Increments, since_step: int = 0) -> float:
    """Standard deviation of the residual around its best straight line in the load, over input.

    With ``since_step`` the line may step up or down there. What the registers' steps scatter by
    themselves is taken out.
    """
    steps, entered, residual = series(node, counts)
    if len(entered) < LEAST_STEPS:
        return 0.0
    columns = [entered, np.ones(len(entered))]
    if since_step > 0:
        columns.append((steps >= since_step).astype(float))
    basis = np.stack(columns, axis=1)
    fit, *_ = np.linalg.lstsq(basis, residual, rcond=None)
    variance = float(np.var(residual - basis @ fit))
    rows = counts.rows(node.inputs + node.outputs)
    register_variance = float(np.square(counts.resolution[rows]).sum() / 6.0)
    rest = float(np.sqrt(max(variance - register_variance, 0.0)))
    return rest / float(np.mean(np.abs(entered)) or 1.0)


def series(
    node: BalanceNode, counts: Increments
) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
    """The steps at which a node is known; what entered then, and what did not leave."""
    into, out = counts.rows(node.inputs), counts.rows(node.outputs)
    known = np.isfinite(counts.value[np.concatenate([into, out])]).all(axis=0)
    entered = counts.value[into][:, known].sum(axis=0)
    residual = entered - counts.value[out][:, known].sum(axis=0)
    return np.flatnonzero(known), entered, residual
