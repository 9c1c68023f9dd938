"""Checks a pack offline: hashes, signature, chain; then computes and judges everything again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from math import isclose
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from charter_rules.facts import SiteFacts
from charter_rules.judging.engine import judge
from charter_rules.law.rulebook import Rule
from charter_rules.law.schema import ParameterShape, RuleShape
from charter_rules.wording.finding import finding_of
from models.kpi.result import KpiResult
from models.readings import Window
from models.site.site import Site
from service.evidence.build import breaks_of, doubts_from, rollups_of, rule_of, wanted_of
from service.evidence.canonical import Json, instant_of, plain
from service.evidence.chain import PACKED, ChainEntry, entry_of, first_fault, signers
from service.evidence.envelope import integrity_problems, shape_of, signer_of
from service.evidence.errors import PackUnreadableError
from service.evidence.exported import FORMAT as CHAIN_FORMAT
from service.evidence.exported import verify_chain
from service.evidence.inputs import unpacked_readings
from service.evidence.reading import read_json
from service.evidence.report import PartError, Report
from service.evidence.results import Known, PackResults, ReadingsByGrain, Wanted
from service.evidence.site_data import site_from
from service.version import source_hashes

# Sums of the same numbers differ by their order, and with it by the machine, beyond this digit.
RELATIVE_TOLERANCE: Final = 1e-9
_ABSOLUTE_TOLERANCE: Final = 1e-9
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


def verify_file(path: Path, trusted: str | None = None) -> Report:
    """Check a pack or an exported chain on disk.

    ``trusted`` is the fingerprint of the key that it must be signed with.
    """
    report = Report()
    try:
        content = read_json(path)
        if isinstance(content, dict) and content.get("format") == CHAIN_FORMAT:
            verify_chain(content, report, trusted)
        else:
            verify(shape_of(content), report, trusted)
    except PackUnreadableError as error:
        report.refuse("file", str(error))
    return report


def verify(pack: Mapping[str, Json], report: Report, trusted: str | None = None) -> None:
    """Check the content of a pack; every problem is named with its part."""
    report.problems.extend(integrity_problems(pack))
    _check_authorship(pack, report, trusted)
    entries = _checked_chain(pack, report)
    if not report.good:
        report.remarks.append("nothing was computed again: the pack is not whole")
        return
    with _named(report, "head"):
        _Recomputation(pack, report).run(entries)


def _check_authorship(pack: Mapping[str, Json], report: Report, trusted: str | None) -> None:
    signer = signer_of(pack)
    report.fingerprint = None if signer is None else signer.fingerprint
    if trusted is None:
        report.authorship = (
            "no key was given: this shows that the pack is whole and agrees with itself, not who "
            "made it; give the site's key with --key"
        )
    elif signer is None or signer.fingerprint != trusted:
        report.authorship = "not signed with the key that was given"
        report.refuse("signature", "is not by the key that was given")
    else:
        report.authorship = "signed with the key that was given"


def _checked_chain(pack: Mapping[str, Json], report: Report) -> Sequence[ChainEntry]:
    with _named(report, "chain"):
        chain, head = pack["parts"]["chain"], pack["head"]["chain"]
        entries = [entry_of(one) for one in chain["entries"]]
        reached, fault = first_fault(entries, chain["site"])
        if fault is not None:
            report.refuse("chain", fault)
        elif {"seq": reached.seq, "sha256": reached.sha256} != head:
            report.refuse("chain", f"ends at entry {reached.seq}, not at the head that was signed")
        elif chain["site"] != pack["head"]["site"]:
            report.refuse("chain", "is of another site than the pack")
        signer = signer_of(pack)
        others = signers(entries) - ({signer.hex} if signer else set())
        if others:
            report.remarks.append(
                f"{len(others)} other key(s) signed entries of the chain: the site changed its "
                "key, or somebody else wrote them"
            )
        return entries
    return ()


@contextmanager
def _named(report: Report, part: str) -> Iterator[None]:
    """Name the part in which something is wrong."""
    try:
        yield
    except PackUnreadableError as error:
        report.refuse(part, str(error))
    except PartError as error:
        report.refuse(error.part, str(error))
    except _UNSOUND as error:
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        report.refuse(part, f"cannot be used: {first_line[:200]}")


class _Recomputation:
    """Computes one pack again, part by part; stops where a part cannot be used."""

    def __init__(self, pack: Mapping[str, Json], report: Report) -> None:
        self._parts: Mapping[str, Json] = pack["parts"]
        self._scope: Json = pack["head"]["scope"]
        self._report = report
        self._rules: list[Rule] = []
        self._site: tuple[Site, SiteFacts] | None = None
        self._readings: ReadingsByGrain | None = None
        self._known = Known()

    def run(self, entries: Sequence[ChainEntry]) -> None:
        report, parts = self._report, self._parts
        with _named(report, "rule"):
            self._read_rules()
        with _named(report, "site_facts"):
            self._site = site_from(parts["site_facts"], parts["meters"])
        with _named(report, "inputs"):
            self._readings = unpacked_readings(parts["inputs"]["readings"])
            doubts = doubts_from(parts["inputs"]["doubts"])
            self._known = replace(self._known, doubts=doubts)
        with _named(report, "corrections"):
            imported = tuple(
                Window(
                    name=one["file_name"],
                    start=instant_of(one["from_ts"]),
                    end=instant_of(one["to_ts"]),
                )
                for one in parts["corrections"]["imports"]
            )
            self._known = replace(self._known, imported=imported)
        with _named(report, "code"):
            self._remark_code()
        with _named(report, "raw_hashes"):
            self._check_raw()
        if report.good and self._site is not None and self._readings is not None:
            self._judge_again(self._site[0], self._site[1], self._readings, entries)

    def _read_rules(self) -> None:
        part = self._parts["rule"]
        parameters = {n: ParameterShape.model_validate(p) for n, p in part["parameters"].items()}
        findings = {one["rule_id"]: one for one in self._parts["verdict"]["findings"]}
        if not set(part["rules"]) == set(part["lock"]) == set(findings):
            self._report.refuse("rule", "the rules, their lock and the verdicts differ")
        for name, data in sorted(part["rules"].items()):
            rule = rule_of(RuleShape.model_validate(data), parameters)
            lock = {"version": rule.version, "sha256": rule.sha256}
            if rule.id != name or part["lock"][name] != lock:
                self._report.refuse("rule", f"rule {name} is not the one of its lock")
            self._rules.append(rule)

    def _remark_code(self) -> None:
        theirs, ours = self._parts["code"]["sources"], source_hashes()
        changed = sorted(n for n in set(theirs) | set(ours) if theirs.get(n) != ours.get(n))
        if changed:
            self._report.remarks.append(
                f"the pack was made by version {self._parts['code']['code_version']}; "
                f"{len(changed)} source files differ here, first {changed[0]}"
            )

    def _check_raw(self) -> None:
        raw = self._parts["raw_hashes"]
        for key, days in raw["points"].items():
            for day, (count, digest) in days.items():
                date.fromisoformat(day)
                if not isinstance(count, int) or len(bytes.fromhex(digest)) != 32:
                    self._report.refuse("raw_hashes", f"{key} {day} is no count and hash")
        if raw["complete"] is not True:
            self._report.remarks.append("the raw rows were not all hashed: time ran out")

    def _judge_again(
        self,
        site: Site,
        facts: SiteFacts,
        readings: ReadingsByGrain,
        entries: Sequence[ChainEntry],
    ) -> None:
        report, parts = self._report, self._parts
        kpis: dict[Wanted, KpiResult] = {}
        with _named(report, "inputs"):
            at = instant_of(parts["inputs"]["at"])
            results = PackResults(site, wanted_of(self._rules), at)
            kpis = results.figures(readings, self._known)
            self._compare("kpi", parts["kpi"]["results"], plain(tuple(kpis.values())))
            self._compare("rollups", parts["rollups"], plain(rollups_of(results, readings, at)))
            self._compare(
                "corrections", parts["corrections"]["breaks"], plain(breaks_of(results, readings))
            )
        with _named(report, "verdict"):
            self._compare_verdicts(facts, kpis)
        with _named(report, "chain"):
            self._compare_with_chain(entries)
            if not reaches_back(entries, self._scope):
                report.refuse("chain", "begins too late: verdicts of its scope may be left out")

    def _compare_verdicts(self, facts: SiteFacts, kpis: Mapping[Wanted, KpiResult]) -> None:
        part = self._parts["verdict"]
        known_on = None if part["known_on"] is None else instant_of(part["known_on"])
        given = {one["rule_id"]: one for one in part["findings"]}
        timezone = ZoneInfo(self._parts["rule"]["timezone"])
        on = date.fromisoformat(part["on"])
        for rule in self._rules:
            theirs = given[rule.id]
            outcome = judge(rule, facts, kpis, on)
            ours = plain(finding_of(outcome, timezone, known_on, theirs["code_version"]))
            differing = list(differences(theirs, ours))
            for path in differing:
                if path in _WORDS:
                    self._report.remarks.append(f"{rule.id}: {path} is worded otherwise here")
                else:
                    self._report.refuse(
                        "verdict", f"{rule.id}: {path} does not follow from the pack"
                    )
            said = f"{rule.id}: {ours['verdict']}"
            if ours["weighed_value"] is not None:
                said += f", {ours['weighed_value']:.6g} against {ours['threshold']:.6g}"
            self._report.recomputed.append(said)

    def _compare_with_chain(self, entries: Sequence[ChainEntry]) -> None:
        """Each verdict of the pack is the last one that was written down of its rule."""
        last = {entry.rule_id: entry for entry in entries if entry.reason == PACKED}
        for finding in self._parts["verdict"]["findings"]:
            entry = last.get(finding["rule_id"])
            if entry is None:
                self._report.refuse(
                    "chain", f"has no entry for the verdict on {finding['rule_id']}"
                )
                continue
            kpi = finding["kpi"] or {}
            written = {**entry.body, "kpi": entry.body["kpi"] or {}}
            told = {**finding, "value": finding["weighed_value"]}
            odd = [n for n in written if n != "kpi" and written[n] != told.get(n)]
            odd += [f"kpi.{n}" for n in written["kpi"] if written["kpi"][n] != kpi.get(n)]
            if odd:
                self._report.refuse(
                    "chain", f"{finding['rule_id']}: {odd[0]} is not the one of the verdict"
                )

    def _compare(self, part: str, theirs: Json, ours: Json) -> None:
        for path in differences(theirs, ours):
            self._report.refuse(part, f"{path or 'content'} does not follow from the inputs")


def reaches_back(entries: Sequence[ChainEntry], scope: Json) -> bool:
    """Whether no verdict of the scope can be missing before the first entry."""
    first = entries[0]
    if first.seq == 1:
        return True
    if scope["kind"] == "period":
        return first.recorded_at < instant_of(scope["start"])
    earlier = [entry for entry in entries[:-1] if entry.rule_id == scope["rule"]]
    return bool(earlier) and earlier[0] is first


def differences(theirs: Json, ours: Json, path: str = "") -> Iterator[str]:
    """Where two contents differ, numbers beyond rounding."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted(set(theirs) | set(ours)):
            inner = f"{path}.{name}" if path else str(name)
            if name not in theirs or name not in ours:
                yield inner
            else:
                yield from differences(theirs[name], ours[name], inner)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for n, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from differences(one, other, f"{path}[{n}]")
    elif not _same(theirs, ours):
        yield path


def _same(one: Json, other: Json) -> bool:
    if _is_number(one) and _is_number(other):
        return isclose(one, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=_ABSOLUTE_TOLERANCE)
    return type(one) is type(other) and bool(one == other)


def _is_number(one: Json) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool)
