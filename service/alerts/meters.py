"""Alerts about what is measured: heat that stops, registers that stand still, coverage."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Final

from charter_rules.judging.conditions import NUMERIC, Evidence
from charter_rules.law.rulebook import RuleBook
from models.kpi.registry import is_given
from models.kpi.result import Withheld
from models.metering.tree import Meter
from models.site.site import Site
from service.alerts.alert import Alert, Example, Kind, Severity
from service.alerts.conditions import Absent, Compared, IsValue, Shown, Unless
from service.alerts.figures import Latest, Moved
from service.alerts.series import Series
from service.metrics.heat import hand_over_registers

_STOPPED_MIN: Final = 15
# Heat of less than a fiftieth of the rated power is none: losses of a line kept warm.
_LEAST_SHARE: Final = 0.02
_SILENT_S: Final = 120
_FROZEN_S: Final = 60
_COVERAGE_S: Final = 600
_HOUR: Final = "hour"
_NEVER: Final = (
    Withheld.NO_METER.value,
    Withheld.NOT_REUSE_ONLY.value,
    Withheld.NOT_REACHED.value,
    Withheld.NO_BASE_YEAR.value,
)


def meter_alerts(site: Site, rulebook: RuleBook) -> Iterator[Alert]:
    """Heat meters, registers, suspicions, and the coverage that rules ask for."""
    for meter in hand_over_registers(site):
        yield from _heat(site, site.tree.meters[meter])
    yield from _registers(site.identity.id)
    for kpi, least in _least_coverage(rulebook).items():
        yield _coverage(site.identity.id, kpi, least)


def _heat(site: Site, meter: Meter) -> Iterator[Alert]:
    name = site.identity.id
    device = site.devices[meter.point.partition(".")[0]]
    words = {"label_fr": device.label_fr, "label_en": device.label_en, "meter": meter.id}
    register = Series(
        family="boucle_heat_recovered_joules_total", labels={"site": name, "meter": meter.id}
    )
    minutes = _stopped_after_min(meter)
    yield Alert(
        name="BoucleHeatStopped",
        # Both ends are known: a meter that is silent says nothing, see BoucleHeatUnknown.
        when=Compared(figure=Moved(register, minutes), than="==", limit=0),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        for_s=0,
        labels={"meter": meter.id},
        words={**words, "minutes": str(minutes)},
        example=Example(fires={register.promql: "5"}, silent={register.promql: "5+1000000"}),
    )
    yield Alert(
        name="BoucleHeatUnknown",
        when=Absent(register),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        held=False,
        for_s=_SILENT_S,
        labels={"meter": meter.id},
        words=words,
        example=Example(fires={}, silent={register.promql: "5"}),
    )


def _stopped_after_min(meter: Meter) -> int:
    """Minutes in which the register must move at the least heat that counts."""
    if meter.max_rate_per_h is None:
        return 4 * _STOPPED_MIN
    step_h = meter.resolution / (_LEAST_SHARE * meter.max_rate_per_h)
    return max(_STOPPED_MIN, ceil(2.0 * 60.0 * step_h))


def _registers(site: str) -> Iterator[Alert]:
    here = {"site": site}
    alive = IsValue(Series(family="boucle_evaluation_up", labels=here), 1)
    since = Series(family="boucle_register_frozen_since_timestamp_seconds", labels=here)
    yield Alert(
        name="BoucleRegisterFrozen",
        when=Compared(figure=Latest(since), than=">", limit=0, by=("meter",)),
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        for_s=_FROZEN_S,
        by=("meter",),
        alive=alive,
        example=Example(fires={_of_meter(since, "heat_meter"): "1"}, silent={}),
    )
    for name, family in (
        ("BoucleMeterInDoubt", "boucle_meter_in_doubt"),
        ("BoucleMeterSuspect", "boucle_meter_suspect"),
    ):
        series = Series(family=family, labels=here)
        yield Alert(
            name=name,
            when=Shown(Latest(series), by=("meter",)),
            kind=Kind.TECHNICAL,
            severity=Severity.WARNING,
            for_s=300,
            by=("meter",),
            alive=alive,
            example=Example(fires={_of_meter(series, "pdu_01"): "1"}, silent={}),
        )


def _of_meter(series: Series, meter: str) -> str:
    return Series(family=series.family, labels={**series.labels, "meter": meter}).promql


def _least_coverage(rulebook: RuleBook) -> Mapping[str, float]:
    """KPIs that rules weigh by measurement, each with the greatest coverage asked."""
    least: dict[str, float] = {}
    for rule in rulebook.rules:
        measured = rule.comparison in NUMERIC and rule.evidence is Evidence.MEASUREMENT
        if measured and is_given(rule.kpi, _HOUR):
            least[rule.kpi] = max(least.get(rule.kpi, 0.0), rule.min_coverage_ratio)
    return least


def _coverage(site: str, kpi: str, least: float) -> Alert:
    here = {"site": site, "kpi": kpi, "window": _HOUR}
    series = Series(family="boucle_kpi_coverage_ratio", labels=here)
    # A KPI that the site cannot have is covered by nothing, and nobody can mend that.
    never = Series(family="boucle_kpi_withheld", labels=here, one_of={"reason": _NEVER})
    return Alert(
        name="BoucleCoverageLow",
        when=Unless(Compared(figure=Latest(series), than="<", limit=least), never),
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        for_s=_COVERAGE_S,
        labels={"kpi": kpi},
        words={"kpi": kpi, "least_percent": f"{100 * least:g}"},
        example=Example(
            fires={series.promql: f"{least - 0.01:g}"}, silent={series.promql: f"{least:g}"}
        ),
    )
