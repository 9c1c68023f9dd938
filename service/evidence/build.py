"""Makes the parts of a pack from what the store knows, through the functions that check it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from charter_rules.assemble import rule_from
from charter_rules.facts import SiteFacts
from charter_rules.finding import finding_of
from charter_rules.findings import Finding
from charter_rules.judging.engine import judge
from charter_rules.reading import Library
from charter_rules.rulebook import Rule, RuleBook
from charter_rules.schema import ParameterShape, RuleShape
from collectors.profiles.schema import Profile
from models.kpi.result import KpiResult
from models.legal_time.days import legal_day
from models.metering.tree import Meter
from models.readings import Window
from models.registers.gauges import GaugesByKey, ValueRange
from service.evaluation.gauge_cache import GaugeCache
from service.evaluation.ledger import LongLedger
from service.evaluation.ports import ReadingHistory
from service.evaluation.samples import SamplesByKey
from service.evaluation.windows import settled_end
from service.evidence.canonical import Json, plain, utc_text
from service.evidence.errors import EvidenceError
from service.evidence.figures import breaks, daily_rollups
from service.evidence.inputs import Inputs, packed_inputs
from service.evidence.results import (
    DAY,
    LONG,
    NOISE,
    QUARTER,
    SET_OF_WINDOW,
    SiteResults,
    Wanted,
    span_of,
)
from service.evidence.site_data import site_from, site_parts
from service.site.schema import SiteFile
from service.version import VERSION, code_version, source_hashes

# As the evaluation does: readings just outside a window tell the levels at its edges.
_MARGIN_STEPS = 4
_SETS = (LONG, DAY, QUARTER, NOISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """A file of past readings that was taken in."""

    file_name: str
    sha256: str
    rows: int
    from_ts: datetime
    to_ts: datetime
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDays:
    """Hashes of the raw rows by point and legal day, and what in them was not measured live."""

    hashes: Mapping[str, Json]
    corrections: Mapping[str, Json]
    complete: bool


class RawPast(Protocol):
    """The raw rows of one site."""

    async def imports(self) -> Sequence[ImportedFile]:
        """The files that were taken in."""
        ...

    async def raw_days(self, since: Mapping[str, datetime], end: datetime) -> RawDays:
        """Every row of each point from its instant on, within the reader's time limit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a pack is asked for: some rules of a charter, as of an instant."""

    site_file: SiteFile
    profiles: Mapping[str, Profile]
    library: Library
    rulebook: RuleBook
    rule_ids: tuple[str, ...]
    at: datetime
    known_on: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The parts of a pack but its chain, and the findings that the chain will hold."""

    parts: dict[str, Json]
    findings: tuple[Finding, ...]


async def build_parts(
    request: Request, history: ReadingHistory, past: RawPast, breaches: Json = None
) -> Built:
    """Read, compute and judge; raises StoreAway, and EvidenceError for an unknown rule."""
    rule_part, rules = _rules(request)
    site_facts, meters_part = site_parts(request.site_file, request.profiles)
    site, facts = site_from(site_facts, meters_part)
    results, wanted, at = SiteResults(site), wanted_of(rules), request.at
    sets = await _inputs(results, wanted, at, history)
    imports = await past.imports()
    imported = [Window(name=one.file_name, start=one.from_ts, end=one.to_ts) for one in imports]
    kpis = computed(results, wanted, at, sets, imported)
    findings = _findings(request, rules, facts, kpis)
    since = {
        key: span_of(wanted, name, at)[0]
        for name, inputs in sets.items()
        for key in (*inputs.samples, *inputs.gauges)
    }
    raw = await past.raw_days(since, at)
    parts: dict[str, Json] = {
        "verdict": {
            "on": plain(_day_of(at)),
            "known_on": plain(request.known_on),
            "findings": plain(findings),
        },
        "rule": rule_part,
        "site_facts": site_facts,
        "meters": meters_part,
        "kpi": {"results": plain(tuple(kpis.values()))},
        "inputs": {"at": utc_text(at), **packed_inputs(sets)},
        "rollups": rollups_of(results, wanted, at, sets),
        "raw_hashes": {"points": raw.hashes, "complete": raw.complete},
        "corrections": {
            "imports": plain(tuple(imports)),
            "not_measured_live": raw.corrections,
            "breaks": breaks_of(results, wanted, at, sets),
        },
        "breach": {"records": breaches},
        "code": {"version": VERSION, "code_version": code_version(), "sources": source_hashes()},
    }
    return Built(parts=parts, findings=findings)


def _day_of(instant: datetime) -> date:
    # As of the end of a year, the law is that of its last day: at midnight a new one may begin.
    return legal_day(instant - timedelta(microseconds=1))


def _findings(
    request: Request, rules: Sequence[Rule], facts: SiteFacts, kpis: Mapping[Wanted, KpiResult]
) -> tuple[Finding, ...]:
    on, timezone = _day_of(request.at), request.rulebook.timezone
    return tuple(
        finding_of(judge(rule, facts, kpis, on), timezone, request.known_on, code_version())
        for rule in rules
    )


def _rules(request: Request) -> tuple[dict[str, Json], list[Rule]]:
    library, rulebook = request.library, request.rulebook
    in_charter = {rule.id for rule in rulebook.rules}
    unknown = [name for name in request.rule_ids if name not in in_charter]
    if unknown:
        msg = (
            f"charter {rulebook.charter} has no rule {unknown[0]!r}; "
            f"use one of {', '.join(sorted(in_charter))}"
        )
        raise EvidenceError(msg)
    shapes = {name: library.rules.sheets[name].shape for name in sorted(request.rule_ids)}
    named = {one for shape in shapes.values() for one in shape.condition.parameters}
    parameters = {name: library.parameters.sheets[name].shape for name in sorted(named)}
    rules = [rule_of(shape, parameters) for shape in shapes.values()]
    part = {
        "charter": rulebook.charter,
        "timezone": rulebook.timezone.key,
        "rules": plain(shapes),
        "parameters": plain(parameters),
        "lock": {rule.id: {"version": rule.version, "sha256": rule.sha256} for rule in rules},
    }
    return part, rules


def rule_of(shape: RuleShape, parameters: Mapping[str, ParameterShape]) -> Rule:
    """A rule from its shape, with those of some parameters that it names."""
    return rule_from(shape, {name: parameters[name] for name in shape.condition.parameters})


def wanted_of(rules: Sequence[Rule]) -> tuple[Wanted, ...]:
    """The KPIs that some rules look at, the earlier ones of trends included."""
    wanted: dict[Wanted, None] = {}
    for rule in rules:
        wanted[rule.kpi, rule.window.name] = None
        if rule.against is not None:
            wanted[rule.kpi, rule.against] = None
    return tuple(wanted)


def computed(
    results: SiteResults,
    wanted: Sequence[Wanted],
    at: datetime,
    sets: Mapping[str, Inputs],
    imported: Sequence[Window],
) -> dict[Wanted, KpiResult]:
    """Each KPI that can be computed."""
    found = {one: results.result_of(one, at, sets, imported) for one in wanted}
    return {one: result for one, result in found.items() if result is not None}


async def _inputs(
    results: SiteResults, wanted: Sequence[Wanted], at: datetime, history: ReadingHistory
) -> dict[str, Inputs]:
    sets: dict[str, Inputs] = {}
    for name in _SETS:
        mine = [one for one in wanted if SET_OF_WINDOW.get(one[1]) == name]
        keys = tuple(dict.fromkeys(key for one in mine for key in results.keys_of(one, at)))
        ranges = {key: of for one in mine for key, of in results.gauges_of(one, at).items()}
        if not keys and not ranges:
            continue
        start, step = span_of(wanted, name, at)
        sets[name] = Inputs(
            samples=await _samples(history, keys, name, (start - _MARGIN_STEPS * step, at, step)),
            gauges=await _gauges(history, ranges, name, (start, settled_end(at), step)),
        )
    return sets


Span = tuple[datetime, datetime, timedelta]


async def _samples(
    history: ReadingHistory, keys: Sequence[str], set_name: str, span: Span
) -> SamplesByKey:
    start, end, step = span
    if set_name == LONG:
        found = await LongLedger(history, keys).refresh(start, end)
    else:
        found = await history.samples(keys, start, end, step)
    return {key: found[key] for key in keys if key in found}


async def _gauges(
    history: ReadingHistory,
    ranges: Mapping[str, tuple[ValueRange, ...]],
    set_name: str,
    span: Span,
) -> GaugesByKey:
    if not ranges:
        return {}
    start, end, step = span
    if set_name == LONG:
        cache = GaugeCache(history, ranges)
        await cache.refresh(start, end)
        return await cache.over(Window(name=set_name, start=start, end=end))
    return await history.gauges(tuple(ranges), start, end, step, ranges)


def rollups_of(
    results: SiteResults,
    wanted: Sequence[Wanted],
    at: datetime,
    sets: Mapping[str, Inputs],
) -> dict[str, Json]:
    """Roll-ups of the registers of the long windows, by meter and legal day."""
    if LONG not in sets:
        return {}
    start, _ = span_of(wanted, LONG, at)
    return daily_rollups(_meters(results, wanted, at, LONG), sets[LONG].samples, start, at)


def breaks_of(
    results: SiteResults,
    wanted: Sequence[Wanted],
    at: datetime,
    sets: Mapping[str, Inputs],
) -> dict[str, Json]:
    """Where registers did not go on, by set of samples and meter."""
    found = {name: breaks(_meters(results, wanted, at, name), sets[name].samples) for name in sets}
    return {name: one for name, one in found.items() if one}


def _meters(
    results: SiteResults, wanted: Sequence[Wanted], at: datetime, set_name: str
) -> tuple[Meter, ...]:
    mine = [one for one in wanted if SET_OF_WINDOW.get(one[1]) == set_name]
    return tuple(dict.fromkeys(m for one in mine for m in results.meters_of(one, at)))
