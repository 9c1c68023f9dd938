"""What was scraped, now and over the time that conditions look back on."""

import math
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from service.alerts.alert import Alert
from service.alerts.series import Course, Labels, Sample, Series

_FAMILY: Final = re.compile(r"\bboucle_[a-z0-9_]+")
_NAME: Final = re.compile(r"[^{ ]+")
# What conditions look back on is kept once a minute: for them a minute decides nothing.
_KEPT_EVERY_S: Final = 60.0
# A value of a moment ago is not older than two rounds of keeping and one look.
_BEFORE_AT_MOST_S: Final = 150.0
_JITTER_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of an exposition."""

    family: str
    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class KeptCourse:
    """What is kept of one series: pairs of Unix seconds and value."""

    family: str
    labels: Labels
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLooks:
    """When was looked, and what was seen: a series without a value then was not shown."""

    at_s: Sequence[float] = ()
    courses: Sequence[KeptCourse] = ()


def families_of(alerts: Iterable[Alert]) -> frozenset[str]:
    """The families that the alerts are about."""
    found: set[str] = set()
    for alert in alerts:
        for one in (alert.when, alert.alive, alert.answered):
            if one is not None:
                found.update(_FAMILY.findall(one.promql))
    return frozenset(found)


def shown_in(text: str, families: frozenset[str]) -> Iterator[Shown]:
    """The samples of some families in an exposition.

    Of thousands of lines only those that are asked for are read in full.

    Raises
    ------
    ValueError
        If the text is no exposition.
    """
    asked = [line for line in text.splitlines() if _name(line) in families]
    for metric in text_string_to_metric_families("\n".join([*asked, ""])):
        for sample in metric.samples:
            if math.isfinite(sample.value):
                yield Shown(sample.name, sample.labels, float(sample.value))


def _name(line: str) -> str:
    found = _NAME.match(line)
    return found[0] if found else ""


class Scraped:
    """A :class:`service.alerts.series.Seen` that is told what was scraped, look by look."""

    def __init__(self, kept: KeptLooks | None = None) -> None:
        kept = kept or KeptLooks()
        self.at_s = 0.0
        self._latest: dict[str, list[Sample]] = {}
        self._courses = {
            (one.family, _key(one.labels)): deque((float(t), v) for t, v in one.points)
            for one in kept.courses
        }
        self._kept_at_s = [float(at_s) for at_s in kept.at_s]
        self._looks_back: list[tuple[Series, float]] = []

    def look_for(self, alerts: Iterable[Alert]) -> None:
        """Keep what these alerts look back on."""
        self._looks_back = [one for alert in alerts for one in alert.when.looks_back]

    def take(self, at_s: float, shown: Iterable[Shown]) -> None:
        """One look: everything that is shown now. What is not is gone."""
        self.at_s, self._latest = at_s, {}
        for one in shown:
            self._latest.setdefault(one.family, []).append(Sample(one.labels, one.value))
        # What is later than now was kept before the clock was moved.
        self._kept_at_s = [one for one in self._kept_at_s if one < at_s]
        if not self._kept_at_s or at_s - self._kept_at_s[-1] >= _KEPT_EVERY_S - _JITTER_S:
            self._keep()

    def _keep(self) -> None:
        furthest_s: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
        for series, span_s in self._looks_back:
            for one in self.now(series):
                self._courses.setdefault((series.family, _key(one.labels)), deque())
            for family, labels in self._courses:
                if family == series.family and series.matches(dict(labels)):
                    key = family, labels
                    furthest_s[key] = max(furthest_s.get(key, 0.0), span_s)
        for family, samples in self._latest.items():
            for one in samples:
                if (course := self._courses.get((family, _key(one.labels)))) is not None:
                    course.append((self.at_s, one.value))
        for key, course in list(self._courses.items()):
            since_s = self.at_s - furthest_s.get(key, 0.0) - _BEFORE_AT_MOST_S
            points = [(t, v) for t, v in course if since_s < t <= self.at_s]
            self._courses[key] = deque(points)
            if not points or key not in furthest_s:
                del self._courses[key]
        first_s = self.at_s - max(furthest_s.values(), default=0.0) - _BEFORE_AT_MOST_S
        self._kept_at_s = [*(one for one in self._kept_at_s if one > first_s), self.at_s]

    def kept(self) -> KeptLooks:
        """What conditions look back on, for the next start."""
        courses = [
            KeptCourse(family, dict(labels), list(points))
            for (family, labels), points in self._courses.items()
        ]
        return KeptLooks(at_s=list(self._kept_at_s), courses=courses)

    def now(self, series: Series) -> Sequence[Sample]:
        """What is shown; nothing of a program that did not answer."""
        return [one for one in self._latest.get(series.family, ()) if series.matches(one.labels)]

    def before(self, series: Series, ago_s: float) -> Sequence[Sample]:
        """What was shown so long ago."""
        until_s = self.at_s - ago_s
        looked_s = max((one for one in self._kept_at_s if one <= until_s), default=-math.inf)
        if looked_s <= until_s - _BEFORE_AT_MOST_S:
            return []
        return [
            Sample(one.labels, value)
            for one in self._of(series)
            for at_s, value in one.points
            if at_s == looked_s
        ]

    def over(self, series: Series, window_s: float) -> Sequence[Course]:
        """What was shown in a window that ends now, also of series that ended in it."""
        since_s = self.at_s - window_s
        now = {_key(one.labels): one.value for one in self.now(series)}
        found = []
        for one in self._of(series):
            # With both ends, as Prometheus 2 has it.
            points = [(t, v) for t, v in one.points if since_s <= t <= self.at_s]
            latest = now.get(_key(one.labels))
            if latest is not None and (not points or points[-1][0] < self.at_s):
                points.append((self.at_s, latest))
            found.append(Course(one.labels, points))
        return found

    def _of(self, series: Series) -> Iterator[Course]:
        for (family, labels), points in self._courses.items():
            if family == series.family and series.matches(dict(labels)):
                yield Course(dict(labels), list(points))


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))
