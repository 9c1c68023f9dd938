"""What is now: KPIs, verdicts, devices, points, flow; all from the snapshot of a site."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from models.site.disclosure import Matter
from service.api import schemas
from service.api.caching import PrivateRoute
from service.api.of_a_site import EXAMPLE_KPI, PointKey, site_router
from service.api.permissions import EVERYBODY, Here, Shown, reads
from service.api.problems import not_found
from service.api.served import ServedSites
from service.evaluation.views import site_view
from service.live.left_out import left_out

router = site_router("live")


def sites_router(sites: ServedSites) -> APIRouter:
    """The list of the sites that are served."""
    listing = APIRouter(prefix="/api/v1", tags=["sites"], route_class=PrivateRoute)

    @listing.get("/sites", dependencies=EVERYBODY)
    async def list_sites() -> list[schemas.SiteAnswer]:
        """Who and where the data centres are."""
        return [
            schemas.SiteAnswer.of(site_view(one.site, datetime.now(UTC))) for one in sites.values()
        ]

    return listing


@router.get("", tags=["sites"], dependencies=EVERYBODY)
async def read_site(here: Here) -> schemas.SiteAnswer:
    """Who and where the data centre is."""
    return schemas.SiteAnswer.of(site_view(here.site, datetime.now(UTC)))


@router.get("/kpis", tags=["kpis"], dependencies=reads(Matter.KPI))
async def list_kpis(
    now: Shown,
    kpi: Annotated[str | None, Query(description="only this KPI", examples=[EXAMPLE_KPI])] = None,
    window: Annotated[
        str | None, Query(description="only over this window", examples=["12months"])
    ] = None,
) -> list[schemas.KpiAnswer]:
    """KPIs over the last 15 minutes, today, the month and 12 months."""
    return [
        schemas.KpiAnswer.of(k, left_out(k, now))
        for k in now.kpis
        if kpi in {None, k.kpi} and window in {None, k.window.name}
    ]


@router.get("/points", tags=["points"], dependencies=reads(Matter.POINT))
async def list_points(
    now: Shown,
    device: Annotated[
        str | None, Query(description="only those of this device", examples=["intake_a"])
    ] = None,
) -> list[schemas.PointAnswer]:
    """The latest reading of every point."""
    return [schemas.PointAnswer.of(p) for p in now.points.values() if device in {None, p.device}]


@router.get("/points/{key}", tags=["points"], dependencies=reads(Matter.POINT))
async def read_point(key: PointKey, now: Shown) -> schemas.PointAnswer:
    """The latest reading of one point."""
    if key not in now.points:
        what = "point"
        raise not_found(what, key, "see the site's /points for the names")
    return schemas.PointAnswer.of(now.points[key])


@router.get("/devices", tags=["devices"], dependencies=reads(Matter.DEVICE))
async def list_devices(now: Shown) -> list[schemas.DeviceAnswer]:
    """Every device and its health."""
    return [schemas.DeviceAnswer.of(d) for d in now.devices]


@router.get("/verdicts", tags=["charter"], dependencies=reads(Matter.VERDICT))
async def list_verdicts(
    now: Shown,
    axis: Annotated[
        str | None, Query(description="only rules of this axis", examples=["energy"])
    ] = None,
) -> list[schemas.FindingAnswer]:
    """Every rule of the charter and its verdict today."""
    return [schemas.FindingAnswer.of(f) for f in now.findings if axis in {None, f.axis.value}]


@router.get("/flow", dependencies=reads(Matter.LIVE))
async def read_flow(now: Shown) -> schemas.FlowAnswer:
    """Where the power comes from and goes to, now."""
    return schemas.FlowAnswer.of(now.flow)


@router.get("/series/{name}", dependencies=reads(Matter.LIVE))
async def read_series(
    name: Annotated[str, Path(description="name of the series", examples=["pue_24h"])],
    now: Shown,
) -> schemas.SeriesAnswer:
    """A small series of the live page."""
    if name not in now.series:
        what = "series"
        raise not_found(what, name, f"use one of {', '.join(sorted(now.series))}")
    return schemas.SeriesAnswer.of(now.series[name])


@router.get("/snapshot", dependencies=EVERYBODY)
async def read_snapshot(now: Shown) -> schemas.SnapshotAnswer:
    """Everything at one instant, consistent with itself, as far as the visitor may see it."""
    return schemas.SnapshotAnswer(
        taken_at=now.taken_at,
        store_reachable=now.store_reachable,
        evaluation_up=now.evaluation_up,
        figures_of=now.figures_of,
        oldest_live_age_s=now.oldest_live_age_s,
        site=schemas.SiteAnswer.of(now.site),
        kpis=[schemas.KpiAnswer.of(k, left_out(k, now)) for k in now.kpis],
        standing=[schemas.StandingMeterAnswer.of(one) for one in now.standing],
        verdicts=[schemas.FindingAnswer.of(f) for f in now.findings],
        flow=schemas.FlowAnswer.of(now.flow),
        devices=[schemas.DeviceAnswer.of(d) for d in now.devices],
        points=[schemas.PointAnswer.of(p) for p in now.points.values()],
        series={name: schemas.SeriesAnswer.of(s) for name, s in now.series.items()},
        pipeline=None
        if now.pipeline is None
        else schemas.PipelineAnswer.model_validate(now.pipeline),
    )
