"""``boucle charter``: test the rules, read the text, explain a verdict, replay over past data."""

import argparse
import csv
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from charter_rules.consolidated.document import consolidate
from charter_rules.consolidated.html import to_html
from charter_rules.consolidated.markdown import to_markdown
from charter_rules.engine import evaluate
from charter_rules.errors import RuleBookError
from charter_rules.findings import Finding
from charter_rules.kpis import spec_of
from charter_rules.loader import SHIPPED_FOLDER, load_rulebook
from charter_rules.replay.engine import replay
from charter_rules.rulebook import RuleBook
from models.kpi.result import KpiResult
from models.kpi_history import KpiColumns
from service.charter_tools.replaying import replay_document, replay_lines, replay_rows
from service.charter_tools.sites import facts_of_folder
from service.charter_tools.testing import test_report
from service.commands.loading import load_the_site
from service.errors import UserError
from service.evaluation.windows import LEGAL_ZONE
from service.replay.history import read_history
from service.settings import Settings
from service.site.facts import facts_of
from service.version import code_version

_ASK_TIMEOUT_S = 10.0


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one thing; 1 when the tests of the rules fail."""
    does = {"test": _test, "show": _show, "explain": _explain, "replay": _replay}
    return does[arguments.does](arguments, settings)


def _load(folder: Path | None, charter: str) -> RuleBook:
    try:
        return load_rulebook(folder or SHIPPED_FOLDER, charter.replace("-", "_"))
    except RuleBookError as error:
        raise UserError(str(error)) from error


def _today() -> date:
    return datetime.now(LEGAL_ZONE).date()


def _test(arguments: argparse.Namespace, settings: Settings) -> int:
    del settings
    lines, good = test_report(arguments.folder or SHIPPED_FOLDER)
    print("\n".join(lines))
    return 0 if good else 1


def _show(arguments: argparse.Namespace, settings: Settings) -> int:
    del settings
    rulebook = _load(arguments.folder, arguments.charter)
    text = consolidate(rulebook, arguments.on or _today(), arguments.lang)
    written = to_html(text) if arguments.format == "html" else to_markdown(text)
    if arguments.out is None:
        print(written, end="")
    else:
        _write(arguments.out, written)
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror}); give another place"
        raise UserError(msg) from error


def _explain(arguments: argparse.Namespace, settings: Settings) -> int:
    site = load_the_site(arguments.site, settings)
    rulebook = _load(arguments.folder, site.identity.charter)
    named = [rule for rule in rulebook.rules if rule.id == arguments.rule]
    if not named:
        known = ", ".join(rule.id for rule in rulebook.rules)
        msg = f"charter {rulebook.charter} has no rule {arguments.rule!r}; it has {known}"
        raise UserError(msg)
    on = arguments.on or _today()
    if arguments.history is None and arguments.on is None:
        told = _ask(
            arguments.url or f"http://{settings.http_host}:{settings.http_port}", named[0].id
        )
        if told is not None:
            _tell(told, arguments.lang)
            return 0
    kpis = {}
    if arguments.history is not None:
        kpis = _kpis_of(read_history(arguments.history), site.identity.id, on)
    (finding,) = evaluate(
        _only(rulebook, named[0].id), facts_of(site), kpis, on, code_version=code_version()
    )
    _tell(_fields(finding), arguments.lang)
    return 0


def _only(rulebook: RuleBook, rule: str) -> RuleBook:
    kept = tuple(one for one in rulebook.rules if one.id == rule)
    return RuleBook(
        charter=rulebook.charter,
        title_fr=rulebook.title_fr,
        title_en=rulebook.title_en,
        timezone=rulebook.timezone,
        rules=kept,
    )


def _kpis_of(columns: KpiColumns, site: str, on: date) -> dict[tuple[str, str], KpiResult]:
    """The KPIs of a site on the last day of the history up to a day."""
    if site not in columns.sites:
        msg = f"the history has no site {site!r}; it has {', '.join(columns.sites)}"
        raise UserError(msg)
    mine = columns.of_site(site)
    days = [day for day in set(mine.on.tolist()) if day <= on.toordinal()]
    rows = [row for row in range(len(mine)) if days and mine.on[row] == max(days)]
    found = {}
    for row in rows:
        kpi = mine.kpis[mine.kpi[row]]
        result = mine.result(row, unit=spec_of(kpi).unit)
        found[kpi, result.window.name] = result
    return found


def _ask(url: str, rule: str) -> Mapping[str, Any] | None:
    """The finding of a running service; None when none answers."""
    address = f"{url}/api/v1/findings?{urlencode({'rule': rule})}"
    try:
        with urllib.request.urlopen(address, timeout=_ASK_TIMEOUT_S) as answer:
            found = json.load(answer)
    except (OSError, ValueError):
        return None
    return next((one for one in found if one["rule_id"] == rule), None)


def _fields(finding: Finding) -> dict[str, Any]:
    return {
        "title_fr": finding.title_fr,
        "title_en": finding.title_en,
        "explanation_fr": finding.explanation_fr,
        "explanation_en": finding.explanation_en,
        "missing_fr": finding.missing_fr,
        "missing_en": finding.missing_en,
        "known_on": finding.known_on,
    }


def _tell(finding: Mapping[str, Any], lang: str) -> None:
    prove = "Pour le prouver :" if lang == "fr" else "To prove it:"
    print(finding[f"title_{lang}"])
    print()
    print(finding[f"explanation_{lang}"])
    if finding[f"missing_{lang}"]:
        print(f"{prove} {finding[f'missing_{lang}']}")


def _replay(arguments: argparse.Namespace, settings: Settings) -> int:
    del settings
    facts = facts_of_folder(arguments.sites)
    columns = read_history(arguments.history or arguments.sites / "history.npz")
    days = _days(columns, arguments.first, arguments.last)
    rulebook = _load(arguments.folder, arguments.charter)
    table = replay(rulebook, facts, columns, days)
    against = None
    if arguments.against is not None or arguments.against_folder is not None:
        other = _load(arguments.against_folder, arguments.against or arguments.charter)
        against = replay(other, facts, columns, days)
    if arguments.csv is not None:
        with arguments.csv.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(replay_rows(table))
    if arguments.json:
        document = replay_document(table, rulebook, against)
        print(json.dumps(document, ensure_ascii=False, indent=2, default=str))
    else:
        print("\n".join(replay_lines(table, rulebook, against, arguments.lang)))
    return 0


def _days(columns: KpiColumns, first: date | None, last: date | None) -> tuple[date, ...]:
    days = [date.fromordinal(day) for day in sorted(set(columns.on.tolist()))]
    kept = tuple(
        day for day in days if (first is None or day >= first) and (last is None or day <= last)
    )
    if not kept:
        span = f"{days[0]} to {days[-1]}" if days else "nothing"
        msg = f"the history has no day judged in that time; it has {span}"
        raise UserError(msg)
    return kept
