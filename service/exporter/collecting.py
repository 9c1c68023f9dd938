"""The collector's own state as Prometheus metrics, under the names `serve` gives them."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from service.collector_board import CollectorBoard
from service.exporter.families import counter, device_metrics, gauge, pipeline_metrics, store_up
from service.storage.spooled_writer import WriterStats


def collecting_registry(board: CollectorBoard) -> CollectorRegistry:
    """A registry that renders the board at each scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(CollectingCollector(board))
    return registry


class CollectingCollector(Collector):
    """Renders the collector's state at each scrape."""

    def __init__(self, board: CollectorBoard) -> None:
        self._board = board

    def collect(self) -> Iterator[Metric]:
        """Devices always; the pipeline once there is one."""
        picture = self._board.picture()
        site = picture.site
        yield from device_metrics(site, picture.devices)
        yield gauge(
            "boucle_device_clock_offset_seconds",
            "How far the clock of the device is ahead of the collector's",
            ["site", "device"],
            [
                ((site, d.id), d.clock_offset_s)
                for d in picture.devices
                if d.clock_offset_s is not None
            ],
        )
        yield gauge(
            "boucle_collector_clock_in_doubt",
            "1 while readings are uncertain because the clock of the collector's machine was moved",
            ["site"],
            [((site,), float(picture.clock_doubt is not None))],
        )
        yield counter(
            "boucle_collector_clock_steps",
            "Times the clock of the collector's machine was moved",
            ["site"],
            [((site,), float(picture.clock_steps_total))],
        )
        yield gauge(
            "boucle_readings_queued",
            "Readings in memory that are not on disk yet",
            ["site"],
            [((site,), float(picture.queued_rows))],
        )
        yield gauge(
            "boucle_poll_stretch_ratio",
            "Times further apart than planned polls are, as the database takes less than is polled",
            ["site"],
            [((site,), picture.poll_stretch)],
        )
        yield counter(
            "boucle_polls_left_out",
            "Ticks that were not polled, as the database takes less than is polled",
            ["site"],
            [((site,), float(picture.ticks_left_out_total))],
        )
        if picture.pipeline is None:
            yield store_up(site, False)
            return
        yield store_up(site, picture.pipeline.database_up)
        yield from pipeline_metrics(site, picture.pipeline)
        yield from _apart(site, picture.pipeline)


def _apart(site: str, pipeline: WriterStats) -> Iterator[Metric]:
    yield gauge(
        "boucle_store_adoption_needed",
        "1 while readings wait because a restored copy of the store answers",
        ["site"],
        [((site,), float(pipeline.store_replaced is not None))],
    )
    for name, text, value in (
        (
            "boucle_readings_already_there",
            "Readings that the database had already, or whose day was closed",
            pipeline.already_there_total,
        ),
        ("boucle_spool_lost_readings", "Readings lost in damaged files", pipeline.lost_total),
        ("boucle_spool_lost_bytes", "Damaged bytes of the spool", pipeline.lost_bytes_total),
        (
            "boucle_spool_salvaged_readings",
            "Readings found whole in damaged files",
            pipeline.salvaged_total,
        ),
    ):
        yield counter(name, text, ["site"], [((site,), float(value))])
