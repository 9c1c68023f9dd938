"""``boucle charter explain``: why a rule gives its verdict on a site."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np

from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding
from charter_rules.judging.engine import evaluate
from charter_rules.law.kpis import spec_of
from charter_rules.law.rulebook import RuleBook
from charter_rules.wording.english import ENGLISH
from charter_rules.wording.french import FRENCH
from models.kpi.result import KpiResult
from models.kpi_history import KpiColumns
from service.errors import UserError
from service.version import code_version

_WORDINGS: Final = {"fr": FRENCH, "en": ENGLISH}
_PROVE: Final = {"fr": "Pour le prouver : {text}", "en": "To prove it: {text}"}
_AS_OF: Final = {
    "fr": "Jugé au {day}, règle {rule}, version {version}.",
    "en": "Judged as of {day}, rule {rule}, version {version}.",
}
_TOLD: Final = (
    "rule_id",
    "rule_version",
    "on",
    "verdict",
    "severity",
    "margin",
    "threshold_unit",
    "lack",
    *(f"{name}_{lang}" for name in ("title", "explanation", "missing") for lang in ("fr", "en")),
)

# A finding as the API has it, or one made here: the same names.
Told = Mapping[str, Any]


def only(rulebook: RuleBook, rule: str) -> RuleBook:
    """The same charter with one rule.

    Raises
    ------
    UserError
        If it has no such rule.
    """
    kept = tuple(one for one in rulebook.rules if one.id == rule)
    if not kept:
        known = ", ".join(one.id for one in rulebook.rules)
        msg = f"charter {rulebook.charter} has no rule {rule!r}; it has {known}"
        raise UserError(msg)
    return replace(rulebook, rules=kept)


def about(rulebook: RuleBook, kpi: str) -> RuleBook:
    """The same charter with the rules on one KPI, or on one of its kinds.

    Raises
    ------
    UserError
        If it has none.
    """
    kept = tuple(one for one in rulebook.rules if f"{one.kpi}_".startswith(f"{kpi}_"))
    if not kept:
        known = ", ".join(dict.fromkeys(one.kpi for one in rulebook.rules))
        msg = f"charter {rulebook.charter} has no rule on {kpi!r}; it has rules on {known}"
        raise UserError(msg)
    return replace(rulebook, rules=kept)


def judged_here(
    rulebook: RuleBook, facts: SiteFacts, kpis: Mapping[tuple[str, str], KpiResult], on: date
) -> list[Told]:
    """The findings of a charter; without KPIs they say what is asked and what lacks."""
    found = evaluate(rulebook, facts, kpis, on, code_version=code_version())
    return [_plain(finding) for finding in found]


def _plain(finding: Finding) -> Told:
    told = {name: getattr(finding, name) for name in _TOLD}
    values = {name: getattr(finding, name).value for name in ("verdict", "severity")}
    return told | {"on": finding.on.isoformat(), **values}


def kpis_of_day(
    columns: KpiColumns, site: str, on: date | None, document: str
) -> tuple[date, dict[tuple[str, str], KpiResult]]:
    """The last day up to a day on which a history knows a site, and its KPIs then.

    ``document`` is the file that the history is of.

    Raises
    ------
    UserError
        If the history does not know the site, or only later.
    """
    try:
        mine = columns.of_site(site)
    except ValueError as error:
        raise UserError(str(error)) from error
    known = mine.on if on is None else mine.on[mine.on <= on.toordinal()]
    if not len(known):
        first = date.fromordinal(int(mine.on.min())) if len(mine) else "no day"
        msg = f"the history knows {site} from {first}: give --on a later day"
        raise UserError(msg)
    last = int(known.max())
    found: dict[tuple[str, str], KpiResult] = {}
    for row in np.flatnonzero(mine.on == last).tolist():
        result = mine.result(row, unit=spec_of(mine.kpis[mine.kpi[row]]).unit)
        found[result.kpi, result.window.name] = replace(result, documents=(document,))
    return date.fromordinal(last), found


def explanation_lines(told: Told, lang: str) -> Iterator[str]:
    """What a person reads."""
    wording = _WORDINGS[lang]
    yield str(told[f"title_{lang}"])
    day = wording.dates.write_day(date.fromisoformat(told["on"]))
    yield _AS_OF[lang].format(day=day, rule=told["rule_id"], version=told["rule_version"])
    yield ""
    yield str(told[f"explanation_{lang}"])
    missing = told[f"missing_{lang}"]
    if missing:
        yield wording.typeset(_PROVE[lang].format(text=missing))
