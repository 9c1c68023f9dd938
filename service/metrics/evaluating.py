"""The evaluation's own state at each scrape."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from service.evaluation.ports import EvaluationPart
from service.metrics.family import Family, Kind, Program
from service.metrics.identity import database_up, program_registry

AT_WORK: Final = Family(
    name="boucle_evaluation_at_work",
    text="1 while this process evaluates the site, 0 while it stands by for another",
    absent="never",
)
PUBLISHED: Final = Family(
    name="boucle_evaluation_last_success_timestamp_seconds",
    text=(
        "When a part of the evaluation last succeeded: live (figures of now, each second), "
        "past (days, long windows, verdicts)"
    ),
    labels=("part",),
    absent="before its first success",
)
FAILURES: Final = Family(
    name="boucle_evaluation_failures_total",
    text="Times a part of the evaluation had to wait for the database",
    labels=("part",),
    kind=Kind.COUNTER,
    absent="never",
)
DURATION: Final = Family(
    name="boucle_evaluation_duration_seconds",
    text="How long a part of the evaluation took",
    labels=("part",),
    kind=Kind.HISTOGRAM,
    absent="before its first success",
)
FAMILIES: Final = (AT_WORK, PUBLISHED, FAILURES, DURATION)
_BUCKETS_S: Final = (0.05, 0.2, 1.0, 5.0, 20.0, 60.0)


class EvaluationMetrics(Collector):
    """An :class:`service.evaluation.ports.EvaluationWatch` that tells at each scrape."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._is_at_work = False
        self._database_up: bool | None = None
        self._succeeded_s: dict[str, float] = {}
        self._failures = {part.value: 0 for part in EvaluationPart}
        self.registry: CollectorRegistry = program_registry(Program.EVALUATE)
        self._durations = Histogram(
            DURATION.name,
            DURATION.text,
            DURATION.label_names,
            registry=self.registry,
            buckets=_BUCKETS_S,
        )
        self.registry.register(self)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While this process has the lease."""
        self._is_at_work = True
        try:
            yield
        finally:
            self._is_at_work = False
            self._database_up = None
            self._succeeded_s.clear()

    @property
    def is_at_work(self) -> bool:
        """Whether it evaluates, or stands by."""
        return self._is_at_work

    def worked(self, part: EvaluationPart, took_s: float, *, is_done: bool) -> None:
        """Note how a part went."""
        self._database_up = is_done
        if is_done:
            self._succeeded_s[part.value] = time.time()
            self._durations.labels(self._site, part.value).observe(took_s)
        else:
            self._failures[part.value] += 1

    def collect(self) -> Iterator[Metric]:
        """Whether it works, and since when a part does not."""
        site = self._site
        yield AT_WORK.one(site, self._is_at_work)
        yield PUBLISHED.of(site, (((part,), at) for part, at in self._succeeded_s.items()))
        yield FAILURES.of(site, (((part,), n) for part, n in self._failures.items()))
        if self._database_up is not None:
            yield database_up(site, Program.EVALUATE, self._database_up)
