"""A KPI history as grids: one value per site and day for a KPI over a window."""

from collections.abc import Sequence
from math import nan
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from charter_rules.judging.measured import Measured
from charter_rules.judging.weighing import Mask
from models.kpi_history import NOT_WITHHELD, KpiColumns
from models.legal_time.days import from_us, last_day_inside
from models.readings import IntArray, Window

_US_PER_HOUR: Final = 3_600_000_000.0
_NOWHERE: Final = -1

# Rows of the history: a run of them, or their numbers.
Rows = slice | IntArray


class Grids:
    """The grids of a history for some sites and days; each is made once."""

    def __init__(self, columns: KpiColumns, sites: Sequence[str], days: IntArray) -> None:
        self._columns = columns
        self._shape = (len(sites), len(days))
        place_of = {name: place for place, name in enumerate(sites)}
        self._site = np.array([place_of.get(name, _NOWHERE) for name in columns.sites], np.int64)
        self._days = days
        self._rows = _rows_by_pair(columns)
        self._made: dict[tuple[str, str], Measured] = {}

    def of(self, kpi: str, window: str | None) -> Measured:
        """The grid of a KPI; of two rows for one day the later one counts."""
        made = self._made.get((kpi, window or ""))
        if made is None:
            rows = self._rows.get((kpi, window or ""))
            made = Measured.nothing(self._shape) if rows is None else self._make(rows)
            self._made[kpi, window or ""] = made
        return made

    def _make(self, rows: Rows) -> Measured:
        """Take whole columns where they hold each site and day once and in order, else by row."""
        place = self._places(rows)
        size = self._shape[0] * self._shape[1]
        if len(place) == size and np.array_equal(place, np.arange(size)):
            return self._measured(rows, np.ones(self._shape, np.bool_))
        numbers = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        row = np.full(size, _NOWHERE)
        row[place[place != _NOWHERE]] = numbers[place != _NOWHERE]
        return self._measured(row, (row != _NOWHERE).reshape(self._shape))

    def _places(self, rows: Rows) -> IntArray:
        """Where each row stands in the grid, counted by site and then by day."""
        columns, days = self._columns, self._days
        site, on = self._site[columns.site[rows]], columns.on[rows]
        if not self._days.size:
            return np.full(len(on), _NOWHERE)
        first, last = int(days[0]), int(days[-1])
        day_of = np.full(last - first + 2, _NOWHERE)
        day_of[days - first] = np.arange(len(days))
        # A day outside reads the last place, which no day has.
        day = day_of[np.where((on >= first) & (on <= last), on - first, len(day_of) - 1)]
        return np.where((site == _NOWHERE) | (day == _NOWHERE), _NOWHERE, site * len(days) + day)

    def _measured(self, rows: Rows, known: Mask) -> Measured:
        columns, everywhere = self._columns, bool(known.all())

        def grid(column: NDArray[Any], where_none: float) -> NDArray[Any]:
            cells = column[rows].reshape(self._shape)
            return cells if everywhere else np.where(known, cells, column.dtype.type(where_none))

        return Measured(
            known=known,
            value=grid(columns.value, nan),
            expanded_uncertainty=grid(columns.expanded_uncertainty, nan),
            coverage_ratio=grid(columns.coverage_ratio, nan),
            hours=(grid(columns.end_us, 0) - grid(columns.start_us, 0)) / _US_PER_HOUR,
            numerator=grid(columns.numerator, nan),
            origin=grid(columns.origin, 0),
            withheld=grid(columns.withheld, NOT_WITHHELD),
            # A history does not say how its figures were measured.
            category=grid(columns.category, 0),
            doubtful=grid(columns.doubtful, 0),
            inspected=np.zeros(self._shape, np.bool_),
            indoors=np.zeros(self._shape, np.bool_),
            law_day=_law_day(
                grid(columns.closed, 0), grid(columns.start_us, 0), grid(columns.end_us, 0)
            ),
        )


def _law_day(closed: Mask, start_us: IntArray, end_us: IntArray) -> IntArray | None:
    """The last day inside each closed period, 0 elsewhere; None where none is closed."""
    if not closed.any():
        return None
    periods = np.stack([start_us[closed], end_us[closed]], axis=1)
    each, place = np.unique(periods, axis=0, return_inverse=True)
    windows = [Window(name="", start=from_us(start), end=from_us(end)) for start, end in each]
    days = [last_day_inside(one).toordinal() for one in windows]
    law_day = np.zeros(closed.shape, np.int64)
    law_day[closed] = np.array(days)[place]
    return law_day


def _rows_by_pair(columns: KpiColumns) -> dict[tuple[str, str], Rows]:
    """The rows of each KPI over each window, in their order."""
    width = len(columns.windows)
    # Sixteen bits are sorted by counting, in linear time.
    pair = columns.kpi.astype(np.int16) * np.int16(width) + columns.window
    order, counts = np.argsort(pair, kind="stable"), np.bincount(pair)
    rows: dict[tuple[str, str], Rows] = {}
    for number, stop in zip(np.flatnonzero(counts), np.cumsum(counts)[counts > 0], strict=True):
        mine = order[stop - counts[number] : stop]
        first, last = int(mine[0]), int(mine[-1])
        together = last - first + 1 == len(mine)
        name = (columns.kpis[number // width], columns.windows[number % width])
        rows[name] = slice(first, last + 1) if together else mine
    return rows
