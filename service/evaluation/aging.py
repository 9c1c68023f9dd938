"""A snapshot that is shown longer than it was meant to be: its ages grow, nothing looks fresh."""

from dataclasses import replace
from datetime import timedelta

from models.site.power_flow import power_flow
from models.site.site import Site
from service.evaluation.views import fresh_values
from service.live.snapshot import LiveSnapshot


def aged(
    snapshot: LiveSnapshot,
    site: Site,
    passed_s: float,
    *,
    store_reachable: bool = True,
    evaluation_up: bool = True,
    collector_age_s: float | None = None,
) -> LiveSnapshot:
    """The same picture so much later.

    Without a database or an evaluation nobody knows the present: every point is stale. While both
    are there, the readings go on coming, and only their ages grow: an evaluation that looks back
    over a year takes some seconds. The collector's age is taken as it was looked up, or grows.
    """
    known = store_reachable and evaluation_up
    points = {
        key: replace(
            point,
            age_s=None if point.age_s is None else point.age_s + passed_s,
            stale=point.stale or not known,
        )
        for key, point in snapshot.points.items()
    }
    ages = [p.age_s for p in points.values() if p.age_s is not None and not (known and p.stale)]
    pipeline = snapshot.pipeline
    if pipeline is not None:
        grown_s = pipeline.report_age_s + passed_s
        pipeline = replace(
            pipeline, report_age_s=grown_s if collector_age_s is None else collector_age_s
        )
    return replace(
        snapshot,
        taken_at=snapshot.taken_at + timedelta(seconds=passed_s),
        evaluated_at=snapshot.figures_of,
        points=points,
        devices=tuple(
            replace(
                device,
                stale_points=sum(p.stale for p in points.values() if p.device == device.id),
            )
            for device in snapshot.devices
        ),
        flow=power_flow(site, fresh_values(points)),
        store_reachable=store_reachable and snapshot.store_reachable,
        evaluation_up=evaluation_up,
        oldest_live_age_s=max(ages, default=None),
        pipeline=pipeline,
    )
