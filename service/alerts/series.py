"""Which series a condition is about: to ask Prometheus for, or to find in what was scraped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

Labels: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One series with its latest value."""

    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Course:
    """One series over a while: pairs of Unix seconds and value, the oldest first."""

    labels: Labels
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The series of a family with these labels; those of ``one_of`` may be any of several."""

    family: str
    labels: Labels
    one_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def promql(self) -> str:
        """The selector.

        Examples
        --------
        >>> Series(family="up", labels={"site": "s"}, one_of={"job": ("a", "b")}).promql
        'up{site="s",job=~"a|b"}'
        """
        equal = [f"{name}={quoted(value)}" for name, value in self.labels.items()]
        any_of = [f"{name}=~{quoted('|'.join(values))}" for name, values in self.one_of.items()]
        return f"{self.family}{{{','.join([*equal, *any_of])}}}"

    def matches(self, labels: Labels) -> bool:
        """Whether a series of the family is one of these."""
        return all(labels.get(name, "") == value for name, value in self.labels.items()) and all(
            labels.get(name, "") in values for name, values in self.one_of.items()
        )

    def is_there(self, seen: "Seen") -> bool:
        """Whether any of them is shown."""
        return bool(seen.now(self))


class Seen(Protocol):
    """What was scraped, as conditions look at it."""

    @property
    def at_s(self) -> float:
        """The instant of the look, in Unix seconds."""

    def now(self, series: Series) -> Sequence[Sample]:
        """What is shown; nothing of a program that did not answer."""

    def before(self, series: Series, ago_s: float) -> Sequence[Sample]:
        """What was shown so long ago."""

    def over(self, series: Series, window_s: float) -> Sequence[Course]:
        """What was shown in a window that ends now, also of series that ended in it."""


def selector(**labels: str) -> str:
    """Label matchers in braces.

    Examples
    --------
    >>> selector(site="chapelle", rule="paris_wue")
    '{site="chapelle",rule="paris_wue"}'
    """
    return "{" + ",".join(f"{name}={quoted(value)}" for name, value in labels.items()) + "}"


def quoted(text: str) -> str:
    """A PromQL string.

    Examples
    --------
    >>> quoted('a "b"')
    '"a \\\\"b\\\\""'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
