"""Pieces of time between cuts, summed over periods; and stretches of time that lie in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Of which pieces each of n periods is made: ``[first[k], last[k])``, from cut to cut.

    Examples
    --------
    >>> two = Pieces(first=np.array([0, 1, 2]), last=np.array([2, 3, 2]))
    >>> two.summed(np.array([1.0, 2.0, 4.0])).tolist()
    [3.0, 6.0, 0.0]
    """

    first: IntArray
    last: IntArray

    @property
    def filled(self) -> BoolArray:
        """Which of the periods are not empty."""
        return np.asarray(self.last > self.first)

    def of(self, wanted: BoolArray) -> Self:
        """Those of some of the periods."""
        return type(self)(first=self.first[wanted], last=self.last[wanted])

    def summed(self, by_piece: FloatArray) -> FloatArray:
        """Sums over the pieces of each period, along the last axis.

        Parameters
        ----------
        by_piece : float array, shape (..., pieces)
            What is summed.

        Returns
        -------
        float array, shape (..., n)
            0 for an empty period.
        """
        if not len(self.first) or not by_piece.shape[-1]:
            return np.zeros((*by_piece.shape[:-1], len(self.first)))
        single = self.last - self.first == 1
        if single.all():
            return np.asarray(by_piece[..., self.first])
        # Most periods are one piece, and have nothing to sum.
        summed = by_piece.take(self.first, axis=-1, mode="clip")
        summed[..., ~single] = self.of(~single)._reduced(by_piece)
        return summed

    def _reduced(self, by_piece: FloatArray) -> FloatArray:
        # reduceat takes no index past the end: one more piece, of nothing. Every other sum is
        # that between two periods, and that of an empty period its own piece: left out.
        start = self.first.min()
        used = by_piece[..., start : self.last.max()]
        padded = np.concatenate([used, np.zeros((*used.shape[:-1], 1))], axis=-1)
        ends = np.stack([self.first, self.last], axis=1).ravel() - start
        summed = np.add.reduceat(padded, ends, axis=-1)[..., ::2]
        return np.where(self.filled, summed, 0.0)


@dataclass(frozen=True, slots=True)
class StretchTable:
    """Stretches of time of many registers in the order of their starts, with the row of each."""

    row: IntArray
    start_us: IntArray
    end_us: IntArray

    @classmethod
    def of(cls, by_row: Sequence[Sequence[tuple[int, int]]]) -> Self:
        """Bring the stretches of each row in order.

        Parameters
        ----------
        by_row : sequence of sequences of (int, int)
            Start and end of each. [us]
        """
        row = np.repeat(np.arange(len(by_row)), [len(one) for one in by_row])
        spans = [span for one in by_row for span in one]
        start_us, end_us = np.array(spans, np.int64).reshape(len(spans), 2).T
        order = np.argsort(start_us, kind="stable")
        return cls(row=row[order], start_us=start_us[order], end_us=end_us[order])

    def inside_s(self, rows: IntArray, at_us: IntArray) -> FloatArray | None:
        """Time from each instant to the next inside any stretch of some rows; None without one.

        Parameters
        ----------
        rows : int array
            The rows.
        at_us : int array, shape (k,)
            Instants in order. [us]

        Returns
        -------
        float array, shape (k - 1,), or None
            [s]

        Examples
        --------
        >>> table = StretchTable.of([[(0, 2_000_000)], [(1_000_000, 3_000_000)], []])
        >>> table.inside_s(np.array([0, 1]), np.array([0, 2_500_000, 9_000_000])).tolist()
        [2.5, 0.5]
        >>> table.inside_s(np.array([2]), np.array([0, 1])) is None
        True
        """
        if not len(self.row):
            return None
        among = np.zeros(max(int(self.row.max()), int(rows.max(initial=0))) + 1, dtype=bool)
        among[rows] = True
        wanted = among[self.row]
        if not wanted.any():
            return None
        start_us, end_us = self.start_us[wanted], np.maximum.accumulate(self.end_us[wanted])
        # A stretch that begins after all before it have ended begins another.
        opens = np.append(True, start_us[1:] > end_us[:-1])
        closes = np.append(opens[1:], True)
        start_us, end_us = start_us[opens], end_us[closes]
        inside_s = np.cumsum(end_us - start_us) / 1e6
        knots = np.stack([start_us, end_us], axis=1).ravel()
        values = np.stack([np.append(0.0, inside_s[:-1]), inside_s], axis=1).ravel()
        return np.asarray(np.diff(np.interp(at_us, knots, values)))
