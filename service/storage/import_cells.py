"""What is a number and what is a time in a text file: less than Python takes for one.

``float`` takes ``2_30``, digits of every script, ``nan`` and spaces; a spreadsheet, a database or
the next reader of the file takes them for something else.
"""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from service.storage.import_table import ProblemList, shown

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)
# In a cell of only these characters, what float() takes is a plain decimal number.
_OF_NUMBERS: Final = re.compile(r"[0-9+\-.eE,]*")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LOCAL_TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_TIME: Final = re.compile(rf"{_LOCAL_TIME}(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)")
_TIME_WITHOUT_ZONE: Final = re.compile(_LOCAL_TIME)
_MICROSECONDS: Final = re.compile(r"-?[0-9]{1,18}")
_ISO, _COUNTED = "ts", "ts_us"


def is_time_header(text: str) -> bool:
    """Whether a first column of this name has times: ``ts`` as text, ``ts_us`` counted."""
    return text in (_ISO, _COUNTED)


def time_us_of(text: str, column: str, place: str, problems: ProblemList) -> int | None:
    """Microseconds of UTC since 1970, or None and a problem."""
    where = f"{place}, column {column}"
    if column == _COUNTED:
        if _MICROSECONDS.fullmatch(text):
            return int(text)
        problems.add(
            where,
            f"{shown(text)} is no whole number of microseconds",
            "count microseconds of UTC since 1970, or name the column ts and write dates",
        )
        return None
    if _TIME_WITHOUT_ZONE.fullmatch(text):
        problems.add(
            where,
            f"{shown(text)} does not say in which time zone",
            f"add the offset, such as {text}+01:00 or {text}Z",
        )
        return None
    time = _time(text)
    if time is None:
        problems.add(
            where,
            f"{shown(text)} is not a time",
            "write ISO 8601 with offset, such as 2026-11-20T08:00:00+01:00",
        )
        return None
    return (time - _EPOCH) // _US


def _time(text: str) -> datetime | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def numbers_of(
    cells: Sequence[str], keys: Sequence[str], place: str, problems: ProblemList
) -> list[float] | None:
    """The values of a line, NaN where a cell is empty, or None and its problems."""
    if len(cells) != len(keys):
        problems.add(
            place,
            f"it has {len(cells)} values for {len(keys)} keys",
            "give one per key, empty if missing, with a point as decimal sign",
        )
        return None
    if _OF_NUMBERS.fullmatch(",".join(cells)):
        try:
            return [float(cell) if cell else math.nan for cell in cells]
        except ValueError:
            pass
    wrong = [
        (key, cell)
        for key, cell in zip(keys, cells, strict=True)
        if cell and not _NUMBER.fullmatch(cell)
    ]
    for key, cell in wrong:
        problems.add(
            f"{place}, column {key}",
            f"{shown(cell)} is not a number",
            "write plain digits with a point, such as -12.5 or 1.25e6, without spaces; leave the "
            "cell empty if the value is missing",
        )
    return None if wrong else [float(cell) if cell else math.nan for cell in cells]
