"""Points and devices as a reader sees them: with age, quality and staleness."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from models.legal_time.days import legal_day, to_us
from models.readings import DeviceState
from models.registers.dips import DipWatch
from models.site.devices import SitePoint
from models.site.site import Site
from service.evaluation.ports import DeviceStatus, LatestReading, PipelineStatus
from service.live.snapshot import DeviceView, PipelineView, PointView, SiteView

# A point is stale when it has missed two polls; the rest is for the way to the table.
_MISSED_POLLS = 2.0
_TRANSIT_S = 0.5


def site_view(site: Site, now: datetime) -> SiteView:
    """Identity of the site as it is now."""
    identity = site.identity.on(legal_day(now))
    return SiteView(
        id=identity.id,
        name=identity.name,
        operator=identity.operator,
        siret=identity.siret,
        address=identity.address,
        city=identity.city,
        zone=identity.zone,
        entry_into_operation=identity.entry_into_operation,
        installed_it_power_kw=identity.installed_it_power_kw,
        charter=identity.charter,
        simulated=identity.simulated,
    )


def point_views(
    site: Site, latest: Mapping[str, LatestReading], now: datetime
) -> dict[str, PointView]:
    """Every point of the site, read or not."""
    return {key: _point_view(point, latest.get(key), now) for key, point in site.points.items()}


class CounterViews:
    """Watches the registers of a site for falls that nothing confirms."""

    def __init__(self, site: Site, before: Mapping[str, PointView]) -> None:
        """``before`` are the points of a picture of a moment ago, if there is one."""
        self._watches = {
            key: DipWatch() for key, point in site.points.items() if point.kind == "counter"
        }
        self.watched({key: point for key, point in before.items() if not point.falls})

    def watched(self, points: Mapping[str, PointView]) -> dict[str, PointView]:
        """The points, with those that fall told."""
        found = dict(points)
        for key, watch in self._watches.items():
            point = points.get(key)
            if point is None or point.value is None or point.ts is None:
                continue
            if not watch.believes(to_us(point.ts), point.value):
                found[key] = replace(point, falls=True)
        return found


def fresh_values(points: Mapping[str, PointView]) -> dict[str, float]:
    """The values that are neither missing nor stale, as the models take them."""
    return {
        key: point.value
        for key, point in points.items()
        if point.value is not None and not point.stale
    }


def _point_view(point: SitePoint, reading: LatestReading | None, now: datetime) -> PointView:
    # The receive time tells whether the device still answers; the device's own clock may lie.
    seen = None if reading is None else reading.received_at or reading.ts
    age_s = None if seen is None else max((now - seen).total_seconds(), 0.0)
    stale = age_s is None or age_s > _MISSED_POLLS * point.poll_s + _TRANSIT_S
    return PointView(
        key=point.key,
        device=point.device,
        name=point.name,
        quantity=point.quantity,
        unit=point.unit,
        value=None if reading is None else reading.value,
        ts=None if reading is None else reading.ts,
        age_s=age_s,
        quality=None if reading is None else reading.quality,
        origin=None if reading is None else reading.origin,
        stale=stale,
    )


def pipeline_view(status: PipelineStatus | None, now: datetime) -> PipelineView | None:
    """The collector's pipeline; None before its first report."""
    if status is None:
        return None
    return PipelineView(
        acknowledged_total=status.acknowledged_total,
        written_total=status.written_total,
        spooled_rows=status.spooled_rows,
        spooled_bytes=status.spooled_bytes,
        oldest_age_s=status.oldest_age_s,
        dropped_total=status.dropped_total,
        dead_letter_total=status.dead_letter_total,
        poll_stretch=status.poll_stretch,
        report_age_s=max((now - status.updated_at).total_seconds(), 0.0),
    )


def device_views(
    site: Site, statuses: Mapping[str, DeviceStatus], points: Mapping[str, PointView]
) -> tuple[DeviceView, ...]:
    """Every device of the site, heard of or not."""
    views: list[DeviceView] = []
    points_of: dict[str, list[PointView]] = {device: [] for device in site.devices}
    for point in points.values():
        points_of[point.device].append(point)
    for device in site.devices.values():
        own = points_of[device.id]
        status = statuses.get(device.id)
        views.append(
            DeviceView(
                id=device.id,
                label_fr=device.label_fr,
                label_en=device.label_en,
                profile=device.profile,
                link=device.link,
                protocol=device.protocol,
                poll_s=device.poll_s,
                state=_state(status, own),
                since=None if status is None else status.since,
                last_ok_at=None if status is None else status.last_ok_at,
                points=len(own),
                stale_points=sum(p.stale for p in own),
                polls_total=0 if status is None else status.polls_total,
                failures_total=0 if status is None else status.failures_total,
                last_error=None if status is None else status.last_error,
                clock_offset_s=None if status is None else status.clock_offset_s,
                trouble=None if status is None else status.trouble,
                charge=None if status is None else status.charge,
            )
        )
    return tuple(views)


def _state(status: DeviceStatus | None, points: Sequence[PointView]) -> DeviceState:
    """The collector's word, unless all points are stale: a dead collector reports nothing."""
    if status is None:
        return DeviceState.STARTING
    heard = status.state in {DeviceState.OK, DeviceState.DEGRADED}
    return DeviceState.LOST if heard and all(p.stale for p in points) else status.state
