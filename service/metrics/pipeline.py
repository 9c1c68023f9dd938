"""The way of the readings from the devices to the database, as the collector sees it."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import Metric

from service.metrics.family import Family, Kind
from service.storage.spooled_writer import WriterStats

_NOT_FOLLOWED: Final = "until the points have their numbers from the database, once"

SPOOL_ROWS: Final = Family(
    name="boucle_spool_readings", text="Readings waiting on disk", absent=_NOT_FOLLOWED
)
SPOOL_BYTES: Final = Family(
    name="boucle_spool_bytes", text="Size of what waits on disk", absent=_NOT_FOLLOWED
)
SPOOL_LIMIT: Final = Family(
    name="boucle_spool_limit_bytes",
    text="Size at which the oldest waiting readings are given up (BOUCLE_SPOOL_MAX_MB)",
    absent="never",
)
SPOOL_OLDEST: Final = Family(
    name="boucle_spool_oldest_timestamp_seconds",
    text="Time of the oldest reading that waits on disk",
    absent="when none waits",
)
ADOPTION_NEEDED: Final = Family(
    name="boucle_store_adoption_needed",
    text="1 while readings wait because a restored copy of the store answers",
    absent=_NOT_FOLLOWED,
)
SPOOL_REFUSED: Final = Family(
    name="boucle_spool_disk_refused",
    text="1 while the disk takes no readings",
    absent=_NOT_FOLLOWED,
)
_COUNTERS: Final = (
    ("acknowledged_total", "boucle_readings_acknowledged_total", "Readings durable on disk"),
    (
        "written_total",
        "boucle_readings_written_total",
        "Readings committed to the database that it did not have",
    ),
    (
        "already_there_total",
        "boucle_readings_already_there_total",
        "Readings that the database had already, or whose day was closed",
    ),
    ("dropped_total", "boucle_readings_dropped_total", "Readings lost: must stay zero"),
    ("dead_letter_total", "boucle_readings_dead_letter_total", "Readings refused for good"),
    ("lost_total", "boucle_spool_lost_readings_total", "Readings lost in damaged files"),
    ("lost_bytes_total", "boucle_spool_lost_bytes_total", "Damaged bytes of the spool"),
    (
        "salvaged_total",
        "boucle_spool_salvaged_readings_total",
        "Readings found whole in damaged files",
    ),
)
COUNTERS: Final = {
    field: Family(name=name, text=text, kind=Kind.COUNTER, absent=_NOT_FOLLOWED)
    for field, name, text in _COUNTERS
}
FAMILIES: Final = (
    SPOOL_ROWS,
    SPOOL_BYTES,
    SPOOL_LIMIT,
    SPOOL_OLDEST,
    SPOOL_REFUSED,
    ADOPTION_NEEDED,
    *COUNTERS.values(),
)


def pipeline_metrics(site: str, figures: WriterStats, now_s: float) -> Iterator[Metric]:
    """What waits on disk, and what became of the rest."""
    oldest_s = None if figures.oldest_age_s is None else now_s - figures.oldest_age_s
    yield SPOOL_ROWS.one(site, figures.spooled_rows)
    yield SPOOL_BYTES.one(site, figures.spooled_bytes)
    yield SPOOL_OLDEST.one(site, oldest_s)
    yield SPOOL_REFUSED.one(site, figures.disk_refused is not None)
    yield ADOPTION_NEEDED.one(site, figures.store_replaced is not None)
    for field, family in COUNTERS.items():
        yield family.one(site, getattr(figures, field))
