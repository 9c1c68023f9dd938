"""Which stretch of legal time a period pack is for."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from models.legal_time.days import day_start
from service.evidence.errors import EvidenceError

_PERIOD: Final = re.compile(r"(20\d{2})(?:-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A calendar year or month of Europe/Paris, ``[start, end)``."""

    name: str
    start: datetime
    end: datetime


def period_of(name: str) -> Period:
    """The period written as ``2026`` or ``2026-10``.

    Raises
    ------
    EvidenceError
        If it is written otherwise.

    Examples
    --------
    >>> period_of("2026-10").start.isoformat()
    '2026-09-30T22:00:00+00:00'
    """
    found = _PERIOD.fullmatch(name)
    if found is None:
        msg = f"{name!r} is no period; write a year (2026) or a month (2026-10)"
        raise EvidenceError(msg)
    year, month = int(found[1]), found[2]
    if month is None:
        first, after = date(year, 1, 1), date(year + 1, 1, 1)
    else:
        first = date(year, int(month), 1)
        after = date(year + int(month) // 12, int(month) % 12 + 1, 1)
    return Period(name=name, start=day_start(first), end=day_start(after))
