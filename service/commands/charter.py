"""``boucle charter``: test the rules, read the text, explain a verdict, replay over past data."""

import argparse
import csv
import hashlib
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from charter_rules.consolidated.comparison import compare
from charter_rules.consolidated.document import consolidate
from charter_rules.consolidated.html import to_html
from charter_rules.consolidated.markdown import to_markdown
from charter_rules.errors import RuleBookError
from charter_rules.law.loader import DEFAULT_CHARTER, SHIPPED_FOLDER, load_rulebook
from charter_rules.law.rulebook import RuleBook
from charter_rules.replay.engine import as_if_published, replay
from charter_rules.replay.table import VerdictTable
from models.kpi.imported import document
from models.kpi_history import KpiColumns
from models.legal_time.days import legal_day
from service.charter_tools.asking import NoVerdictError, ask_findings
from service.charter_tools.comparing import comparison_document, comparison_lines
from service.charter_tools.explaining import (
    Told,
    about,
    explanation_lines,
    judged_here,
    kpis_of_day,
    only,
)
from service.charter_tools.overview import overview_lines
from service.charter_tools.replaying import Replayed, replay_document, replay_lines, replay_rows
from service.charter_tools.sites import NamedSite, facts_of_folder, profiles_of_devices, read_site
from service.charter_tools.testing import report_of_cases
from service.charter_tools.words import EXPLAIN_WORDS, HISTORY_WORDS
from service.errors import UserError
from service.replay.fleet import history_of_fleet, read_fleet
from service.replay.history import read_history, write_history
from service.replay.table import read_table, write_table
from service.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one thing; 1 when the tests of the rules fail."""
    does = {
        "test": _test,
        "show": _show,
        "compare": _compare,
        "explain": _explain,
        "history": _history,
        "replay": _replay,
    }
    return does[arguments.does](arguments, settings)


def _load(folder: Path | None, charter: str) -> RuleBook:
    try:
        return load_rulebook(folder or SHIPPED_FOLDER, charter.replace("-", "_"))
    except RuleBookError as error:
        raise UserError(str(error)) from error


def _today() -> date:
    return legal_day(datetime.now(UTC))


def _test(arguments: argparse.Namespace, settings: Settings) -> int:
    del settings
    lines, good = report_of_cases(arguments.folder or SHIPPED_FOLDER)
    print("\n".join(lines))
    return 0 if good else 1


def _show(arguments: argparse.Namespace, settings: Settings) -> int:
    del settings
    rulebook = _load(arguments.folder, arguments.named or arguments.charter)
    if arguments.kpi is not None:
        rulebook = about(rulebook, arguments.kpi)
    text = consolidate(rulebook, arguments.on or _today(), arguments.lang)
    written = to_html(text) if arguments.format == "html" else to_markdown(text)
    if arguments.out is None:
        print(written, end="")
    else:
        _write(arguments.out, written)
    return 0


def _compare(arguments: argparse.Namespace, settings: Settings) -> int:
    del settings
    before = _load(arguments.folder, arguments.before)
    after = _load(arguments.against_folder or arguments.folder, arguments.after or arguments.before)
    on = arguments.on or _today()
    names = _name(before, arguments.folder), _name(after, arguments.against_folder)
    found = list(compare(before, after, on))
    if arguments.json:
        print(json.dumps(comparison_document(found, names, on), ensure_ascii=False, indent=2))
    else:
        print("\n".join(comparison_lines(found, names, on, arguments.lang)))
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror}); give another place"
        raise UserError(msg) from error


def _explain(arguments: argparse.Namespace, settings: Settings) -> int:
    site = read_site(arguments.site, settings.profiles)
    charter = arguments.charter or site.charter or DEFAULT_CHARTER
    rulebook = _load(arguments.folder, charter)
    if arguments.rule is not None:
        rulebook = only(rulebook, arguments.rule)
    found = _findings(arguments, settings, site, rulebook)
    if arguments.json:
        told = found if arguments.rule is None else found[0]
        print(json.dumps(told, ensure_ascii=False, indent=2, default=str))
    elif arguments.rule is None:
        print("\n".join(overview_lines(site.name, rulebook, found, arguments.lang)))
    else:
        print("\n".join(explanation_lines(found[0], arguments.lang)))
    return 0


def _findings(
    arguments: argparse.Namespace, settings: Settings, site: NamedSite, rulebook: RuleBook
) -> list[Told]:
    """Of a history, else of the running service; else what is asked, without measurements."""
    on: date | None = arguments.on
    if arguments.history is not None:
        columns = _history_of(arguments.history)
        sha256 = hashlib.sha256(arguments.history.read_bytes()).hexdigest()
        read_from = document(arguments.history.name, sha256)
        day, kpis = kpis_of_day(columns, site.name, on, read_from)
        return judged_here(rulebook, site.facts, kpis, on or day)
    # The service judges today, by the charter of its site: it cannot answer for another.
    others = (on, arguments.folder, arguments.charter)
    if arguments.url is not None and any(one is not None for one in others):
        msg = "a service judges today by its own charter: leave out --on, --folder and --charter"
        raise UserError(msg)
    if all(one is None for one in others):
        url = arguments.url or f"http://{settings.http_host}:{settings.http_port}"
        try:
            return ask_findings(url, site.name, [rule.id for rule in rulebook.rules])
        except NoVerdictError:
            if arguments.url is not None:
                raise
    print(f"boucle: {EXPLAIN_WORDS[arguments.lang]['without']}", file=sys.stderr)
    return judged_here(rulebook, site.facts, {}, on or _today())


def _history_of(path: Path) -> KpiColumns:
    columns = read_table(path) if path.suffix == ".csv" else read_history(path)
    return columns.from_file()


def _history(arguments: argparse.Namespace, settings: Settings) -> int:
    del settings
    words = HISTORY_WORDS[arguments.lang]
    columns = history_of_fleet(
        read_fleet(arguments.sites, profiles_of_devices()),
        progress=lambda name, n: print(words["site"].format(name=name, n=n)),
    )
    path = arguments.out or arguments.sites / "history.npz"
    write_history(path, columns)
    if arguments.csv is not None:
        write_table(arguments.csv, columns)
    print(words["all"].format(path=path, n=len(columns), sites=len(columns.sites)))
    return 0


def _replay(arguments: argparse.Namespace, settings: Settings) -> int:
    facts = facts_of_folder(arguments.sites, settings.profiles)
    columns = _history_of(arguments.history or arguments.sites / "history.npz")
    days = _days(columns, arguments.first, arguments.last)
    rulebook = _load(arguments.folder, arguments.charter)
    other = None
    if arguments.against is not None or arguments.against_folder is not None:
        other = _load(arguments.against_folder, arguments.against or arguments.charter)
    table = replay(as_if_published(rulebook), facts, columns, days)
    replayed = Replayed(
        name=_name(rulebook, arguments.folder),
        against_name="" if other is None else _name(other, arguments.against_folder),
        table=table,
        rulebook=rulebook,
        against=None if other is None else replay(as_if_published(other), facts, columns, days),
        against_rulebook=other,
        silent_sites=tuple(name for name in facts if name not in columns.sites),
        strange_sites=tuple(name for name in columns.sites if name not in facts),
    )
    if arguments.csv is not None:
        _write_csv(arguments.csv, table)
    if arguments.json:
        print(json.dumps(replay_document(replayed), ensure_ascii=False, indent=2, default=str))
    else:
        print("\n".join(replay_lines(replayed, arguments.lang)))
    return 0


def _name(rulebook: RuleBook, folder: Path | None) -> str:
    return rulebook.charter if folder is None else f"{rulebook.charter} ({folder})"


def _write_csv(path: Path, table: VerdictTable) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(replay_rows(table))
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror}); give another place"
        raise UserError(msg) from error


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
