"""Data reconciliation: the most likely energies that agree with every balance at once."""

from dataclasses import dataclass

import numpy as np
import scipy

from models.balance.node import BalanceNode
from models.readings import FloatArray

_P_GROSS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Raw and reconciled totals beside each other, in kWh, with standard uncertainties.

    ``chi_square`` with ``freedom`` degrees tests whether the adjustments are what the meters'
    uncertainties allow; ``gross_error`` is said below a probability of 1 %. ``test_statistic`` is
    each adjustment over its own standard deviation, 0 where nothing checks a meter; ``suspects``
    are those beyond the critical value for as many meters (Sidak), the worst first.
    """

    meters: tuple[str, ...]
    raw_kwh: FloatArray
    raw_u_kwh: FloatArray
    reconciled_kwh: FloatArray
    reconciled_u_kwh: FloatArray
    test_statistic: FloatArray
    chi_square: float
    freedom: int
    p_value: float
    suspects: tuple[str, ...]

    @property
    def gross_error(self) -> bool:
        """Whether the adjustments are too large to be chance."""
        return self.p_value < _P_GROSS


def reconcile(
    meters: tuple[str, ...],
    total_kwh: FloatArray,
    covariance: FloatArray,
    constraints: FloatArray,
    constants: FloatArray | None = None,
) -> Reconciled:
    """Weighted least squares under linear balances.

    Parameters
    ----------
    meters : tuple of str
        Names, m of them.
    total_kwh : float array, shape (m,)
        Metered totals over one jointly covered time; losses may stand among them as quantities
        of their own, with the uncertainty of their estimate.
    covariance : float array, shape (m, m)
        Their covariance; errors that meters share stand off the diagonal.
    constraints : float array, shape (c, m)
        One row for each balance: +1 for what enters, -1 for what leaves.
    constants : float array, shape (c,), optional
        What each row must sum to; 0 by default.

    Returns
    -------
    Reconciled
        Minimises (x - m)' V^-1 (x - m) under A x = c. No reconciled uncertainty is above its raw
        one.

    Raises
    ------
    ValueError
        If shapes do not fit, or a balance names no uncertain quantity.

    Notes
    -----
    VDI 2048, part 1, and Narasimhan and Jordache, Data Reconciliation and Gross Error Detection,
    chapters 3 and 7, have the same equations (known second-hand): adjustment
    a = V A' (A V A')^-1 (c - A m), V_x = V - V A' (A V A')^-1 A V, chi-square
    (c - A m)' (A V A')^-1 (c - A m) with rank(A) degrees of freedom. The adjustments are tested
    one by one by a_i / sqrt(Cov(a)_ii).

    Examples
    --------
    100 kWh measured in, 60 and 45 out, all equally sure: a third of the 5 kWh to each.

    >>> found = reconcile(
    ...     ("in", "a", "b"), np.array([100.0, 60.0, 45.0]), np.eye(3),
    ...     np.array([[1.0, -1.0, -1.0]]),
    ... )
    >>> found.reconciled_kwh.round(3).tolist(), found.reconciled_u_kwh.round(3).tolist()
    ([101.667, 58.333, 43.333], [0.816, 0.816, 0.816])
    """
    a = np.atleast_2d(np.asarray(constraints, dtype=float))
    target = np.zeros(len(a)) if constants is None else np.asarray(constants, dtype=float)
    _require_shapes(meters, total_kwh, covariance, a, target)
    spread = a @ covariance @ a.T
    if not np.all(np.diag(spread) > 0.0):
        msg = "every balance needs at least one quantity with an uncertainty above 0"
        raise ValueError(msg)
    # Balances that follow from others are kept: the pseudo-inverse counts each only once.
    inverse, freedom = scipy.linalg.pinvh(spread, return_rank=True)
    gap = target - a @ total_kwh
    gain = covariance @ a.T @ inverse
    adjustment = gain @ gap
    adjusted_by = gain @ a @ covariance
    variance = np.diag(covariance)
    chi_square = float(gap @ inverse @ gap)
    deviation = np.sqrt(np.clip(np.diag(adjusted_by), 0.0, None))
    checked = deviation > 1e-9 * np.sqrt(np.where(variance > 0.0, variance, 1.0))
    statistic = np.where(checked, np.abs(adjustment) / np.where(checked, deviation, 1.0), 0.0)
    critical = float(scipy.stats.norm.isf(0.5 * (1.0 - (1.0 - _P_GROSS) ** (1.0 / len(meters)))))
    order = [int(n) for n in np.argsort(-statistic) if statistic[n] > critical]
    return Reconciled(
        meters=meters,
        raw_kwh=np.asarray(total_kwh, dtype=float),
        raw_u_kwh=np.sqrt(variance),
        reconciled_kwh=total_kwh + adjustment,
        reconciled_u_kwh=np.sqrt(np.clip(variance - np.diag(adjusted_by), 0.0, None)),
        test_statistic=statistic,
        chi_square=chi_square,
        freedom=int(freedom),
        p_value=float(scipy.stats.chi2.sf(chi_square, freedom)),
        suspects=tuple(meters[n] for n in order),
    )


def _require_shapes(
    meters: tuple[str, ...],
    total_kwh: FloatArray,
    covariance: FloatArray,
    constraints: FloatArray,
    constants: FloatArray,
) -> None:
    count = len(meters)
    fits = (
        total_kwh.shape == (count,)
        and covariance.shape == (count, count)
        and constraints.shape[1] == count
        and constants.shape == (len(constraints),)
    )
    if not fits or not np.isfinite(total_kwh).all():
        msg = f"{count} meters need finite totals ({count},), covariance ({count}, {count}) and "
        raise ValueError(msg + f"balances (c, {count}), got {constraints.shape}")


def reconcile_nodes(
    nodes: tuple[BalanceNode, ...],
    meters: tuple[str, ...],
    total_kwh: FloatArray,
    u_kwh: FloatArray,
) -> Reconciled:
    """Reconcile the meters of some nodes, with the loss of each node as a quantity of its own.

    Parameters
    ----------
    nodes : tuple of BalanceNode
        Their losses are rectangular between the declared limits: middle and half width / sqrt 3.
    meters : tuple of str
        All meters of the nodes.
    total_kwh, u_kwh : float array, shape (m,)
        Totals over one jointly covered time and their standard uncertainties, independent.

    Returns
    -------
    Reconciled
        Of the meters alone; a loss that had to be adjusted too far stands among the suspects under
        the name ``loss:<node>``.

    Examples
    --------
    >>> board = BalanceNode(
    ...     name="board", inputs=("in",), outputs=("a", "b"), loss_min_ratio=0.0,
    ...     loss_max_ratio=0.02,
    ... )
    >>> found = reconcile_nodes(
    ...     (board,), ("in", "a", "b"), np.array([100.0, 58.0, 40.0]), np.array([0.6, 0.3, 0.2])
    ... )
    >>> found.gross_error, found.reconciled_kwh.round(2).tolist()
    (False, [99.56, 58.11, 40.05])
    """
    place = {meter: n for n, meter in enumerate(meters)}
    losses, variances = [], []
    rows = np.zeros((len(nodes), len(meters) + len(nodes)))
    for n, node in enumerate(nodes):
        entered = float(sum(total_kwh[place[meter]] for meter in node.inputs))
        losses.append(0.5 * (node.loss_min_ratio + node.loss_max_ratio) * entered)
        half = 0.5 * (node.loss_max_ratio - node.loss_min_ratio) * entered
        variances.append(half**2 / 3.0 + ((node.learned_u_ratio or 0.0) * entered) ** 2)
        rows[n, [place[meter] for meter in node.inputs]] = 1.0
        rows[n, [place[meter] for meter in node.outputs]] = -1.0
        rows[n, len(meters) + n] = -1.0
    whole = reconcile(
        meters + tuple(f"loss:{node.name}" for node in nodes),
        np.concatenate([total_kwh, losses]),
        np.diag(np.concatenate([np.square(u_kwh), variances])),
        rows,
    )
    only = slice(0, len(meters))
    return Reconciled(
        meters=meters,
        raw_kwh=whole.raw_kwh[only],
        raw_u_kwh=whole.raw_u_kwh[only],
        reconciled_kwh=whole.reconciled_kwh[only],
        reconciled_u_kwh=whole.reconciled_u_kwh[only],
        test_statistic=whole.test_statistic[only],
        chi_square=whole.chi_square,
        freedom=whole.freedom,
        p_value=whole.p_value,
        suspects=whole.suspects,
    )
