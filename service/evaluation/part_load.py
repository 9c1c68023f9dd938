"""PUE over the hours in which the IT load lay near a quarter of its rating."""

from dataclasses import replace
from datetime import timedelta
from math import hypot

import numpy as np

from models.kpi.load_factor import LoadCurve, pue_at_load
from models.kpi.metered import metered_totals, sum_uncertainty
from models.kpi.result import KpiResult
from models.legal_time.days import to_us
from models.metering.tree import SignedMeters
from models.readings import Origin, Window
from models.series import joint_totals
from models.site.site import Site
from service.evaluation.gauges import increments
from service.evaluation.recipes import KpiMeters
from service.evaluation.samples import SamplesByKey, grid_levels, registers_of, volume_rows
from service.evaluation.windows import GriddedWindow

_HOUR = timedelta(hours=1)
_HOUR_US = _HOUR // timedelta(microseconds=1)


def part_load_pue(
    site: Site, sums: KpiMeters, gridded: GriddedWindow, samples: SamplesByKey, origin: Origin
) -> tuple[KpiResult, ...]:
    """Over the whole hours of a window; nothing without IT meters or without an hour."""
    window = gridded.window
    first = -(-to_us(window.start) // _HOUR_US) * _HOUR_US
    edges = np.arange(first, to_us(window.end) + 1, _HOUR_US, dtype=np.int64)
    if sums.it is None or len(edges) < 2:
        return ()
    meters = sums.of_pue
    grid = grid_levels(registers_of(meters), samples, edges)
    counted = increments(grid)[: len(meters)]
    totals = metered_totals(window, meters, volume_rows(meters), joint_totals(grid))

    def u_ratio(of: SignedMeters) -> float:
        weights = totals.weights(of)
        whole = float(weights @ totals.total)
        return hypot(*sum_uncertainty(totals, weights)) / whole if whole > 0.0 else 0.0

    hours = Window(
        name=window.name, start=window.start, end=window.start + (len(edges) - 1) * _HOUR
    )
    result = pue_at_load(
        hours,
        LoadCurve(
            facility_kwh=totals.weights(sums.facility) @ counted,
            it_kwh=totals.weights(sums.it.meters) @ counted,
            rated_it_kw=site.identity.rated_it_power_kw,
            facility_u_ratio=u_ratio(sums.facility),
            it_u_ratio=u_ratio(sums.it.meters),
            category=sums.it.category,
            inputs=tuple(meter.id for meter in meters),
        ),
    )
    return (sums.told(replace(result, origin=origin), meters),)
