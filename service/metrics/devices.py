"""Devices as the collector knows them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client.metrics_core import Metric

from models.readings import DeviceState
from models.site.devices import Device
from service.metrics.family import Family, Kind

_NO_POLL: Final = "before its first poll"

DEVICE_INFO: Final = Family(
    name="boucle_device_info",
    text="Names, profile and link of each device of the site file; 1",
    labels=("device", "label_fr", "label_en", "profile", "link", "protocol"),
    absent="for a device that is not in the site file",
)
DEVICE_UP: Final = Family(
    name="boucle_device_up",
    text="1 when the device answers, fully or in part",
    labels=("device",),
    absent=_NO_POLL,
)
DEVICE_STATE: Final = Family(
    name="boucle_device_state",
    text=(
        "1 for the state of the device, 0 for the others: starting (not heard of yet), "
        "ok, degraded (answers in part), lost"
    ),
    labels=("device", "state"),
    absent="never",
)
DEVICE_STATE_SINCE: Final = Family(
    name="boucle_device_state_since_timestamp_seconds",
    text="Since when the device is in its state",
    labels=("device",),
    absent=_NO_POLL,
)
DEVICE_ANSWERED: Final = Family(
    name="boucle_device_last_answer_timestamp_seconds",
    text="When the device last answered in full",
    labels=("device",),
    absent="before its first full answer since the collector started",
)
DEVICE_POLLS: Final = Family(
    name="boucle_device_poll_duration_seconds",
    text="Polls of the device since the collector started, and the time they took",
    labels=("device",),
    kind=Kind.SUMMARY,
    absent=_NO_POLL,
)
DEVICE_FAILURES: Final = Family(
    name="boucle_device_poll_failures_total",
    text="Polls that brought nothing since the collector started",
    labels=("device",),
    kind=Kind.COUNTER,
    absent=_NO_POLL,
)
DEVICE_SPLIT_BLOCKS: Final = Family(
    name="boucle_device_split_blocks",
    text="Blocks of registers read in parts, because the device refuses the whole",
    labels=("device",),
    absent=_NO_POLL,
)
DEVICE_REFUSED_POINTS: Final = Family(
    name="boucle_device_refused_points",
    text="Points left out until their next test, because the device refuses them",
    labels=("device",),
    absent=_NO_POLL,
)
DEVICE_CLOCK_OFFSET: Final = Family(
    name="boucle_device_clock_offset_seconds",
    text="How far the clock of the device is ahead of the collector's",
    labels=("device",),
    absent="when the device tells no time",
)
FAMILIES: Final = (
    DEVICE_INFO,
    DEVICE_UP,
    DEVICE_STATE,
    DEVICE_STATE_SINCE,
    DEVICE_ANSWERED,
    DEVICE_POLLS,
    DEVICE_FAILURES,
    DEVICE_SPLIT_BLOCKS,
    DEVICE_REFUSED_POINTS,
    DEVICE_CLOCK_OFFSET,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFigures:
    """What the collector knows of one device; ``since`` is None before its first poll."""

    id: str
    state: DeviceState
    since: datetime | None = None
    last_ok_at: datetime | None = None
    polls_total: int = 0
    polling_s_total: float = 0.0
    failures_total: int = 0
    split_blocks: int = 0
    refused_points: int = 0
    learned: str | None = None
    clock_offset_s: float | None = None


def device_info(site: str, devices: Iterable[Device]) -> Metric:
    """The devices of the site file."""
    return DEVICE_INFO.of(
        site,
        (((d.id, d.label_fr, d.label_en, d.profile, d.link, d.protocol), 1.0) for d in devices),
    )


def device_metrics(site: str, devices: Iterable[DeviceFigures]) -> Iterator[Metric]:
    """Whether each device answers, since when, and how often it did not."""
    known = list(devices)
    polled = [d for d in known if d.since is not None]
    up = {DeviceState.OK, DeviceState.DEGRADED}
    yield DEVICE_UP.of(site, (((d.id,), float(d.state in up)) for d in polled))
    yield DEVICE_STATE.of(
        site,
        (((d.id, state.value), float(d.state is state)) for d in known for state in DeviceState),
    )
    yield DEVICE_STATE_SINCE.of(
        site, (((d.id,), d.since.timestamp()) for d in polled if d.since is not None)
    )
    yield DEVICE_ANSWERED.of(
        site, (((d.id,), d.last_ok_at.timestamp()) for d in polled if d.last_ok_at is not None)
    )
    yield DEVICE_POLLS.summed(site, (((d.id,), d.polls_total, d.polling_s_total) for d in polled))
    yield DEVICE_FAILURES.of(site, (((d.id,), d.failures_total) for d in polled))
    yield DEVICE_SPLIT_BLOCKS.of(site, (((d.id,), d.split_blocks) for d in polled))
    yield DEVICE_REFUSED_POINTS.of(site, (((d.id,), d.refused_points) for d in polled))
    yield DEVICE_CLOCK_OFFSET.of(
        site, (((d.id,), d.clock_offset_s) for d in polled if d.clock_offset_s is not None)
    )
