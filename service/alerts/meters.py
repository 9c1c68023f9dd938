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
from service.alerts.alert import Alert, Example, Kind, Severity, selector
from service.metrics.heat import hand_over_registers

_STOPPED_MIN: Final = 15
# Heat of less than a fiftieth of the rated power is none: losses of a line kept warm.
_LEAST_SHARE: Final = 0.02
_SILENT_S: Final = 120
_FROZEN_S: Final = 60
_COVERAGE_S: Final = 600
_HOUR: Final = "hour"
_NEVER: Final = "|".join(
    (Withheld.NO_METER, Withheld.NOT_REUSE_ONLY, Withheld.NOT_REACHED, Withheld.NO_BASE_YEAR)
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
    register = f"boucle_heat_recovered_joules_total{selector(site=name, meter=meter.id)}"
    minutes = _stopped_after_min(meter)
    yield Alert(
        name="BoucleHeatStopped",
        # Both ends are known: a meter that is silent says nothing, see BoucleHeatUnknown.
        condition=f"max by () ({register} - {register} offset {minutes}m) == bool 0",
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        for_s=0,
        labels={"meter": meter.id},
        words={**words, "minutes": str(minutes)},
        example=Example(fires={register: "5"}, silent={register: "5+1000000"}),
    )
    yield Alert(
        name="BoucleHeatUnknown",
        condition=f"absent({register})",
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        held=False,
        for_s=_SILENT_S,
        labels={"meter": meter.id},
        words=words,
        example=Example(fires={}, silent={register: "5"}),
    )


def _stopped_after_min(meter: Meter) -> int:
    """Minutes in which the register must move at the least heat that counts."""
    if meter.max_rate_per_h is None:
        return 4 * _STOPPED_MIN
    step_h = meter.resolution / (_LEAST_SHARE * meter.max_rate_per_h)
    return max(_STOPPED_MIN, ceil(2.0 * 60.0 * step_h))


def _registers(site: str) -> Iterator[Alert]:
    alive = f"(max by () (boucle_evaluation_up{selector(site=site)}) == 1)"
    since = "boucle_register_frozen_since_timestamp_seconds"
    yield Alert(
        name="BoucleRegisterFrozen",
        condition=f"max by (meter) ({since}{selector(site=site)}) > bool 0",
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        for_s=_FROZEN_S,
        by=("meter",),
        alive=alive,
        example=Example(
            fires={f"{since}{selector(site=site, meter='heat_meter')}": "1"}, silent={}
        ),
    )
    for name, family in (
        ("BoucleMeterInDoubt", "boucle_meter_in_doubt"),
        ("BoucleMeterSuspect", "boucle_meter_suspect"),
    ):
        series = f"{family}{selector(site=site, meter='pdu_01')}"
        yield Alert(
            name=name,
            condition=f"max by (meter) ({family}{selector(site=site)})",
            kind=Kind.TECHNICAL,
            severity=Severity.WARNING,
            for_s=300,
            by=("meter",),
            alive=alive,
            example=Example(fires={series: "1"}, silent={}),
        )


def _least_coverage(rulebook: RuleBook) -> Mapping[str, float]:
    """KPIs that rules weigh by measurement, each with the greatest coverage asked."""
    least: dict[str, float] = {}
    for rule in rulebook.rules:
        measured = rule.comparison in NUMERIC and rule.evidence is Evidence.MEASUREMENT
        if measured and is_given(rule.kpi, _HOUR):
            least[rule.kpi] = max(least.get(rule.kpi, 0.0), rule.min_coverage_ratio)
    return least


def _coverage(site: str, kpi: str, least: float) -> Alert:
    here = selector(site=site, kpi=kpi, window=_HOUR)
    series = f"boucle_kpi_coverage_ratio{here}"
    # A KPI that the site cannot have is covered by nothing, and nobody can mend that.
    never = "boucle_kpi_withheld" + here.replace("}", f',reason=~"{_NEVER}"}}')
    return Alert(
        name="BoucleCoverageLow",
        condition=f"max by () ({series}) < bool {least:g} unless on () {never}",
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        for_s=_COVERAGE_S,
        labels={"kpi": kpi},
        words={"kpi": kpi, "least_percent": f"{100 * least:g}"},
        example=Example(fires={series: f"{least - 0.01:g}"}, silent={series: f"{least:g}"}),
    )
