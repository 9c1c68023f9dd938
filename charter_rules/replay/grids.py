"""A KPI history as grids: one value per site and day for a KPI over a window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.kpi_history import KpiColumns
from models.readings import FloatArray, IntArray

_US_PER_HOUR = 3_600_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiGrid:
    """One KPI over one window; every array has the shape (sites, days).

    ``row`` is the row of the history, -1 where there is none; the others are NaN there.
    """

    row: IntArray
    value: FloatArray
    expanded_uncertainty: FloatArray
    coverage_ratio: FloatArray
    hours: FloatArray
    numerator: FloatArray
    origin: NDArray[np.int8]


class Grids:
    """The grids of a history for some sites and days; each is made once."""

    def __init__(self, columns: KpiColumns, sites: Sequence[str], days: Sequence[int]) -> None:
        self._columns = columns
        self._shape = (len(sites), len(days))
        place_of = {name: place for place, name in enumerate(sites)}
        known = np.array([place_of.get(name, -1) for name in columns.sites], dtype=np.int64)
        self._site = known[columns.site] if len(known) else np.empty(0, np.int64)
        order = np.asarray(days, dtype=np.int64)
        place = np.searchsorted(order, columns.on)
        inside = place < len(order)
        inside[inside] &= order[place[inside]] == columns.on[inside]
        self._day = place
        self._usable = inside & (self._site >= 0)
        self._made: dict[tuple[str, str], KpiGrid] = {}

    def of(self, kpi: str, window: str) -> KpiGrid:
        """The grid of a KPI; of two rows for one day the later one counts."""
        made = self._made.get((kpi, window))
        if made is None:
            made = self._made[kpi, window] = self._make(kpi, window)
        return made

    def _make(self, kpi: str, window: str) -> KpiGrid:
        columns = self._columns
        row = np.full(self._shape, -1, dtype=np.int64)
        if kpi in columns.kpis and window in columns.windows:
            mask = (
                self._usable
                & (columns.kpi == columns.kpis.index(kpi))
                & (columns.window == columns.windows.index(window))
            )
            found = np.flatnonzero(mask)
            row[self._site[found], self._day[found]] = found

        def spread(column: FloatArray) -> FloatArray:
            return np.where(row >= 0, column[row], np.nan) if len(column) else _nothing(row)

        hours = (columns.end_us - columns.start_us) / _US_PER_HOUR
        origin = columns.origin[row] if len(columns) else np.zeros(self._shape, np.int8)
        return KpiGrid(
            row=row,
            value=spread(columns.value),
            expanded_uncertainty=spread(columns.expanded_uncertainty),
            coverage_ratio=spread(columns.coverage_ratio),
            hours=spread(hours),
            numerator=spread(columns.numerator),
            origin=origin,
        )


def _nothing(row: IntArray) -> FloatArray:
    return np.full(row.shape, np.nan)
