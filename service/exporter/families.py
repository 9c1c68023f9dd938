"""Metric families that the server and the collector both show: the pipeline and the devices."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from models.readings import DeviceState

# Values of the labels, value.
Samples: TypeAlias = Sequence[tuple[tuple[str, ...], float]]


class PipelineFigures(Protocol):
    """What is known of the way from the devices to the table."""

    @property
    def acknowledged_total(self) -> int: ...
    @property
    def written_total(self) -> int: ...
    @property
    def spooled_rows(self) -> int: ...
    @property
    def spooled_bytes(self) -> int: ...
    @property
    def oldest_age_s(self) -> float | None: ...
    @property
    def dropped_total(self) -> int: ...
    @property
    def dead_letter_total(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFigures:
    """What is known of one device.

    Only the collector knows what its devices refuse: elsewhere the counts are None.
    """

    id: str
    link: str
    state: DeviceState
    polls_total: int
    failures_total: int
    split_blocks: int | None = None
    refused_points: int | None = None
    learned: str | None = None
    clock_offset_s: float | None = None


_PIPELINE_GAUGES = (
    ("boucle_spool_rows", "Readings waiting on disk", "spooled_rows"),
    ("boucle_spool_bytes", "Size of what waits on disk", "spooled_bytes"),
    ("boucle_spool_oldest_age_seconds", "Age of the oldest waiting reading", "oldest_age_s"),
)
_PIPELINE_COUNTERS = (
    ("boucle_readings_acknowledged", "Readings durable on disk", "acknowledged_total"),
    (
        "boucle_readings_written",
        "Readings committed to the database that it did not have",
        "written_total",
    ),
    ("boucle_readings_dropped", "Readings lost: must stay zero", "dropped_total"),
    ("boucle_readings_dead_letter", "Readings refused for good", "dead_letter_total"),
)


def gauge(name: str, text: str, labels: list[str], samples: Samples) -> GaugeMetricFamily:
    """A gauge with its samples."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def counter(name: str, text: str, labels: list[str], samples: Samples) -> CounterMetricFamily:
    """A counter with its samples; ``_total`` is added to its name."""
    family = CounterMetricFamily(name, text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def pipeline_metrics(site: str, figures: PipelineFigures) -> Iterator[Metric]:
    """What waits on disk, and what became of the rest."""
    labels = ["site"]
    for name, text, field in _PIPELINE_GAUGES:
        value = getattr(figures, field)
        yield gauge(name, text, labels, [] if value is None else [((site,), float(value))])
    for name, text, field in _PIPELINE_COUNTERS:
        yield counter(name, text, labels, [((site,), float(getattr(figures, field)))])


def device_metrics(site: str, devices: Iterable[DeviceFigures]) -> Iterator[Metric]:
    """Whether each device answers, and how often it did not."""
    known = list(devices)
    yield gauge(
        "boucle_device_up",
        "1 when the device answers, fully or in part",
        ["site", "device", "link"],
        [
            ((site, d.id, d.link), float(d.state in {DeviceState.OK, DeviceState.DEGRADED}))
            for d in known
        ],
    )
    yield gauge(
        "boucle_device_state",
        "1 for the state of the device, 0 for the others",
        ["site", "device", "state"],
        [
            ((site, d.id, state.value), float(d.state is state))
            for d in known
            for state in DeviceState
        ],
    )
    for name, text, field in (
        ("boucle_device_polls", "Polls since the collector started", "polls_total"),
        ("boucle_device_failures", "Failed polls since the collector started", "failures_total"),
    ):
        samples = [((site, d.id), float(getattr(d, field))) for d in known]
        yield counter(name, text, ["site", "device"], samples)
    yield from _learned_metrics(site, known)


def _learned_metrics(site: str, devices: Sequence[DeviceFigures]) -> Iterator[Metric]:
    """What devices refuse, where that is known."""
    split = [((site, d.id), float(d.split_blocks)) for d in devices if d.split_blocks is not None]
    refused = [
        ((site, d.id), float(d.refused_points)) for d in devices if d.refused_points is not None
    ]
    labels = ["site", "device"]
    if split:
        text = "Blocks of registers read in parts, because the device refuses the whole"
        yield gauge("boucle_device_split_blocks", text, labels, split)
    if refused:
        text = "Points left out until their next test, because the device refuses them"
        yield gauge("boucle_device_refused_points", text, labels, refused)


def store_up(site: str, is_up: bool) -> Metric:
    """Whether the database answers."""
    samples = [((site,), float(is_up))]
    return gauge("boucle_store_up", "1 when the database answers", ["site"], samples)
