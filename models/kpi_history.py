"""KPIs of many sites over many windows as columns: what a charter is replayed over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from math import isnan
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from models.kpi.result import Doubt, DoubtReason, KpiResult, Withheld
from models.legal_time.days import from_us
from models.readings import FloatArray, IntArray, Origin, Window

_NAMES: Final = ("sites", "kpis", "windows")
DTYPES: Final[dict[str, type[np.generic]]] = {
    "site": np.int32,
    "kpi": np.int16,
    "window": np.int8,
    "on": np.int32,
    "start_us": np.int64,
    "end_us": np.int64,
    "value": np.float64,
    "expanded_uncertainty": np.float64,
    "coverage_ratio": np.float64,
    "origin": np.int8,
    "numerator": np.float64,
    "withheld": np.int8,
    "doubtful": np.bool_,
    "closed": np.bool_,
    "category": np.int8,
}
# What ``withheld`` is an index of, and what it is where a value is shown.
WITHHELD: Final = tuple(Withheld)
NOT_WITHHELD: Final = -1
# Columns that older histories do not have.
ADDED: Final = frozenset({"withheld", "doubtful", "closed", "category"})
# The categories of EN 50600-4-2, and 0 where none is known.
CATEGORIES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiColumns:
    """One row per site, KPI, window and legal day judged, as equal-length columns of shape (n,).

    Parameters
    ----------
    sites, kpis, windows : tuple of str
        The names that ``site``, ``kpi`` and ``window`` are indices of.
    site : int32 array, shape (n,)
        Index into ``sites``.
    kpi : int16 array, shape (n,)
        Index into ``kpis``.
    window : int8 array, shape (n,)
        Index into ``windows``, the names of ``charter_rules.law.kpis``.
    on : int32 array, shape (n,)
        The legal day judged (Europe/Paris), as :meth:`datetime.date.toordinal`. [d]
    start_us, end_us : int64 array, shape (n,)
        The half-open window that the value is of. [us of UTC since 1970]
    value : float64 array, shape (n,)
        In the unit of the KPI in ``charter_rules.law.kpis``; NaN is withheld.
    expanded_uncertainty : float64 array, shape (n,)
        Absolute, k = 2, in the unit of the value; NaN is not known.
    coverage_ratio : float64 array, shape (n,)
        Share of the window over which all inputs are known together. [-]
    origin : int8 array, shape (n,)
        :class:`models.readings.Origin` of the weakest input.
    numerator : float64 array, shape (n,)
        What stands above in the KPI, the ambient level for noise; NaN is none.
    withheld : int8 array, shape (n,)
        Why there is no value, an index into :data:`WITHHELD`; :data:`NOT_WITHHELD` where it is
        shown.
    doubtful : bool array, shape (n,)
        Whether the value rests on a meter in doubt, so that it proves nothing.
    closed : bool array, shape (n,)
        Whether the window is a whole named period that had ended (:class:`models.readings.Window`).
    category : int8 array, shape (n,)
        Where IT energy is measured, 1 to 3 (EN 50600-4-2); 0 is not known, or means nothing.

    Raises
    ------
    ValueError
        If columns differ in length, an index names nothing, a closed period is empty, or a
        withheld value is there.

    Examples
    --------
    >>> from datetime import date
    >>> end_us = 1_767_222_000_000_000
    >>> columns = KpiColumns.of_rows(
    ...     sites=("site_01",), kpis=("pue",), windows=("12months",),
    ...     site=[0], kpi=[0], window=[0], on=[date(2025, 12, 31).toordinal()],
    ...     start_us=[end_us - 365 * 86_400_000_000], end_us=[end_us], value=[1.32],
    ...     expanded_uncertainty=[0.02], coverage_ratio=[0.99], origin=[0], numerator=[np.nan],
    ... )
    >>> result = columns.result(0)
    >>> result.kpi, result.value, result.window.duration.days
    ('pue', 1.32, 365)
    """

    sites: tuple[str, ...]
    kpis: tuple[str, ...]
    windows: tuple[str, ...]
    site: NDArray[np.int32]
    kpi: NDArray[np.int16]
    window: NDArray[np.int8]
    on: NDArray[np.int32]
    start_us: IntArray
    end_us: IntArray
    value: FloatArray
    expanded_uncertainty: FloatArray
    coverage_ratio: FloatArray
    origin: NDArray[np.int8]
    numerator: FloatArray
    withheld: NDArray[np.int8]
    doubtful: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    category: NDArray[np.int8]

    def __post_init__(self) -> None:
        """Refuse columns of different length, and indices that name nothing."""
        shapes = {name: np.shape(getattr(self, name)) for name in DTYPES}
        if len(set(shapes.values())) > 1 or len(shapes["site"]) != 1:
            told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            msg = f"a history needs columns of one length, got {told}"
            raise ValueError(msg)
        for index, names in (("site", self.sites), ("kpi", self.kpis), ("window", self.windows)):
            _check_index(index, getattr(self, index), len(names))
        _check_index("origin", self.origin, len(Origin))
        _check_index("category", self.category, CATEGORIES)
        if np.any(self.end_us < self.start_us):
            row = int(np.argmax(self.end_us < self.start_us))
            msg = f"the window of row {row} ends before it starts"
            raise ValueError(msg)
        empty = self.closed & (self.end_us == self.start_us)
        if empty.any():
            msg = f"row {int(np.argmax(empty))} is of a closed period that holds no instant"
            raise ValueError(msg)
        _check_index("withheld", self.withheld, len(WITHHELD), least=NOT_WITHHELD)
        both = (self.withheld != NOT_WITHHELD) & ~np.isnan(self.value)
        if both.any():
            row = int(np.argmax(both))
            msg = f"row {row} has a value, and says that it is withheld"
            raise ValueError(msg)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.site)

    @classmethod
    def of_rows(
        cls,
        *,
        sites: Sequence[str],
        kpis: Sequence[str],
        windows: Sequence[str],
        **columns: Sequence[float] | NDArray[np.generic],
    ) -> Self:
        """Columns of any numeric sequences, each brought to its own type.

        Histories written before there were the columns :data:`ADDED` do without:
        a value that is away was withheld for no data when nothing is covered, for low coverage
        when part of the window is, else as impossible; no meter is in doubt, no period closed, no
        category known.

        Raises
        ------
        ValueError
            If another column is missing, or one is given that a history has not.
        """
        wrong = (set(DTYPES) - set(columns) - ADDED) | (set(columns) - set(DTYPES))
        if wrong:
            told = ", ".join(sorted(wrong))
            msg = f"a history has the columns {', '.join(DTYPES)}; missing or unknown: {told}"
            raise ValueError(msg)
        given = dict(columns)
        rows = len(given["site"])
        given.setdefault("doubtful", np.zeros(rows, np.bool_))
        given.setdefault("closed", np.zeros(rows, np.bool_))
        given.setdefault("category", np.zeros(rows, np.int8))
        if "withheld" not in given:
            given["withheld"] = _assumed(given["value"], given["coverage_ratio"])
        arrays = {name: np.asarray(given[name], dtype=kind) for name, kind in DTYPES.items()}
        return cls(
            sites=tuple(sites),
            kpis=tuple(kpis),
            windows=tuple(windows),
            **arrays,
        )

    def result(self, row: int, *, unit: str = "") -> KpiResult:
        """One row as the result that the engine judges.

        Parameters
        ----------
        row : int
            Which row.
        unit : str
            The unit of the KPI, which the columns do not carry.

        Returns
        -------
        KpiResult
            Of a doubt the columns keep that there is one, not the meter and not the reason.
        """
        value, uncertainty, numerator = (
            _known(float(column[row]))
            for column in (self.value, self.expanded_uncertainty, self.numerator)
        )
        withheld = int(self.withheld[row])
        doubt = Doubt(meter="", reason=DoubtReason.NOT_RECORDED)
        return KpiResult(
            kpi=self.kpis[self.kpi[row]],
            window=Window(
                name=self.windows[self.window[row]],
                start=from_us(int(self.start_us[row])),
                end=from_us(int(self.end_us[row])),
                closed=bool(self.closed[row]),
            ),
            unit=unit,
            value=value,
            expanded_uncertainty=uncertainty,
            coverage_ratio=float(self.coverage_ratio[row]),
            withheld=None if withheld == NOT_WITHHELD else WITHHELD[withheld],
            category=int(self.category[row]) or None,
            origin=Origin(int(self.origin[row])),
            doubts=(doubt,) if self.doubtful[row] else (),
            numerator=numerator,
        )

    def from_file(self) -> Self:
        """The rows as a program takes them that did not measure them: measured is imported."""
        return replace(self, origin=np.maximum(self.origin, np.int8(Origin.IMPORTED)))

    @classmethod
    def concat(cls, parts: Iterable[Self]) -> Self:
        """Join histories in order; names that several have are one. No part, no rows.

        Examples
        --------
        >>> len(KpiColumns.concat([]))
        0
        """
        each = tuple(parts)
        names = {
            kind: tuple(dict.fromkeys(name for part in each for name in getattr(part, kind)))
            for kind in _NAMES
        }
        columns = {
            name: np.concatenate([np.empty(0, kind), *(getattr(part, name) for part in each)])
            for name, kind in DTYPES.items()
        }
        for index, kind in (("site", "sites"), ("kpi", "kpis"), ("window", "windows")):
            columns[index] = np.concatenate(
                [np.empty(0, np.int64), *(_moved(part, index, kind, names[kind]) for part in each)]
            )
        return cls.of_rows(
            sites=names["sites"], kpis=names["kpis"], windows=names["windows"], **columns
        )

    def of_site(self, name: str) -> Self:
        """The rows of one site; the names stay, so that indices mean the same.

        Raises
        ------
        ValueError
            If no site has this name.
        """
        if name not in self.sites:
            msg = f"no site {name!r} in the history; it has {', '.join(self.sites) or 'none'}"
            raise ValueError(msg)
        return self.where(self.site == self.sites.index(name))

    def where(self, mask: NDArray[np.bool_]) -> Self:
        """The rows that a mask of shape (n,) keeps."""
        kept = {f.name: getattr(self, f.name)[mask] for f in fields(self) if f.name in DTYPES}
        return replace(self, **kept)


def _check_index(name: str, column: NDArray[np.generic], count: int, least: int = 0) -> None:
    numbers = column.astype(np.int64)
    wrong = (numbers < least) | (numbers >= count)
    if wrong.any():
        row = int(np.argmax(wrong))
        msg = (
            f"{name} of row {row} is {numbers[row]}, but there are {count}: {least} to {count - 1}"
        )
        raise ValueError(msg)


def _moved(part: KpiColumns, index: str, kind: str, names: tuple[str, ...]) -> IntArray:
    """An index column of a part, into the names of the whole."""
    place = np.array([names.index(name) for name in getattr(part, kind)], dtype=np.int64)
    return place[getattr(part, index)] if place.size else np.empty(0, np.int64)


def _known(number: float) -> float | None:
    return None if isnan(number) else number


def _assumed(
    value: Sequence[float] | NDArray[np.generic], coverage: Sequence[float] | NDArray[np.generic]
) -> NDArray[np.int8]:
    """Why a value is away, of a history that does not say."""
    covered = np.asarray(coverage, np.float64)
    why = [WITHHELD.index(one) for one in (Withheld.NO_DATA, Withheld.LOW_COVERAGE)]
    away = np.select([covered <= 0.0, covered < 1.0], why, WITHHELD.index(Withheld.IMPOSSIBLE))
    return np.where(np.isnan(np.asarray(value, np.float64)), away, NOT_WITHHELD).astype(np.int8)
