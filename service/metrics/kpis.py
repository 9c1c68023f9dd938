"""KPIs over their windows, how sure they are, and why one is withheld."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import Metric

from models.kpi.result import Withheld
from service.live.snapshot import LiveSnapshot
from service.metrics.family import Family
from service.metrics.kpi_families import KPI_FAMILIES

COVERAGE: Final = Family(
    name="boucle_kpi_coverage_ratio",
    text="Share of the window over which all inputs of the KPI are known together",
    labels=("kpi", "window"),
    absent="for a KPI that the site cannot have",
)
WITHHELD: Final = Family(
    name="boucle_kpi_withheld",
    text=f"1 for why a KPI has no figure: {', '.join(Withheld)}",
    labels=("kpi", "window", "reason"),
    absent="when the KPI has a figure",
)
DOUBTFUL: Final = Family(
    name="boucle_kpi_doubtful",
    text="1 when a meter behind the KPI is not to be trusted, which makes it prove nothing",
    labels=("kpi", "window"),
    absent="for a KPI that the site cannot have",
)
WINDOW_START: Final = Family(
    name="boucle_window_start_timestamp_seconds",
    text="Where the window of the figures begins",
    labels=("window",),
    absent="before its first evaluation",
)
WINDOW_END: Final = Family(
    name="boucle_window_end_timestamp_seconds",
    text="Up to when the figures of the window count what was measured",
    labels=("window",),
    absent="before its first evaluation",
)
METER_IN_DOUBT: Final = Family(
    name="boucle_meter_in_doubt",
    text="1 for a meter behind a KPI that is not to be trusted, with the reason",
    labels=("meter", "reason"),
    absent="when nothing is held against the meter",
)
FROZEN_SINCE: Final = Family(
    name="boucle_register_frozen_since_timestamp_seconds",
    text="Since when the register of a meter stands still although it should count",
    labels=("meter",),
    absent="when it counts",
)
FORECAST_BREACH: Final = Family(
    name="boucle_forecast_breach_ratio",
    text="Probability that the limit of a KPI is broken at the end of the calendar year",
    labels=("kpi",),
    absent="when the KPI has no forecast or no limit",
)
FAMILIES: Final = (
    COVERAGE,
    WITHHELD,
    DOUBTFUL,
    WINDOW_START,
    WINDOW_END,
    METER_IN_DOUBT,
    FROZEN_SINCE,
    FORECAST_BREACH,
)
_FORECAST_BOUNDS: Final = ("value", "lower", "upper")


def kpi_metrics(snapshot: LiveSnapshot) -> Iterator[Metric]:
    """Each KPI in a family of its own, and what is common to all."""
    site = snapshot.site.id
    for kpi, families in KPI_FAMILIES.items():
        own = [one for one in snapshot.kpis if one.kpi == kpi]
        yield families.value.of(
            site,
            (
                ((one.window.name,), one.value * families.factor)
                for one in own
                if one.value is not None
            ),
        )
        yield families.expanded_uncertainty.of(
            site,
            (
                ((one.window.name,), one.expanded_uncertainty * families.factor)
                for one in own
                if one.value is not None and one.expanded_uncertainty is not None
            ),
        )
        yield families.forecast.of(
            site,
            (
                ((bound,), value * families.factor)
                for view in snapshot.forecasts
                if view.kpi == kpi
                for bound in _FORECAST_BOUNDS
                if (value := getattr(view, bound)) is not None
            ),
        )
    yield from _common(snapshot)
    yield from _doubts(snapshot)


def _common(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site, kpis = snapshot.site.id, snapshot.kpis
    yield COVERAGE.of(site, (((k.kpi, k.window.name), k.coverage_ratio) for k in kpis))
    yield WITHHELD.of(
        site,
        (
            ((k.kpi, k.window.name, k.withheld.value), 1.0)
            for k in kpis
            if k.withheld is not None and k.value is None
        ),
    )
    ends: dict[str, float] = {}
    starts: dict[str, float] = {}
    for one in kpis:
        name = one.window.name
        ends[name] = min(one.window.end.timestamp(), ends.get(name, float("inf")))
        starts[name] = min(one.window.start.timestamp(), starts.get(name, float("inf")))
    yield WINDOW_START.of(site, (((name,), at) for name, at in starts.items()))
    yield WINDOW_END.of(site, (((name,), at) for name, at in ends.items()))
    yield FORECAST_BREACH.of(
        site,
        (
            ((view.kpi,), view.probability_of_breach)
            for view in snapshot.forecasts
            if view.probability_of_breach is not None
        ),
    )


def _doubts(snapshot: LiveSnapshot) -> Iterator[Metric]:
    site = snapshot.site.id
    yield DOUBTFUL.of(
        site, (((k.kpi, k.window.name), float(bool(k.doubts))) for k in snapshot.kpis)
    )
    doubts = dict.fromkeys(doubt for k in snapshot.kpis for doubt in k.doubts)
    yield METER_IN_DOUBT.of(site, (((one.meter, one.reason.value), 1.0) for one in doubts))
    yield FROZEN_SINCE.of(site, (((one.meter,), one.since_us / 1e6) for one in snapshot.standing))
