"""The latest readings, written straight to text: a site may have 50,000 of them.

A scrape goes over them in tens of milliseconds. Through the client library's objects it takes
above ten times as long, in which the process answers nobody.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import Metric

from models.quantities import Quantity
from models.readings import Quality
from service.live.snapshot import LiveSnapshot, PointView
from service.metrics.family import Family, Kind
from service.metrics.point_families import POINT_FAMILIES

POINTS: Final = Family(
    name="boucle_device_points",
    text=(
        "Points of the device by the quality of their latest reading: good, uncertain, "
        "out_of_range, not_available, bad; stale: it is too old; missing: there was none"
    ),
    labels=("device", "quality"),
    absent="never",
)
DATA_TIME: Final = Family(
    name="boucle_device_data_timestamp_seconds",
    text="When the latest reading of the device that is furthest behind was received",
    labels=("device",),
    absent="before its first reading",
)
FAMILIES: Final = (POINTS, DATA_TIME, *(one.family for one in POINT_FAMILIES.values()))
_STALE, _MISSING = "stale", "missing"
_QUALITIES: Final = {quality: quality.name.lower() for quality in Quality}


class PointText:
    """Writes the latest readings of a site; what does not change is written once."""

    def __init__(self) -> None:
        self._prefixes: dict[tuple[str, str, Quantity], str] = {}

    def write(self, snapshot: LiveSnapshot, *, openmetrics: bool) -> str:
        """Every family that has a reading; OpenMetrics names a counter without ``_total``."""
        return "".join(self._families(snapshot, openmetrics=openmetrics))

    def _families(self, snapshot: LiveSnapshot, *, openmetrics: bool) -> Iterator[str]:
        by_quantity: dict[Quantity, list[str]] = {}
        site = snapshot.site.id
        for point in snapshot.points.values():
            value = point.value
            # What adds up rises would count everything after a fall anew.
            if point.stale or point.falls or value is None:
                continue
            named = (site, point.key, point.quantity)
            prefix = self._prefixes.get(named)
            if prefix is None:
                prefix = self._prefixes[named] = _prefix(site, point)
            value *= POINT_FAMILIES[point.quantity].factor
            by_quantity.setdefault(point.quantity, []).append(f"{prefix}{value!r}\n")
        for quantity, lines in by_quantity.items():
            yield _head(POINT_FAMILIES[quantity].family, openmetrics=openmetrics)
            yield from lines


def _prefix(site: str, point: PointView) -> str:
    name = POINT_FAMILIES[point.quantity].family.name
    labels = f'site="{_escaped(site)}",device="{_escaped(point.device)}"'
    return f'{name}{{{labels},point="{_escaped(point.name)}"}} '


def _head(family: Family, *, openmetrics: bool) -> str:
    name = family.name
    if openmetrics and family.kind is Kind.COUNTER:
        name = name.removesuffix("_total")
    return f"# HELP {name} {family.text}\n# TYPE {name} {family.kind.value}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def point_counts(snapshot: LiveSnapshot) -> Iterator[Metric]:
    """Points by quality, and how far behind the readings of each device are."""
    site = snapshot.site.id
    counts: Counter[tuple[str, ...]] = Counter()
    ages_s: dict[str, float] = {}
    for point in snapshot.points.values():
        counts[point.device, _quality(point)] += 1
        if point.age_s is not None:
            ages_s[point.device] = max(ages_s.get(point.device, 0.0), point.age_s)
    yield POINTS.of(site, ((labels, float(count)) for labels, count in counts.items()))
    now_s = snapshot.taken_at.timestamp()
    yield DATA_TIME.of(site, (((device,), now_s - age_s) for device, age_s in ages_s.items()))


def _quality(point: PointView) -> str:
    if point.quality is None:
        return _MISSING
    return _STALE if point.stale else _QUALITIES[point.quality]
