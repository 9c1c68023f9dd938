"""One KPI over one window for many sites and days: what a rule looks at."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import nan
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from charter_rules.judging.weighing import Codes, Mask
from models.kpi.result import KpiResult
from models.kpi_history import NOT_WITHHELD, WITHHELD
from models.readings import FloatArray, IntArray

_LEGAL_ZONE = ZoneInfo("Europe/Paris")
_INSTANT = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)


def last_day_before(end: datetime) -> date:
    """The legal day of the last instant before ``end``, that is inside a period that ends then."""
    return (end - _INSTANT).astimezone(_LEGAL_ZONE).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Every array has the shape (sites, days); floats are NaN where there is nothing.

    ``known`` says where there is a result at all. ``withheld`` is an index into
    :data:`models.kpi_history.WITHHELD`, ``origin`` a :class:`models.readings.Origin`. ``law_day``
    is the day whose law counts for a closed period, 0 for a running one, None where none is closed.
    """

    known: Mask
    value: FloatArray
    expanded_uncertainty: FloatArray
    coverage_ratio: FloatArray
    hours: FloatArray
    numerator: FloatArray
    origin: Codes
    withheld: Codes
    doubtful: Mask
    law_day: IntArray | None

    @classmethod
    def of(cls, result: KpiResult | None) -> Self:
        """One result, or none, as one site on one day."""
        if result is None:
            return cls.nothing((1, 1))
        value = None if result.withheld is not None else result.value
        code = NOT_WITHHELD if result.withheld is None else WITHHELD.index(result.withheld)
        closed = result.window.closed
        return cls(
            known=np.ones((1, 1), np.bool_),
            value=_cell(value),
            expanded_uncertainty=_cell(result.expanded_uncertainty),
            coverage_ratio=_cell(result.coverage_ratio),
            hours=_cell(result.window.duration / _HOUR),
            numerator=_cell(result.numerator),
            origin=np.array([[result.origin.value]], np.int8),
            withheld=np.array([[code]], np.int8),
            doubtful=np.array([[bool(result.doubts)]]),
            law_day=np.array([[last_day_before(result.window.end).toordinal()]])
            if closed
            else None,
        )

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Self:
        """No result anywhere."""
        unknown, no = np.full(shape, nan), np.zeros(shape, np.bool_)
        zero: NDArray[np.int8] = np.zeros(shape, np.int8)
        return cls(
            known=no,
            value=unknown,
            expanded_uncertainty=unknown,
            coverage_ratio=unknown,
            hours=unknown,
            numerator=unknown,
            origin=zero,
            withheld=np.full(shape, NOT_WITHHELD, np.int8),
            doubtful=no,
            law_day=None,
        )


def _cell(number: float | None) -> FloatArray:
    return np.array([[nan if number is None else number]], np.float64)
