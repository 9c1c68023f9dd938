"""The numbers that conditions compare: as PromQL, and as reckoned from what was scraped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from service.alerts.series import Sample, Seen, Series

_MINUTE_S = 60.0


class Figure(Protocol):
    """A number of each of some series; none where it is not known."""

    @property
    def promql(self) -> str:
        """As Prometheus reckons it."""

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """Series of which more is needed than the latest value, and for how many seconds."""

    def values(self, seen: Seen) -> Iterator[Sample]:
        """As it is reckoned from what was scraped."""


class OfNow:
    """A figure of latest values only."""

    __slots__ = ()

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class Latest(OfNow):
    """The value itself."""

    series: Series

    @property
    def promql(self) -> str:
        """The selector alone."""
        return self.series.promql

    def values(self, seen: Seen) -> Iterator[Sample]:
        """What is shown."""
        yield from seen.now(self.series)


@dataclass(frozen=True, slots=True)
class Distance(OfNow):
    """How far the value is from another, to either side."""

    series: Series
    middle: float

    @property
    def promql(self) -> str:
        """The absolute difference."""
        return f"abs({self.series.promql} - ({self.middle:g}))"

    def values(self, seen: Seen) -> Iterator[Sample]:
        """The same of what is shown."""
        for one in seen.now(self.series):
            yield Sample(one.labels, abs(one.value - self.middle))


@dataclass(frozen=True, slots=True)
class Product(OfNow):
    """The value times that of another single series."""

    series: Series
    other: Series

    @property
    def promql(self) -> str:
        """Joined on no label."""
        return f"{self.series.promql} * on () {self.other.promql}"

    def values(self, seen: Seen) -> Iterator[Sample]:
        """Of two that are both known."""
        for one in seen.now(self.series):
            for other in seen.now(self.other):
                yield Sample({}, one.value * other.value)


@dataclass(frozen=True, slots=True)
class Moved:
    """By how much the value moved in some minutes: both ends are known, or nothing is."""

    series: Series
    minutes: int

    @property
    def promql(self) -> str:
        """Now less before."""
        return f"{self.series.promql} - {self.series.promql} offset {self.minutes}m"

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """To the other end."""
        return ((self.series, self.minutes * _MINUTE_S),)

    def values(self, seen: Seen) -> Iterator[Sample]:
        """Joined on all labels."""
        for one in seen.now(self.series):
            for before in seen.before(self.series, self.minutes * _MINUTE_S):
                if before.labels == one.labels:
                    yield Sample(one.labels, one.value - before.value)


@dataclass(frozen=True, slots=True)
class Increase:
    """By how much a counter rose in the last hours, through its restarts.

    Prometheus extrapolates to the ends of the window; whether it rose at all is the same.
    """

    series: Series
    hours: int

    @property
    def promql(self) -> str:
        """Of a range."""
        return f"increase({self.series.promql}[{self.hours}h])"

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """The range."""
        return ((self.series, self._window_s),)

    @property
    def _window_s(self) -> float:
        return self.hours * 60.0 * _MINUTE_S

    def values(self, seen: Seen) -> Iterator[Sample]:
        """What it rose by from each look to the next; a counter that fell began at zero."""
        for one in seen.over(self.series, self._window_s):
            if len(one.points) < 2:
                continue
            steps = pairwise(value for _, value in one.points)
            rise = sum(after - before if after >= before else after for before, after in steps)
            yield Sample(one.labels, rise)


@dataclass(frozen=True, slots=True)
class Expected:
    """The value so many seconds ahead, along the line of least squares of the last minutes."""

    series: Series
    minutes: int
    ahead_s: int

    @property
    def promql(self) -> str:
        """Prometheus draws the same line."""
        return f"predict_linear({self.series.promql}[{self.minutes}m], {self.ahead_s})"

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """What the line is drawn through."""
        return ((self.series, self.minutes * _MINUTE_S),)

    def values(self, seen: Seen) -> Iterator[Sample]:
        """From two points on."""
        for one in seen.over(self.series, self.minutes * _MINUTE_S):
            if len(one.points) >= 2:
                yield Sample(one.labels, self._on_the_line(one.points, seen.at_s))

    def _on_the_line(self, points: Sequence[tuple[float, float]], at_s: float) -> float:
        mean_t = sum(t - at_s for t, _ in points) / len(points)
        mean = sum(value for _, value in points) / len(points)
        spread = sum((t - at_s - mean_t) ** 2 for t, _ in points)
        if spread == 0.0:
            return mean
        slope = sum((t - at_s - mean_t) * (value - mean) for t, value in points) / spread
        return mean + slope * (self.ahead_s - mean_t)
