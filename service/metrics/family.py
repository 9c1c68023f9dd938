"""One metric family: its name, labels, help, and what its absence means."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.metrics_core import Metric

# Values of the labels after ``site``, value.
Samples: TypeAlias = Iterable[tuple[tuple[str, ...], float]]

SITE: Final = "site"


class Kind(StrEnum):
    """What a family is to Prometheus."""

    GAUGE = "gauge"
    COUNTER = "counter"
    SUMMARY = "summary"
    HISTOGRAM = "histogram"


class Program(StrEnum):
    """The process that shows a family; a scrape job has its name."""

    COLLECT = "collect"
    EVALUATE = "evaluate"
    SERVE = "serve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family as a scrape shows it.

    ``name`` is that of its samples but for a summary's or histogram's suffixes: a counter's ends
    with ``_total``. ``labels`` come after ``site``, which every family about a site has.
    ``absent`` says when a series is not there: what is unknown is never 0.
    """

    name: str
    text: str
    absent: str
    labels: tuple[str, ...] = ()
    kind: Kind = Kind.GAUGE
    of_site: bool = True

    @property
    def label_names(self) -> tuple[str, ...]:
        """Names of the labels of a sample, ``site`` first."""
        return (SITE, *self.labels) if self.of_site else self.labels

    def of(self, site: str, samples: Samples) -> Metric:
        """The family of one site with its samples."""
        kind = CounterMetricFamily if self.kind is Kind.COUNTER else GaugeMetricFamily
        made = kind(self.name, self.text, labels=self.label_names)
        before = (site,) if self.of_site else ()
        for labels, value in samples:
            made.add_metric((*before, *labels), value)
        return made

    def one(self, site: str, value: float | None) -> Metric:
        """The family with one sample without further labels; empty when that is unknown."""
        return self.of(site, () if value is None else (((), float(value)),))

    def summed(self, site: str, samples: Iterable[tuple[tuple[str, ...], int, float]]) -> Metric:
        """A summary: labels, how many, and their sum."""
        made = SummaryMetricFamily(self.name, self.text, labels=self.label_names)
        for labels, count, total in samples:
            made.add_metric((site, *labels), count_value=count, sum_value=total)
        return made
