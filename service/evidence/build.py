"""Makes the parts of a pack from what the store knows, through the functions that check it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding
from charter_rules.judging.engine import judge
from charter_rules.law.assemble import rule_from
from charter_rules.law.reading import Library
from charter_rules.law.rulebook import Rule, RuleBook
from charter_rules.law.schema import ParameterShape, RuleShape
from charter_rules.wording.finding import finding_of
from collectors.profiles.schema import Profile
from models.kpi.imported import imported_window
from models.kpi.measurement import SiteReadings
from models.kpi.result import Doubt, DoubtReason, KpiResult
from models.readings import Window
from service.evaluation.diagnosis import doubts_at
from service.evaluation.periods import STEP, Grain
from service.evaluation.ports import ReadingHistory
from service.evaluation.reader import SiteReader
from service.evidence.canonical import Json, plain, utc_text
from service.evidence.errors import EvidenceError
from service.evidence.figures import breaks, daily_rollups
from service.evidence.inputs import packed_readings
from service.evidence.moments import law_day
from service.evidence.results import Known, PackResults, ReadingsByGrain, Wanted
from service.evidence.site_data import site_from, site_parts
from service.site.schema import SiteFile
from service.version import VERSION, code_version, source_hashes


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
    """What a pack is asked for: some rules of a charter, as of an instant.

    Windows end exactly ``at``. ``period`` is the one that the pack is of, cut off there.
    """

    site_file: SiteFile
    profiles: Mapping[str, Profile]
    library: Library
    rulebook: RuleBook
    rule_ids: tuple[str, ...]
    at: datetime
    known_on: datetime
    period: Window | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The parts of a pack but its breaches and chain, and the findings that the chain will hold.

    It is ``complete`` when every raw row was hashed in time.
    """

    parts: dict[str, Json]
    findings: tuple[Finding, ...]
    complete: bool


async def build_parts(request: Request, history: ReadingHistory, past: RawPast) -> Built:
    """Read, compute and judge; raises StoreAway, and EvidenceError for an unknown rule."""
    rule_part, rules = _rules(request)
    site_facts, meters_part = site_parts(request.site_file, request.profiles)
    site, facts = site_from(site_facts, meters_part)
    at = request.at
    results = PackResults(site, wanted_of(rules), at, request.period)
    readings = await _readings(results, at, history)
    imports = await past.imports()
    doubts = await doubts_at(site, request.rulebook, history, at)
    known = Known(
        imported=tuple(
            imported_window(one.file_name, one.sha256, one.from_ts, one.to_ts) for one in imports
        ),
        doubts=doubts,
    )
    kpis = results.figures(readings, known)
    findings = _findings(request, rules, facts, kpis)
    since = _since(results, readings)
    raw = await past.raw_days(since, at)
    parts: dict[str, Json] = {
        "verdict": {
            "on": plain(law_day(at)),
            "known_on": plain(request.known_on),
            "findings": plain(findings),
        },
        "rule": rule_part,
        "site_facts": site_facts,
        "meters": meters_part,
        "kpi": {
            "results": plain(tuple(kpis.values())),
            "period": plain(results.period_figures(readings, known)),
        },
        "inputs": {
            "at": utc_text(at),
            "doubts": plain(doubts),
            "readings": packed_readings(readings),
        },
        "rollups": rollups_of(results, readings, at),
        "raw_hashes": {"points": raw.hashes, "complete": raw.complete},
        "corrections": {
            "imports": plain(tuple(imports)),
            "not_measured_live": raw.corrections,
            "breaks": breaks_of(results, readings),
        },
        "code": {"version": VERSION, "code_version": code_version(), "sources": source_hashes()},
    }
    return Built(parts=parts, findings=findings, complete=raw.complete)


def _since(results: PackResults, readings: ReadingsByGrain) -> dict[str, datetime]:
    """From when on the raw rows of each point are needed."""
    found: dict[str, datetime] = {}
    for grain, each in readings.items():
        start, _ = results.span(grain)
        for key in (*each.registers, *each.gauges, *each.levels):
            found[key] = min(start, found.get(key, start))
    return found


def _findings(
    request: Request, rules: Sequence[Rule], facts: SiteFacts, kpis: Mapping[Wanted, KpiResult]
) -> tuple[Finding, ...]:
    on, timezone = law_day(request.at), request.rulebook.timezone
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
        "charter": plain(library.charters.sheets[rulebook.charter].shape),
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


async def _readings(
    results: PackResults, at: datetime, history: ReadingHistory
) -> dict[Grain, SiteReadings]:
    """What the figures of each grain are made of, fetched as the evaluation does."""
    found: dict[Grain, SiteReadings] = {}
    for grain in results.grains():
        reader, windows = SiteReader(history, results.points(grain)), results.windows(grain)
        start, step = results.span(grain)
        match grain:
            case Grain.LONG:
                found[grain] = await reader.long(start - step, at, at + step)
            case Grain.NOISE:
                found[grain] = await reader.levels(start, at + STEP[grain])
            case Grain.DAY | Grain.QUARTER:
                found[grain] = await reader.fine(grain, windows)
    return found


def rollups_of(results: PackResults, readings: ReadingsByGrain, at: datetime) -> dict[str, Json]:
    """Roll-ups of the registers of the long windows, by meter and legal day."""
    if Grain.LONG not in readings or Grain.LONG not in results.grains():
        return {}
    registers = results.registers(readings[Grain.LONG])
    return daily_rollups(results.meters(Grain.LONG), registers, results.span(Grain.LONG)[0], at)


def breaks_of(results: PackResults, readings: ReadingsByGrain) -> dict[str, Json]:
    """Where registers did not go on, by grain and meter."""
    found = {
        grain.value: breaks(results.meters(grain), results.registers(readings[grain]))
        for grain in results.grains()
        if grain in readings
    }
    return {name: one for name, one in found.items() if one}


def doubts_from(data: Json) -> tuple[Doubt, ...]:
    """The doubts of a pack; KeyError, TypeError or ValueError when they are none."""
    return tuple(Doubt(str(one["meter"]), DoubtReason(one["reason"])) for one in data)
