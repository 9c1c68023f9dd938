"""Small series for the live page: yesterday to now, the months of the year, the last nights."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from models.kpi.erf import erf
from models.kpi.pue import pue
from models.kpi.recovered_heat import recovered_heat
from models.kpi.result import KpiResult
from models.kpi.wue import wue
from models.legal_time.calendar_spans import calendar_months
from models.legal_time.days import to_us
from models.metering.tree import Meter
from models.readings import Origin, Window
from models.series import GridLevels
from service.evaluation.kpis import totals_between
from service.evaluation.recipes import KpiMeters
from service.evaluation.samples import SamplesByKey, grid_levels, registers_of
from service.evaluation.windows import GriddedWindow, settled_end
from service.live.snapshot import SeriesView

_HOUR = timedelta(hours=1)


def _view(name: str, unit: str, step: timedelta, results: Sequence[KpiResult]) -> SeriesView:
    return SeriesView(
        name=name,
        unit=unit,
        step_s=step.total_seconds(),
        starts=tuple(r.window.start for r in results),
        values=tuple(r.value for r in results),
    )


def hourly_charts(
    meters: KpiMeters, samples: SamplesByKey, now: datetime, origin: Origin
) -> dict[str, SeriesView]:
    """PUE and recovered heat of the last 24 whole hours."""
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    whole = Window(name="24h", start=end - 24 * _HOUR, end=end)
    edges = GriddedWindow(window=whole, step=_HOUR).edges_us()
    hours = [
        Window(name=f"h{n}", start=whole.start + n * _HOUR, end=whole.start + (n + 1) * _HOUR)
        for n in range(24)
    ]

    def grid(of: tuple[Meter, ...]) -> GridLevels:
        return grid_levels(registers_of(of), samples, edges)

    heat_grid, pue_grid = grid(meters.of_heat), grid(meters.of_pue)
    heat = [
        recovered_heat(
            totals_between(meters.of_heat, heat_grid, hour, origin, (n, n + 1)), meters.reused
        )
        for n, hour in enumerate(hours)
    ]
    charts = {"heat_24h": _view("heat_24h", "kWh", _HOUR, heat)}
    if meters.it is not None:
        ratios = [
            pue(
                totals_between(meters.of_pue, pue_grid, hour, origin, (n, n + 1)),
                meters.facility,
                meters.it,
            )
            for n, hour in enumerate(hours)
        ]
        charts["pue_24h"] = _view("pue_24h", "ratio", _HOUR, ratios)
    return charts


def monthly_charts(
    meters: KpiMeters, samples: SamplesByKey, now: datetime, origin: Origin
) -> dict[str, SeriesView]:
    """WUE and ERF of the last twelve calendar months, the current one included."""
    months = list(calendar_months(settled_end(now), 12))
    whole = Window(name="months", start=months[0].start, end=months[-1].end)
    edges = GriddedWindow(window=whole, step=_HOUR).edges_us()
    bounds = [np.searchsorted(edges, [to_us(m.start), to_us(m.end)]).tolist() for m in months]
    month_step = timedelta(days=30)
    erf_grid = grid_levels(registers_of(meters.of_erf), samples, edges)
    shares = [
        erf(
            totals_between(meters.of_erf, erf_grid, m, origin, (a, b)),
            meters.reused,
            meters.facility,
        )
        for m, (a, b) in zip(months, bounds, strict=True)
    ]
    charts = {"erf_12months": _view("erf_12months", "ratio", month_step, shares)}
    if meters.it is not None:
        wue_grid = grid_levels(registers_of(meters.of_wue), samples, edges)
        water = [
            wue(totals_between(meters.of_wue, wue_grid, m, origin, (a, b)), meters.water, meters.it)
            for m, (a, b) in zip(months, bounds, strict=True)
        ]
        charts["wue_12months"] = _view("wue_12months", "L/kWh", month_step, water)
    return charts


def nights_chart(results: Sequence[KpiResult]) -> dict[str, SeriesView]:
    """Night emergence of the last nights."""
    return {
        "noise_night_14": _view("noise_night_14", "dB(A)", timedelta(days=1), results),
    }
