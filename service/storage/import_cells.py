"""What is a number and what is a time in a text file."""

import math
from collections.abc import Sequence
from datetime import datetime

from service.storage.import_table import ProblemList

_US_PER_S = 1_000_000


def time_us_of(text: str, place: str, problems: ProblemList) -> int | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        problems.add(
            f"{place}, column ts",
            f"{text!r} is not a time",
            "write ISO 8601 with offset, such as 2026-11-20T08:00:00+01:00",
        )
        return None
    if time.tzinfo is None:
        problems.add(
            f"{place}, column ts",
            f"{text!r} does not say in which time zone",
            f"add the offset, such as {text}+01:00 or {text}Z",
        )
        return None
    return round(time.timestamp() * _US_PER_S)


def numbers_of(
    cells: Sequence[str], keys: Sequence[str], place: str, problems: ProblemList
) -> list[float] | None:
    if len(cells) != len(keys):
        problems.add(
            place,
            f"it has {len(cells)} values for {len(keys)} keys",
            "give one per key, empty if missing, with a point as decimal sign",
        )
        return None
    try:
        return [float(cell) if cell else math.nan for cell in cells]
    except ValueError:
        for key, cell in zip(keys, cells, strict=True):
            if cell and not _is_number(cell):
                problems.add(
                    f"{place}, column {key}",
                    f"{cell!r} is not a number",
                    "give a number, or leave the cell empty if it is missing",
                )
        return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
