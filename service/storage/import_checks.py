"""What no readings can be, whatever the site: for an import, and to say what they would give."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from service.storage.import_table import MAX_PROBLEMS, ProblemList, WideTable

_US_PER_S: Final = 1_000_000
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
# A clock that is a little ahead is no reason to refuse a file.
_CLOCK_TOLERANCE: Final = timedelta(days=1)


def check_content(table: WideTable, problems: ProblemList) -> None:
    """Keys and times that are there twice, times nobody measured at, values that are none."""
    _check_keys(table, problems)
    _check_times(table, problems)
    _check_values(table, problems)


def _check_keys(table: WideTable, problems: ProblemList) -> None:
    seen: set[str] = set()
    for number, key in enumerate(table.keys):
        if key in seen:
            problems.add(
                table.where_key(number),
                f"the key {key!r} is there twice",
                "keep one of the columns",
            )
        seen.add(key)


def _check_times(table: WideTable, problems: ProblemList) -> None:
    if not len(table.ts_us) or np.isnan(table.values).all():
        problems.add("file", "it has no readings", "check what wrote it")
        return
    latest = datetime.now(UTC) + _CLOCK_TOLERANCE
    earliest_us, latest_us = (round(t.timestamp() * _US_PER_S) for t in (_EARLIEST, latest))
    outside = (table.ts_us < earliest_us) | (table.ts_us > latest_us)
    for row in np.flatnonzero(outside)[:MAX_PROBLEMS]:
        problems.add(
            table.places[row],
            f"the time {int(table.ts_us[row])} us is before 2000 or in the future",
            "give microseconds of UTC since 1970, or a date of the past",
        )
    order = np.argsort(table.ts_us, kind="stable")
    repeated = order[1:][np.diff(table.ts_us[order]) == 0]
    for row in np.sort(repeated)[:MAX_PROBLEMS]:
        problems.add(table.places[row], "its time is there twice", "keep one of the rows")


def _check_values(table: WideTable, problems: ProblemList) -> None:
    for row, column in np.argwhere(np.isinf(table.values))[:MAX_PROBLEMS]:
        problems.add(
            table.where(row, column),
            "the value is infinite",
            "give a number, or mark it as missing",
        )
