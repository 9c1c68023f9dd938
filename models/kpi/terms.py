"""What a figure is made of, row by row: enough to add it and its variance up again.

A KPI keeps its terms by reference. They cost nothing until somebody asks for an explanation.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.kpi.totals import MeteredTotals
from models.readings import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One row of a figure over one period: a meter, or a declared quantity.

    ``top`` and ``bottom`` are how much one unit of it counts above and below the line, ``counted``
    is what it counted, ``u`` its own standard uncertainty, None where it is known only as a share.
    ``value_u`` is what that is worth in the value: its line of the budget.
    """

    name: str
    top: float
    bottom: float
    counted: float
    u: float | None
    value_u: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTerm:
    """An error that several meters share, summed with its sign: one line of the budget."""

    name: str
    rows: tuple[str, ...]
    value_u: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rows of m totals over n periods in a figure.

    With one unit more of a row the value changes by ``unit * (top - ratio * bottom)``: ``ratio``
    and ``unit`` have shape (n,), ``top`` and ``bottom``, the weights of the rows above and below
    the line, shape (m,). ``fixed_bottom``, shape (n,), stands below the line and is exact;
    ``further_u``, shape (n,), is a standard uncertainty of the value that is no row's.
    ``counted`` gives what the rows counted, shape (m, n), where that is a part of the period.
    """

    totals: MeteredTotals
    top: FloatArray
    bottom: FloatArray
    unit: FloatArray
    ratio: FloatArray
    fixed_bottom: FloatArray | float = 0.0
    further_u: FloatArray | float = 0.0
    counted: Callable[[], FloatArray] | None = None

    def rows(self, n: int) -> tuple[Term, ...]:
        """The rows that count in the value of one period."""
        counted = self.totals.total if self.counted is None else self.counted()
        slope = self._slope(n)
        used = np.flatnonzero((self.top != 0.0) | (self.bottom != 0.0)).tolist()
        return tuple(
            Term(
                name=self.totals.meters[row],
                top=float(self.top[row]),
                bottom=float(self.bottom[row]),
                counted=float(counted[row, n]),
                u=float(self.totals.u[row, n]) if self.counted is None else None,
                value_u=float(abs(slope[row]) * self.totals.u[row, n]),
            )
            for row in used
        )

    def shared(self, n: int) -> tuple[SharedTerm, ...]:
        """The errors that rows share, in one period."""
        common = self.totals.common_ratio
        if common is None:
            return ()
        weighted = common * (self._slope(n) * self.totals.total[:, n])
        used = (self.top != 0.0) | (self.bottom != 0.0)
        found = []
        for name, each, rows in zip(self.totals.common_errors, weighted, common, strict=True):
            own = np.flatnonzero((rows != 0.0) & used).tolist()
            if own:
                names = tuple(self.totals.meters[row] for row in own)
                found.append(SharedTerm(name=name, rows=names, value_u=float(abs(each.sum()))))
        return tuple(found)

    def fixed(self, n: int) -> float:
        """What stands below the line beside the rows."""
        return float(np.broadcast_to(self.fixed_bottom, len(self.unit))[n])

    def further(self, n: int) -> float:
        """The standard uncertainty of the value that is no row's."""
        return float(np.broadcast_to(self.further_u, len(self.unit))[n])

    def _slope(self, n: int) -> FloatArray:
        """How much the value changes with one unit of each row."""
        return np.asarray(self.unit[n] * (self.top - self.ratio[n] * self.bottom))
