"""What one meter shows by itself: it is silent, it stands still, it repeats yesterday."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from models.balance.fault_kinds import FaultKind, Suspect
from models.balance.increments import Increments
from models.balance.node import BalanceNode, BalanceVerdict, node_balance
from models.readings import FloatArray

STILL_STEPS = 6
_SILENT_RATIO = 0.5
DAY_H = 24.0


def seen_alone(nodes: Sequence[BalanceNode], increments: Increments) -> Iterator[Suspect]:
    """Silent, still or repeating meters."""
    day = round(DAY_H / increments.step_h)
    for row, meter in enumerate(increments.meters):
        value = increments.value[row]
        within = tuple(n.name for n in nodes if meter in n.inputs + n.outputs)
        unknown = ~np.isfinite(value)
        if unknown[-day:].mean() >= _SILENT_RATIO:
            since = int(np.flatnonzero(~unknown)[-1]) + 1 if (~unknown).any() else 0
            yield _alone(meter, FaultKind.MISSING, since, float(unknown.mean()), within)
            continue
        still = _unusually_still(value)
        if still and _others_move(nodes, increments, meter, still):
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


def _unusually_still(value: FloatArray) -> int:
    """How long a meter stands still at the end, if longer than it did before; 0 otherwise.

    The nights of a solar meter and a reserve that never ran are usual.
    """
    still = value == 0.0
    run = _trailing(still)
    if run < STILL_STEPS or run == len(value):
        return 0
    moves = np.flatnonzero(~still[: len(value) - run])
    longest = int(np.diff(moves, prepend=-1).max()) - 1
    return run if run > longest + STILL_STEPS // 2 or longest == 0 else 0


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
