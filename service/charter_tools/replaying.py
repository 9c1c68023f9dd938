"""``boucle charter replay``: who would have failed, when, by how much, and what another changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from math import isfinite
from typing import Any

from charter_rules.consolidated.comparison import matched
from charter_rules.findings import Verdict
from charter_rules.law.rulebook import RuleBook
from charter_rules.replay.causes import CAUSES, NO_CAUSE, Shortfalls, shortfalls
from charter_rules.replay.outcome import (
    Effect,
    Failure,
    Matched,
    Transition,
    effects,
    failures,
    summaries,
    transitions,
)
from charter_rules.replay.table import VerdictTable
from charter_rules.wording.english import ENGLISH
from charter_rules.wording.french import FRENCH
from charter_rules.wording.language import Wording
from charter_rules.wording.measured import distance
from service.charter_tools.lacking import lacking_document, lacking_lines

_WORDINGS = {"fr": FRENCH, "en": ENGLISH}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "head": "Charte {charter}, sites : {sites}, jours jugés : {days}, du {first} au {last}",
        "silent": "Sans historique, donc sans preuve : {sites}",
        "strange": "Dans l’historique mais pas parmi les sites, donc pas jugés : {sites}",
        "early": "Rejoué, pas jugé : avant leur publication, des chiffres de {rules}",
        "last": "Verdicts au dernier jour, en nombre de sites",
        "fails": "Qui aurait manqué une règle ou un repère, quand et de combien",
        "none": "aucun site",
        "line": "{rule}  {site}  jours : {days} sur {of}, du {first} au {last}{worst}",
        "more": "{rule}  et {n} autres sites ; --csv ou --json les donne tous",
        "worst": ", au pire {margin} au-delà",
        "changes": "De la charte {before} à la charte {after}, règles changées : {changed}",
        "newly": "{rule}  désormais {verdict}, sites : {n} sur {of}",
        "gone": "{rule}  ne juge plus",
        "detail": "Dans le détail",
        "same": "aucun verdict ne change",
        "absent": "rien de demandé",
        "change": "{rule}  {before} → {after}, jours-sites : {n}, sites : {names}",
    },
    "en": {
        "head": "Charter {charter}, sites: {sites}, days judged: {days}, from {first} to {last}",
        "silent": "Without a past, so that nothing is proven: {sites}",
        "strange": "In the past but not among the sites, so not judged: {sites}",
        "early": "Replayed, not judged: before they were published, figures of {rules}",
        "last": "Verdicts on the last day, in number of sites",
        "fails": "Who would have missed a rule or a reference, when and by how much",
        "none": "no site",
        "line": "{rule}  {site}  days: {days} of {of}, from {first} to {last}{worst}",
        "more": "{rule}  and {n} more sites; --csv or --json has them all",
        "worst": ", at worst {margin} beyond",
        "changes": "From charter {before} to charter {after}, changed rules: {changed}",
        "newly": "{rule}  now {verdict}, sites: {n} of {of}",
        "gone": "{rule}  judges no more",
        "detail": "In detail",
        "same": "no verdict changes",
        "absent": "nothing asked",
        "change": "{rule}  {before} → {after}, site-days: {n}, sites: {names}",
    },
}
_SHOWN_NAMES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A charter over past data, another one beside it, and the sites that do not match.

    ``name`` and ``against_name`` tell a charter from its draft in another folder.
    """

    name: str
    against_name: str
    table: VerdictTable
    rulebook: RuleBook
    against: VerdictTable | None
    against_rulebook: RuleBook | None
    silent_sites: tuple[str, ...]
    strange_sites: tuple[str, ...]

    @property
    def early_rules(self) -> tuple[str, ...]:
        """Rules that are replayed over days on which a figure of theirs was not yet published."""
        first, last = self.table.days[0], self.table.days[-1]
        return tuple(
            rule.id
            for rule in self.rulebook.rules
            if any(
                entry.in_force_from <= last and first < entry.binds_from
                for entry in rule.parameter.values.entries
                if entry.binds_from > entry.in_force_from
            )
        )

    @property
    def matched(self) -> tuple[Matched, ...]:
        """What is compared with what; nothing without another charter."""
        if self.against_rulebook is None:
            return ()
        return tuple(matched(self.against_rulebook, self.rulebook))

    @property
    def changed_rules(self) -> tuple[str, ...]:
        """Rules whose content differs between the two, or that one alone has."""
        if self.against_rulebook is None:
            return ()
        old, new = (
            {rule.id: rule.sha256 for rule in book.rules}
            for book in (self.against_rulebook, self.rulebook)
        )
        return tuple(one for one in dict.fromkeys((*old, *new)) if old.get(one) != new.get(one))


def replay_lines(replayed: Replayed, lang: str) -> Iterator[str]:
    """What a planner reads."""
    table, words, wording = replayed.table, _WORDS[lang], _WORDINGS[lang]
    head = words["head"].format(
        charter=replayed.name,
        sites=len(table.sites),
        days=len(table.days),
        first=wording.dates.write_day(table.days[0]),
        last=wording.dates.write_day(table.days[-1]),
    )
    yield wording.typeset(head)
    if replayed.silent_sites:
        yield wording.typeset(words["silent"].format(sites=_names(replayed.silent_sites)))
    if replayed.strange_sites:
        yield wording.typeset(words["strange"].format(sites=_names(replayed.strange_sites)))
    if replayed.early_rules:
        yield wording.typeset(words["early"].format(rules=_names(replayed.early_rules)))
    yield ""
    yield words["last"]
    for one in summaries(table):
        told = ", ".join(f"{wording.verdicts[v]} {n}" for v, n in one.sites.items())
        yield f"  {one.rule:<32} {told}"
    yield ""
    yield words["fails"]
    yield from _failures(replayed, words, wording)
    yield ""
    yield from lacking_lines(_shortfalls(table), lang, wording)
    if replayed.against is not None:
        yield from _changes(replayed, replayed.against, words, wording)


def _shortfalls(table: VerdictTable) -> Shortfalls:
    return shortfalls(table.code, table.cause, table.rules)


def _failures(replayed: Replayed, words: Mapping[str, str], wording: Wording) -> Iterator[str]:
    """The sites that fail each rule; of many the first ones."""
    found = list(failures(replayed.table, replayed.rulebook))
    for rule, group in groupby(found, key=lambda one: one.rule):
        each = list(group)
        for one in each[:_SHOWN_NAMES]:
            yield f"  {wording.typeset(_failure(one, words, wording))}"
        if len(each) > _SHOWN_NAMES:
            more = words["more"].format(rule=rule, n=len(each) - _SHOWN_NAMES)
            yield f"  {wording.typeset(more)}"
    if not found:
        yield f"  {words['none']}"


def _changes(
    replayed: Replayed, against: VerdictTable, words: Mapping[str, str], wording: Wording
) -> Iterator[str]:
    """First who is concerned, then every change."""
    table = replayed.table
    yield ""
    head = words["changes"].format(
        before=replayed.against_name,
        after=replayed.name,
        changed=", ".join(replayed.changed_rules) or "0",
    )
    yield wording.typeset(head)
    found = list(effects(against, table, replayed.matched))
    for one in found:
        yield from (f"  {line}" for line in _effect(one, len(table.sites), words, wording))
    if not found:
        yield f"  {words['same']}"
        return
    yield ""
    yield words["detail"]
    yield from (
        f"  {_transition(one, words, wording)}"
        for one in transitions(against, table, replayed.matched)
    )


def _effect(one: Effect, sites: int, words: Mapping[str, str], wording: Wording) -> Iterator[str]:
    for verdict, names in one.newly.items():
        told = words["newly"].format(
            rule=one.rule, verdict=wording.verdicts[verdict], n=len(names), of=sites
        )
        yield wording.typeset(told)
    if not one.newly:
        yield words["gone"].format(rule=one.rule)


def _names(sites: Sequence[str]) -> str:
    more = " …" if len(sites) > _SHOWN_NAMES else ""
    return ", ".join(sites[:_SHOWN_NAMES]) + more


def _margin(one: float, unit: str, wording: Wording) -> str:
    """A margin in the unit of the text; of two percentages it is in points."""
    told = wording.sentences.points if unit == "%" else unit
    return distance(abs(one), None, (told, 1.0), wording.numbers)


def _failure(one: Failure, words: Mapping[str, str], wording: Wording) -> str:
    worst = ""
    if one.worst_margin is not None:
        worst = words["worst"].format(margin=_margin(one.worst_margin, one.unit, wording))
    return words["line"].format(
        site=one.site,
        rule=one.rule,
        days=one.days,
        of=one.of_days,
        first=wording.dates.write_day(one.first_day),
        last=wording.dates.write_day(one.last_day),
        worst=worst,
    )


def _transition(one: Transition, words: Mapping[str, str], wording: Wording) -> str:
    def told(verdict: Verdict | None) -> str:
        return words["absent"] if verdict is None else wording.verdicts[verdict]

    line = words["change"].format(
        rule=one.rule,
        before=told(one.before),
        after=told(one.after),
        n=one.site_days,
        names=_names(one.sites),
    )
    return wording.typeset(line)


def replay_document(replayed: Replayed) -> dict[str, Any]:
    """The same as data."""
    table, against = replayed.table, replayed.against
    changes = (
        {}
        if against is None
        else {
            "against": against.charter,
            "changed_rules": list(replayed.changed_rules),
            "effects": [asdict(one) for one in effects(against, table, replayed.matched)],
            "changes": [asdict(one) for one in transitions(against, table, replayed.matched)],
        }
    )
    return {
        "charter": table.charter,
        "sites": list(table.sites),
        "without_history": list(replayed.silent_sites),
        "not_judged": list(replayed.strange_sites),
        "days": [day.isoformat() for day in table.days],
        "last_day": [asdict(one) for one in summaries(table)],
        "replayed_not_judged": list(replayed.early_rules),
        "breaches": [asdict(one) for one in failures(table, replayed.rulebook)],
        "lacking": lacking_document(_shortfalls(table)),
        **changes,
    }


def replay_rows(table: VerdictTable) -> Iterator[Sequence[object]]:
    """One row per site, rule and day, for a spreadsheet; the first row names the columns."""
    yield "site", "rule", "day", "verdict", "margin", "lacking"
    verdicts = tuple(Verdict)
    for i, site in enumerate(table.sites):
        for j, rule in enumerate(table.rules):
            for k, day in enumerate(table.days):
                margin = float(table.margin[i, j, k])
                told = repr(margin) if isfinite(margin) else ""
                cause = int(table.cause[i, j, k])
                lacking = "" if cause == NO_CAUSE else CAUSES[cause].value
                verdict = verdicts[int(table.code[i, j, k])].value
                yield site, rule, day.isoformat(), verdict, told, lacking
