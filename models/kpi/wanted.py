"""Which points of a site some KPIs are made of, their witnesses included."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.kpi.definition import Kpi
from models.kpi.noise_site import NoiseKpi, noise_keys
from models.metering.sums import SiteSums
from models.metering.witnesses import meters_beside
from models.registers.gauges import ValueRange
from models.site.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPoints:
    """Points by how they are read.

    ``registers`` are cumulative registers, ``powers`` the gauge that bears witness to each of them
    that has one, ``gauges`` those that are summed, with the ranges in which their time is,
    ``levels`` the ten-minute reports of sound and wind. ``meters`` are ids of the meters that the
    KPIs are made of themselves.
    """

    meters: tuple[str, ...]
    registers: tuple[str, ...]
    powers: Mapping[str, str]
    gauges: Mapping[str, tuple[ValueRange, ...]]
    levels: tuple[str, ...]


def wanted_points(kpis: Iterable[Kpi], site: Site, sums: SiteSums) -> WantedPoints:
    """The points of some KPIs at a site.

    Parameters
    ----------
    kpis : iterable of Kpi
        The KPIs.
    site : Site
        What is measured where.
    sums : SiteSums
        The sums that follow from its meters.
    """
    every = tuple(kpis)
    ids = dict.fromkeys(one for kpi in every for one in kpi.meters(site, sums))
    own = [site.tree.meters[one] for one in ids]
    beside = [other for meter in own for other in meters_beside(meter, site.tree)]
    points = dict.fromkeys(
        point
        for meter in [*own, *beside]
        for point in (meter.point, meter.volume_point if meter.id in ids else None)
        if point is not None
    )
    powers = {
        meter.point: meter.power_point
        for meter in own
        if meter.power_point is not None and meter.power_point in site.points
    }
    gauges: dict[str, tuple[ValueRange, ...]] = {}
    for kpi in every:
        for key, ranges in kpi.gauges(site, sums).items():
            gauges[key] = tuple(dict.fromkeys((*gauges.get(key, ()), *ranges)))
    heard = any(isinstance(kpi, NoiseKpi) for kpi in every) and site.noise is not None
    return WantedPoints(
        meters=tuple(ids),
        registers=tuple(points),
        powers=powers,
        gauges=gauges,
        levels=noise_keys(site.noise) if heard and site.noise is not None else (),
    )
