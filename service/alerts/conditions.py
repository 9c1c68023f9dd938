"""When an alert holds: one definition, written as PromQL and decided on what was scraped.

A condition is true or false of each subject, the values of its labels ``by``, and absent while it
is not known. Each class renders the PromQL that means the same; ``tests/service/notifying`` holds
both against promtool's cases.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from service.alerts.figures import Figure, Latest
from service.alerts.series import Seen, Series

Subject: TypeAlias = tuple[str, ...]
Decided: TypeAlias = Mapping[Subject, bool]

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_ALL: Final[Subject] = ()


class Sign(Protocol):
    """Something that is there or not."""

    @property
    def promql(self) -> str:
        """A vector that is empty when it is not there."""

    def is_there(self, seen: Seen) -> bool:
        """The same of what was scraped."""


class Condition(Protocol):
    """True or false of each subject it is known of."""

    @property
    def promql(self) -> str:
        """1 or 0 by subject; of a condition about absence anything, or nothing."""

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """Series of which more is needed than the latest value, and for how many seconds."""

    def decide(self, seen: Seen) -> Decided:
        """The same of what was scraped."""


def least_or_greatest(figure: Figure, by: Subject, pick: str = "max") -> str:
    """PromQL of one number for each subject."""
    return f"{pick} by ({', '.join(by)}) ({figure.promql})"


def by_subject(
    figure: Figure, by: Subject, seen: Seen, pick: Callable[[float, float], float] = max
) -> dict[Subject, float]:
    """The same of what was scraped."""
    found: dict[Subject, float] = {}
    for one in figure.values(seen):
        subject = tuple(one.labels.get(name, "") for name in by)
        found[subject] = pick(found[subject], one.value) if subject in found else one.value
    return found


def greatest(series: Series, seen: Seen) -> float | None:
    """The greatest of the series that are shown."""
    return max((one.value for one in seen.now(series)), default=None)


@dataclass(frozen=True, slots=True)
class IsValue:
    """A sign: the greatest of some series has just this value."""

    series: Series
    value: int

    @property
    def promql(self) -> str:
        """A filter, not a bool."""
        return f"(max by () ({self.series.promql}) == {self.value})"

    def is_there(self, seen: Seen) -> bool:
        """The same of what was scraped."""
        return greatest(self.series, seen) == self.value


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure that is 1 or 0 itself."""

    figure: Figure
    by: Subject = ()

    @property
    def promql(self) -> str:
        """The greatest of each subject."""
        return least_or_greatest(self.figure, self.by)

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """As the figure does."""
        return self.figure.looks_back

    def decide(self, seen: Seen) -> Decided:
        """The same of what was scraped."""
        values = by_subject(self.figure, self.by, seen)
        return {subject: value == 1.0 for subject, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A figure against a number, or against the greatest of a series."""

    figure: Figure
    than: str
    limit: float | Series
    by: Subject = ()
    least: bool = False

    @property
    def promql(self) -> str:
        """1 or 0."""
        limit = (
            least_or_greatest(Latest(self.limit), ())
            if isinstance(self.limit, Series)
            else f"{self.limit:g}"
        )
        figure = least_or_greatest(self.figure, self.by, "min" if self.least else "max")
        return f"{figure} {self.than} bool {limit}"

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """As the figure does."""
        return self.figure.looks_back

    def decide(self, seen: Seen) -> Decided:
        """The same of what was scraped."""
        limit = greatest(self.limit, seen) if isinstance(self.limit, Series) else self.limit
        if limit is None:
            return {}
        values = by_subject(self.figure, self.by, seen, min if self.least else max)
        compare = _COMPARISONS[self.than]
        return {subject: compare(value, limit) for subject, value in values.items()}


class _OfNow:
    """A condition on latest values only."""

    __slots__ = ()

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class OlderThan(_OfNow):
    """An instant is shown, and is longer ago."""

    series: Series
    seconds: int

    @property
    def promql(self) -> str:
        """1 or 0."""
        return f"time() - max by () ({self.series.promql}) > bool {self.seconds}"

    def decide(self, seen: Seen) -> Decided:
        """The same of what was scraped."""
        instant_s = greatest(self.series, seen)
        return {} if instant_s is None else {_ALL: seen.at_s - instant_s > self.seconds}


@dataclass(frozen=True, slots=True)
class Unless:
    """A condition that is not asked while something is shown."""

    condition: Condition
    sign: Series

    @property
    def promql(self) -> str:
        """Absent while it is not asked."""
        return f"{self.condition.promql} unless on () {self.sign.promql}"

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """As the condition does."""
        return self.condition.looks_back

    def decide(self, seen: Seen) -> Decided:
        """The same of what was scraped."""
        return {} if self.sign.is_there(seen) else self.condition.decide(seen)


@dataclass(frozen=True, slots=True)
class Absent(_OfNow):
    """Nothing is shown."""

    series: Series

    @property
    def promql(self) -> str:
        """There when it holds."""
        return f"absent({self.series.promql})"

    def decide(self, seen: Seen) -> Decided:
        """Known at any time."""
        return {_ALL: not self.series.is_there(seen)}


@dataclass(frozen=True, slots=True)
class AbsentOrOlder(_OfNow):
    """An instant is longer ago, or is not shown at all."""

    series: Series
    seconds: int

    @property
    def promql(self) -> str:
        """There when it holds."""
        shown = self.series.promql
        return f"absent({shown}) or (time() - max({shown}) > {self.seconds})"

    def decide(self, seen: Seen) -> Decided:
        """Known at any time."""
        instant_s = greatest(self.series, seen)
        return {_ALL: instant_s is None or seen.at_s - instant_s > self.seconds}


@dataclass(frozen=True, slots=True)
class NobodyAtWork(_OfNow):
    """What is made is old; or it is not shown, and nobody says that they make it."""

    made: Series
    at_work: Series
    seconds: int

    @property
    def promql(self) -> str:
        """There when it holds."""
        age, late = f"time() - max({self.made.promql})", self.seconds
        return (
            f"({age} > {late}) or "
            f"(absent(max({self.at_work.promql}) == 1) unless on () ({age} <= {late}))"
        )

    def decide(self, seen: Seen) -> Decided:
        """Known at any time."""
        made_s = greatest(self.made, seen)
        if made_s is not None:
            return {_ALL: seen.at_s - made_s > self.seconds}
        return {_ALL: greatest(self.at_work, seen) != 1.0}
