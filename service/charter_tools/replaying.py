"""``boucle charter replay``: who would have failed, when, by how much, and what another changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any

from charter_rules.findings import Verdict
from charter_rules.replay.outcome import Failure, Transition, failures, summaries, transitions
from charter_rules.replay.table import VerdictTable
from charter_rules.rulebook import RuleBook
from charter_rules.wording import Wording
from charter_rules.wording_en import ENGLISH
from charter_rules.wording_fr import FRENCH

_WORDINGS = {"fr": FRENCH, "en": ENGLISH}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "head": "Charte {charter}, {sites} sites, {days} jours jugés du {first} au {last}",
        "last": "Verdicts au dernier jour, en nombre de sites",
        "fails": "Qui aurait été non conforme, quand et de combien",
        "none": "aucun site n'est non conforme",
        "line": "{site}  {rule}  {days} jours sur {of}, du {first} au {last}{worst}",
        "worst": ", au pire {margin} {unit} au-delà",
        "changes": "De la charte {before} à la charte {after}",
        "same": "aucun verdict ne change",
        "absent": "règle absente",
        "change": "{rule}  {before} → {after}  {n} jours-sites, {sites} sites : {names}",
    },
    "en": {
        "head": "Charter {charter}, {sites} sites, {days} days judged from {first} to {last}",
        "last": "Verdicts on the last day, in number of sites",
        "fails": "Who would have been in breach, when and by how much",
        "none": "no site is in breach",
        "line": "{site}  {rule}  {days} days of {of}, from {first} to {last}{worst}",
        "worst": ", at worst {margin} {unit} beyond",
        "changes": "From charter {before} to charter {after}",
        "same": "no verdict changes",
        "absent": "no such rule",
        "change": "{rule}  {before} → {after}  {n} site-days, {sites} sites: {names}",
    },
}
_SHOWN_NAMES = 12


def replay_lines(
    table: VerdictTable, rulebook: RuleBook, against: VerdictTable | None, lang: str
) -> Iterator[str]:
    """What a planner reads."""
    words, wording = _WORDS[lang], _WORDINGS[lang]
    yield words["head"].format(
        charter=table.charter,
        sites=len(table.sites),
        days=len(table.days),
        first=table.days[0],
        last=table.days[-1],
    )
    yield ""
    yield words["last"]
    for one in summaries(table):
        told = ", ".join(f"{wording.verdicts[v]} {n}" for v, n in one.sites.items())
        yield f"  {one.rule:<32} {told}"
    yield ""
    yield words["fails"]
    found = list(failures(table, rulebook))
    yield from (f"  {_failure(one, words)}" for one in found)
    if not found:
        yield f"  {words['none']}"
    if against is not None:
        yield ""
        yield words["changes"].format(before=against.charter, after=table.charter)
        changed = list(transitions(against, table))
        yield from (f"  {_transition(one, words, wording)}" for one in changed)
        if not changed:
            yield f"  {words['same']}"


def _failure(one: Failure, words: Mapping[str, str]) -> str:
    worst = ""
    if one.worst_margin is not None:
        worst = words["worst"].format(margin=f"{abs(one.worst_margin):.4g}", unit=one.unit)
    return words["line"].format(
        site=one.site,
        rule=one.rule,
        days=one.days,
        of=one.of_days,
        first=one.first_day,
        last=one.last_day,
        worst=worst,
    )


def _transition(one: Transition, words: Mapping[str, str], wording: Wording) -> str:
    def told(verdict: Verdict | None) -> str:
        return words["absent"] if verdict is None else wording.verdicts[verdict]

    more = " …" if len(one.sites) > _SHOWN_NAMES else ""
    return words["change"].format(
        rule=one.rule,
        before=told(one.before),
        after=told(one.after),
        n=one.site_days,
        sites=len(one.sites),
        names=", ".join(one.sites[:_SHOWN_NAMES]) + more,
    )


def replay_document(
    table: VerdictTable, rulebook: RuleBook, against: VerdictTable | None
) -> dict[str, Any]:
    """The same as data."""
    return {
        "charter": table.charter,
        "sites": list(table.sites),
        "days": [day.isoformat() for day in table.days],
        "last_day": [asdict(one) for one in summaries(table)],
        "breaches": [asdict(one) for one in failures(table, rulebook)],
        "against": None if against is None else against.charter,
        "changes": [] if against is None else [asdict(one) for one in transitions(against, table)],
    }


def replay_rows(table: VerdictTable) -> Iterator[Sequence[object]]:
    """One row per site, rule and day, for a spreadsheet; the first row names the columns."""
    yield "site", "rule", "day", "verdict", "margin"
    verdicts = tuple(Verdict)
    for i, site in enumerate(table.sites):
        for j, rule in enumerate(table.rules):
            for k, day in enumerate(table.days):
                margin = float(table.margin[i, j, k])
                told = repr(margin) if isfinite(margin) else ""
                yield site, rule, day.isoformat(), verdicts[int(table.code[i, j, k])].value, told
