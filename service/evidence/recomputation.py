"""Computes and judges a pack again, from its inputs and by the verifier's law."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from charter_rules.facts import SiteFacts
from charter_rules.judging.engine import judge
from charter_rules.law.rulebook import Rule
from charter_rules.wording.finding import finding_of
from models.kpi.imported import imported_window
from models.kpi.result import KpiResult
from models.site.site import Site
from service.evidence.breach_check import check_breaches
from service.evidence.build import breaks_of, doubts_from, rollups_of, wanted_of
from service.evidence.canonical import Json, instant_of, plain
from service.evidence.chain import PACKED, VERDICTS, ChainEntry, EntryError
from service.evidence.compared import differences
from service.evidence.errors import PackUnreadableError
from service.evidence.inputs import unpacked_readings
from service.evidence.known_law import KnownLaw
from service.evidence.moments import check_moments, period_upto
from service.evidence.raw_cover import check_raw
from service.evidence.report import PartError, Report
from service.evidence.results import Known, PackResults, ReadingsByGrain, Wanted
from service.evidence.site_data import site_from
from service.version import code_version_of, source_hashes

# What a reader is told; another version of the program may say it in other words.
_WORDS: Final = frozenset({"explanation_fr", "explanation_en", "missing_fr", "missing_en"})
# A pack may be signed by anyone: whatever its content makes fail is told, not left to crash.
_UNSOUND: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)


@contextmanager
def named(report: Report, part: str) -> Iterator[None]:
    """Name the part in which something is wrong."""
    try:
        yield
    except PackUnreadableError as error:
        report.refuse(part, "unreadable", detail=error.said)
    except PartError as error:
        report.refuse(error.part, "unreadable", detail=error.said)
    except EntryError as error:
        report.refuse(part, "unusable", detail=error.said)
    except _UNSOUND as error:
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        report.refuse(part, "unusable", detail=first_line[:200])


class Recomputation:
    """Computes one pack again, part by part; stops where a part cannot be used."""

    def __init__(
        self, pack: Mapping[str, Json], report: Report, law: KnownLaw, now: datetime
    ) -> None:
        self._parts: Mapping[str, Json] = pack["parts"]
        self._head: Json = pack["head"]
        self._scope: Json = pack["head"]["scope"]
        self._report, self._law, self._now = report, law, now
        self._rules: list[Rule] = []
        self._site: tuple[Site, SiteFacts] | None = None
        self._readings: ReadingsByGrain | None = None
        self._known = Known()
        self._same_code = False

    def run(self, entries: Sequence[ChainEntry]) -> None:
        """Read each part, then compute."""
        report, parts = self._report, self._parts
        with named(report, "rule"):
            self._read_rules()
        with named(report, "site_facts"):
            self._site = site_from(parts["site_facts"], parts["meters"])
            self._check_charter_of_site()
        with named(report, "inputs"):
            self._readings = unpacked_readings(parts["inputs"]["readings"])
            doubts = doubts_from(parts["inputs"]["doubts"])
            self._known = replace(self._known, doubts=doubts)
        with named(report, "corrections"):
            imported = tuple(
                imported_window(
                    one["file_name"],
                    one["sha256"],
                    instant_of(one["from_ts"]),
                    instant_of(one["to_ts"]),
                )
                for one in parts["corrections"]["imports"]
            )
            self._known = replace(self._known, imported=imported)
        with named(report, "code"):
            self._check_code()
        with named(report, "head"):
            self._check_scope()
            check_moments(parts, self._head, self._now, report)
        if self._rules and self._site is not None and self._readings is not None:
            self._judge_again(self._site[0], self._site[1], self._readings, entries)

    @property
    def _is_of_period(self) -> bool:
        return bool(self._scope["kind"] == "period")

    def _read_rules(self) -> None:
        part, report = self._parts["rule"], self._report
        report.charter = part["charter"]
        findings = {one["rule_id"] for one in self._parts["verdict"]["findings"]}
        if not set(part["rules"]) == set(part["lock"]) == findings:
            report.refuse("rule", "rules_differ")
        self._rules = self._law.rules_of(part, report)

    def _check_scope(self) -> None:
        part, scope = self._parts["rule"], self._scope
        if self._is_of_period:
            charter = part["charter"]
            for rule in charter["rules"]:
                if rule not in part["rules"]:
                    self._report.refuse("rule", "left_out", rule=rule, charter=charter["id"])
        elif scope["kind"] != "verdict" or scope["rule"] not in part["rules"]:
            self._report.refuse("head", "scope_other")

    def _check_charter_of_site(self) -> None:
        charter = self._parts["rule"]["charter"]["id"]
        declared = self._parts["site_facts"]["declared"]["site"]
        if declared["charter"] != charter:
            fields = {"charter": charter, "site": declared["charter"]}
            self._report.refuse("rule", "charter_of_site", **fields)
        if declared["id"] != self._head["site"]:
            fields = {"head": self._head["site"], "site": declared["id"]}
            self._report.refuse("site_facts", "site_other", **fields)

    def _check_code(self) -> None:
        part, ours = self._parts["code"], source_hashes()
        theirs, version = part["sources"], part["code_version"]
        told = {one["code_version"] for one in self._parts["verdict"]["findings"]}
        if {code_version_of(part["version"], theirs)} != told | {version}:
            self._report.refuse("code", "code_not_of_sources", version=version)
        changed = sorted(n for n in set(theirs) | set(ours) if theirs.get(n) != ours.get(n))
        self._same_code = not changed
        if changed:
            fields = {"version": version, "n": len(changed), "first": changed[0]}
            self._report.remark("code_other", **fields)

    def _judge_again(
        self,
        site: Site,
        facts: SiteFacts,
        readings: ReadingsByGrain,
        entries: Sequence[ChainEntry],
    ) -> None:
        report, parts = self._report, self._parts
        kpis: dict[Wanted, KpiResult] = {}
        with named(report, "inputs"):
            at = instant_of(parts["inputs"]["at"])
            period = period_upto(self._scope["period"], at) if self._is_of_period else None
            results = PackResults(site, wanted_of(self._rules), at, period)
            kpis = results.figures(readings, self._known)
            self._compare("kpi", parts["kpi"]["results"], plain(tuple(kpis.values())))
            over = plain(results.period_figures(readings, self._known))
            self._compare("kpi", parts["kpi"]["period"], over)
            report.figures = over
            self._compare("rollups", parts["rollups"], plain(rollups_of(results, readings, at)))
            self._compare(
                "corrections", parts["corrections"]["breaks"], plain(breaks_of(results, readings))
            )
            with named(report, "raw_hashes"):
                check_raw(parts["raw_hashes"], results, readings, at, report)
        with named(report, "verdict"):
            self._compare_verdicts(facts, kpis)
        with named(report, "breach"):
            rules = set(parts["rule"]["rules"])
            check_breaches(parts["breach"]["records"], rules, entries, report)
        with named(report, "chain"):
            self._compare_with_chain(entries)
            if not reaches_back(entries, self._scope):
                report.refuse("chain", "chain_late")

    def _compare_verdicts(self, facts: SiteFacts, kpis: Mapping[Wanted, KpiResult]) -> None:
        part, report = self._parts["verdict"], self._report
        known_on = None if part["known_on"] is None else instant_of(part["known_on"])
        given = {one["rule_id"]: one for one in part["findings"]}
        timezone = ZoneInfo(self._parts["rule"]["charter"]["timezone"])
        on = date.fromisoformat(part["on"])
        for rule in self._rules:
            theirs = given[rule.id]
            outcome = judge(rule, facts, kpis, on)
            ours = plain(finding_of(outcome, timezone, known_on, theirs["code_version"]))
            for path in differences(theirs, ours):
                if path in _WORDS and not self._same_code:
                    report.remark("words_other", rule=rule.id, field=path)
                else:
                    report.refuse("verdict", "not_following", field=f"{rule.id}: {path}")
            report.findings.append(ours)

    def _compare_with_chain(self, entries: Sequence[ChainEntry]) -> None:
        """Each verdict of the pack is the last one that was written down of its rule."""
        last = {entry.rule_id: entry for entry in entries if entry.reason == PACKED}
        for finding in self._parts["verdict"]["findings"]:
            entry = last.get(finding["rule_id"])
            if entry is None:
                self._report.refuse("chain", "chain_no_entry", rule=finding["rule_id"])
                continue
            kpi = finding["kpi"] or {}
            written = {**entry.body, "kpi": entry.body["kpi"] or {}}
            told = {**finding, "value": finding["weighed_value"]}
            odd = [n for n in written if n != "kpi" and written[n] != told.get(n)]
            odd += [f"kpi.{n}" for n in written["kpi"] if written["kpi"][n] != kpi.get(n)]
            if odd:
                fields = {"rule": finding["rule_id"], "field": odd[0]}
                self._report.refuse("chain", "chain_other", **fields)

    def _compare(self, part: str, theirs: Json, ours: Json) -> None:
        for path in differences(theirs, ours):
            self._report.refuse(part, "not_following", field=path or part)


def reaches_back(entries: Sequence[ChainEntry], scope: Json) -> bool:
    """Whether no verdict of the scope can be missing before the first entry."""
    first = entries[0]
    if first.seq == 1:
        return True
    if scope["kind"] == "period":
        return first.recorded_at < instant_of(scope["start"])
    earlier = [
        entry
        for entry in entries[:-1]
        if entry.rule_id == scope["rule"] and entry.reason in VERDICTS
    ]
    return bool(earlier) and earlier[0] is first
