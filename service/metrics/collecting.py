"""The collector's own state at each scrape: from memory, so that it is there without a database."""

import time
from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from service.collector_board import CollectorBoard, CollectorPicture
from service.metrics import devices, pipeline
from service.metrics.family import Family, Kind, Program
from service.metrics.identity import database_up, program_registry

CLOCK_IN_DOUBT: Final = Family(
    name="boucle_collector_clock_in_doubt",
    text="1 while readings are uncertain because the clock of the collector's machine was moved",
    absent="never",
)
CLOCK_STEPS: Final = Family(
    name="boucle_collector_clock_steps_total",
    text="Times the clock of the collector's machine was moved",
    kind=Kind.COUNTER,
    absent="never",
)
LAST_POLL: Final = Family(
    name="boucle_collector_last_poll_timestamp_seconds",
    text="When the newest poll of any device ended",
    absent="never",
)
QUEUED: Final = Family(
    name="boucle_readings_queued",
    text="Readings in memory that are not on disk yet",
    absent="never",
)
POLL_STRETCH: Final = Family(
    name="boucle_poll_stretch_ratio",
    text="Times further apart than planned polls are, as the database takes less than is polled",
    absent="never",
)
LEFT_OUT: Final = Family(
    name="boucle_polls_left_out_total",
    text="Ticks that were not polled, as the database takes less than is polled",
    kind=Kind.COUNTER,
    absent="never",
)
RELOAD_FAILED: Final = Family(
    name="boucle_collector_reload_failed",
    text="1 while the old site file is polled because the new one was refused",
    absent="never",
)
FAMILIES: Final = (
    CLOCK_IN_DOUBT,
    CLOCK_STEPS,
    LAST_POLL,
    QUEUED,
    POLL_STRETCH,
    LEFT_OUT,
    RELOAD_FAILED,
    *devices.FAMILIES,
    *pipeline.FAMILIES,
)


def collecting_registry(board: CollectorBoard) -> CollectorRegistry:
    """A registry that renders the board at each scrape."""
    registry = program_registry(Program.COLLECT)
    registry.register(_CollectingCollector(board))
    return registry


class _CollectingCollector(Collector):
    def __init__(self, board: CollectorBoard) -> None:
        self._board = board

    def collect(self) -> Iterator[Metric]:
        """Devices always; the pipeline once there is one."""
        picture, now_s = self._board.picture(), time.time()
        site = picture.site
        yield devices.device_info(site, picture.installed)
        yield from devices.device_metrics(site, picture.devices)
        yield from _polling(picture, now_s)
        yield pipeline.SPOOL_LIMIT.one(site, picture.spool_limit_bytes)
        is_up = picture.pipeline is not None and picture.pipeline.database_up
        yield database_up(site, Program.COLLECT, is_up)
        if picture.pipeline is not None:
            yield from pipeline.pipeline_metrics(site, picture.pipeline, now_s)


def _polling(picture: CollectorPicture, now_s: float) -> Iterator[Metric]:
    site = picture.site
    yield CLOCK_IN_DOUBT.one(site, picture.clock_doubt is not None)
    yield CLOCK_STEPS.one(site, picture.clock_steps_total)
    yield LAST_POLL.one(site, now_s - picture.poll_age_s)
    yield QUEUED.one(site, picture.queued_rows)
    yield POLL_STRETCH.one(site, picture.poll_stretch)
    yield LEFT_OUT.one(site, picture.ticks_left_out_total)
    yield RELOAD_FAILED.one(site, picture.reload_error is not None)
