"""One KPI over many periods, as columns; each column is a result that can be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.kpi.result import Doubt, Flag, KpiKind, KpiResult, UncertaintyPart, Withheld
from models.metering.boundary import BoundaryFact
from models.readings import FloatArray, IntArray, Window
from models.registers.periods import Periods

if TYPE_CHECKING:
    from models.kpi.terms import Terms

BoolArray = NDArray[np.bool_]

# The order of the codes in KpiSeries.withheld; SHOWN stands for a value that is shown.
WITHHELD = tuple(Withheld)
SHOWN = -1
# A year that ends now may miss an hour to a change of clock.
_YEAR = timedelta(days=364, hours=22)


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiSeries:
    """One KPI over n periods; every array has shape (n,).

    ``value`` is NaN where withheld, and ``withheld`` says why: an index into :data:`WITHHELD`, or
    :data:`SHOWN`. ``expanded_uncertainty`` is absolute at k = 2, NaN where it is not known;
    ``parts`` is its budget of standard uncertainties, ``terms`` its rows where it is made of
    metered sums. ``flags`` and ``doubts`` hold where each applies.
    """

    kpi: str
    unit: str
    periods: Periods
    value: FloatArray
    expanded_uncertainty: FloatArray
    coverage_ratio: FloatArray
    bridged_ratio: FloatArray
    withheld: IntArray
    parts: Mapping[str, FloatArray] = field(default_factory=dict)
    flags: Mapping[Flag, BoolArray] = field(default_factory=dict)
    doubts: Mapping[Doubt, BoolArray] = field(default_factory=dict)
    numerator: FloatArray | None = None
    numerator_unit: str = ""
    denominator: FloatArray | None = None
    denominator_unit: str = ""
    category: int | None = None
    kind: KpiKind | None = None
    boundary: str = ""
    boundary_facts: tuple[BoundaryFact, ...] = ()
    inputs: tuple[str, ...] = ()
    terms: "Terms | None" = None

    def __len__(self) -> int:
        return len(self.value)

    def result(self, n: int, window: Window) -> KpiResult:
        """One period as the result that is shown and judged.

        Parameters
        ----------
        n : int
            Which period.
        window : Window
            Its name and instants.

        Returns
        -------
        KpiResult
            Without a value where it is withheld.
        """
        shown = int(self.withheld[n]) == SHOWN
        expanded = float(self.expanded_uncertainty[n])
        return KpiResult(
            kpi=self.kpi,
            window=window,
            unit=self.unit,
            value=float(self.value[n]) if shown else None,
            expanded_uncertainty=None if not shown or isnan(expanded) else expanded,
            coverage_ratio=float(self.coverage_ratio[n]),
            bridged_ratio=float(self.bridged_ratio[n]),
            withheld=None if shown else WITHHELD[int(self.withheld[n])],
            category=self.category,
            kind=self.kind or kind_of(window),
            boundary=self.boundary,
            boundary_facts=self.boundary_facts,
            flags=tuple(flag for flag, where in self.flags.items() if where[n]),
            doubts=tuple(doubt for doubt, where in self.doubts.items() if where[n]),
            parts=self._budget(n) if shown else (),
            numerator=_at(self.numerator, n),
            numerator_unit=self.numerator_unit,
            denominator=_at(self.denominator, n),
            denominator_unit=self.denominator_unit,
            inputs=self.inputs,
        )

    def results(self, windows: Sequence[Window]) -> list[KpiResult]:
        """Every period as a result."""
        return [self.result(n, window) for n, window in enumerate(windows)]

    def _budget(self, n: int) -> tuple[UncertaintyPart, ...]:
        """The lines that are not zero; the meters always stand in it."""
        return tuple(
            UncertaintyPart(name=name, u=float(u[n]))
            for name, u in self.parts.items()
            if name == "meters" or u[n] != 0.0
        )


def _at(column: FloatArray | None, n: int) -> float | None:
    return None if column is None or isnan(float(column[n])) else float(column[n])


def kind_of(window: Window) -> KpiKind:
    """Annual from twelve months on, else interim."""
    return KpiKind.ANNUAL if window.duration >= _YEAR else KpiKind.INTERIM


def withheld_series(
    kpi: str, unit: str, periods: Periods, why: Withheld, *, boundary: str = ""
) -> KpiSeries:
    """A KPI that has no value in any period, and says why."""
    nothing = np.full(len(periods), np.nan)
    return KpiSeries(
        kpi=kpi,
        unit=unit,
        periods=periods,
        value=nothing,
        expanded_uncertainty=nothing,
        coverage_ratio=np.zeros(len(periods)),
        bridged_ratio=np.zeros(len(periods)),
        withheld=np.full(len(periods), WITHHELD.index(why), np.int64),
        boundary=boundary,
    )


def series_of(results: Sequence[KpiResult], periods: Periods) -> KpiSeries:
    """Results of one KPI, one for each period, as columns."""
    first = results[0]
    shown = [one.value is not None for one in results]

    def column(values: Sequence[float | None]) -> FloatArray:
        return np.array([np.nan if one is None else one for one in values], dtype=np.float64)

    names = dict.fromkeys(part.name for one in results for part in one.parts)
    of_part = [{part.name: part.u for part in one.parts} for one in results]
    return KpiSeries(
        kpi=first.kpi,
        unit=first.unit,
        periods=periods,
        value=column([one.value for one in results]),
        expanded_uncertainty=column([one.expanded_uncertainty for one in results]),
        coverage_ratio=column([one.coverage_ratio for one in results]),
        bridged_ratio=column([one.bridged_ratio for one in results]),
        withheld=np.array(
            [
                SHOWN if ok or one.withheld is None else WITHHELD.index(one.withheld)
                for ok, one in zip(shown, results, strict=True)
            ],
            dtype=np.int64,
        ),
        parts={name: column([one.get(name, 0.0) for one in of_part]) for name in names},
        flags={
            flag: np.array([flag in one.flags for one in results])
            for flag in dict.fromkeys(f for one in results for f in one.flags)
        },
        numerator=column([one.numerator for one in results]),
        numerator_unit=first.numerator_unit,
        denominator=column([one.denominator for one in results]),
        denominator_unit=first.denominator_unit,
        category=first.category,
        kind=first.kind,
        boundary=first.boundary,
        boundary_facts=first.boundary_facts,
        inputs=first.inputs,
    )
