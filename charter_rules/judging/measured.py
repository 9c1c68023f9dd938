"""One KPI over one window for many sites and days: what a rule looks at."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from math import nan
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from charter_rules.judging.weighing import Codes, Mask
from charter_rules.law.rulebook import Indicative
from models.kpi.result import KpiResult
from models.kpi_history import NOT_WITHHELD, WITHHELD
from models.legal_time.days import last_day_inside
from models.readings import FloatArray, IntArray

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Every array has the shape (sites, days); floats are NaN where there is nothing.

    ``known`` says where there is a result at all, ``inspected`` where it is that of an inspection,
    ``indoors`` where that was made in a dwelling. ``withheld`` is an index into
    :data:`models.kpi_history.WITHHELD`, ``origin`` a :class:`models.readings.Origin`,
    ``category`` that of the measurement of IT energy, 0 where it is not known. ``law_day`` is
    the day whose law counts for a closed period, 0 for a running one; None where none is closed.
    """

    known: Mask
    value: FloatArray
    expanded_uncertainty: FloatArray
    coverage_ratio: FloatArray
    hours: FloatArray
    numerator: FloatArray
    origin: Codes
    withheld: Codes
    category: Codes
    doubtful: Mask
    inspected: Mask
    indoors: Mask
    law_day: IntArray | None = None

    @classmethod
    def of(
        cls, result: KpiResult | None, *, inspected: bool = False, indoors: bool = False
    ) -> Self:
        """One result, or none, as one site on one day."""
        if result is None:
            return cls.nothing((1, 1))
        window, why = result.window, result.withheld
        return cls(
            known=_cell(True),
            value=_cell(nan if result.value is None or why is not None else result.value),
            expanded_uncertainty=_cell(_or_nan(result.expanded_uncertainty)),
            coverage_ratio=_cell(result.coverage_ratio),
            hours=_cell(window.duration / _HOUR),
            numerator=_cell(_or_nan(result.numerator)),
            origin=_cell(np.int8(result.origin)),
            withheld=_cell(np.int8(NOT_WITHHELD if why is None else WITHHELD.index(why))),
            category=_cell(np.int8(result.category or 0)),
            doubtful=_cell(bool(result.doubts)),
            inspected=_cell(inspected),
            indoors=_cell(indoors),
            law_day=_cell(last_day_inside(window).toordinal()) if window.closed else None,
        )

    def replaced(self, other: Self, where: Mask) -> Self:
        """With one result in the place of those of some cells."""
        columns = {
            field.name: np.where(where, getattr(other, field.name), getattr(self, field.name))
            for field in fields(self)
            if field.name != "law_day"
        }
        law_day = None if self.law_day is None else np.where(where, 0, self.law_day)
        return replace(self, **columns, law_day=law_day)

    def between(self, start: int, stop: int) -> Self:
        """The days from one place to before another."""
        columns: dict[str, Any] = {
            field.name: getattr(self, field.name)[:, start:stop]
            for field in fields(self)
            if field.name != "law_day"
        }
        law_day = None if self.law_day is None else self.law_day[:, start:stop]
        return replace(self, **columns, law_day=law_day)

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Self:
        """No result anywhere."""
        unknown, no = np.full(shape, nan), np.zeros(shape, np.bool_)
        return cls(
            known=no,
            value=unknown,
            expanded_uncertainty=unknown,
            coverage_ratio=unknown,
            hours=unknown,
            numerator=unknown,
            origin=np.zeros(shape, np.int8),
            withheld=np.full(shape, NOT_WITHHELD, np.int8),
            category=np.zeros(shape, np.int8),
            doubtful=no,
            inspected=no,
            indoors=no,
        )


def _cell(one: float | np.int8) -> NDArray[Any]:
    return np.array([[one]])


def _or_nan(number: float | None) -> float:
    return nan if number is None else number


def is_elsewhere(indicative: Indicative | None, now: Measured) -> Mask:
    """Where the sensors of the site do not measure what the text judges."""
    if indicative is None:
        return np.zeros(now.known.shape, np.bool_)
    least = indicative.below_category
    return ~now.inspected if least is None else ~now.inspected & (now.category < least)


def change(now: Measured, before: Measured) -> tuple[FloatArray, FloatArray]:
    """Relative change of a KPI and its expanded uncertainty; not finite without two sure values.

    The two values count as independent (JCGM 100:2008, 5.1.2). Meters that serve both windows
    share a part of their errors, which would make the change surer: the band is on the safe side.
    """
    start = np.where((before.value == 0.0) | np.isinf(before.value), nan, before.value)
    ratio = now.value / start
    spread = np.hypot(now.expanded_uncertainty / start, ratio * before.expanded_uncertainty / start)
    # Not the ratio less one, which would lose the last digits of a small change.
    return (now.value - start) / start, spread
