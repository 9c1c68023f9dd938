"""``boucle verify``: check an evidence pack on any machine, without settings or a database."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from charter_rules.law.loader import SHIPPED_FOLDER
from service.evidence.heads import read_heads
from service.evidence.known_law import KnownLaw
from service.evidence.printed import finding_line, report_lines
from service.evidence.report import Outcome, Report
from service.evidence.trust import Trust
from service.evidence.verification import Verifier, verify_file
from service.settings import Settings

# 2 is a command that cannot be carried out.
EXIT_CODES = {
    Outcome.GOOD: 0,
    Outcome.REFUSED: 1,
    Outcome.AUTHOR_UNKNOWN: 3,
    Outcome.LAW_UNKNOWN: 4,
}


def now() -> datetime:
    """The verifier's clock."""
    return datetime.now(UTC)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what was found; 0 when the pack is good."""
    verifier = Verifier(
        law=KnownLaw.of_folder(arguments.charter or SHIPPED_FOLDER),
        now=now(),
        trust=_trust(arguments, settings),
        heads=tuple(read_heads(path) for path in arguments.heads),
    )
    report = verify_file(arguments.pack, verifier)
    if arguments.json:
        print(json.dumps(_as_data(report, arguments.lang), indent=2, ensure_ascii=False))
    else:
        outcome, *lines = report_lines(report, arguments.lang)
        print("\n".join([f"{arguments.pack}: {outcome}", *lines]))
    return EXIT_CODES[report.outcome]


def _trust(arguments: argparse.Namespace, settings: Settings) -> Trust:
    if arguments.key is not None:
        return Trust.of_key(arguments.key)
    path: Path | None = arguments.trust or settings.trust
    return Trust() if path is None else Trust.of_file(path)


def _as_data(report: Report, lang: str) -> dict[str, Any]:
    said = report.authorship
    return {
        "good": report.outcome is Outcome.GOOD,
        "outcome": report.outcome.value,
        "fingerprint": report.fingerprint,
        "authorship": None if said is None else said.words(lang),
        "charter": None if report.charter is None else report.charter["id"],
        "problems": [
            {"part": one.part, "message": one.said.words(lang)} for one in report.problems
        ],
        "unknown": [{"part": one.part, "message": one.said.words(lang)} for one in report.unknown],
        "remarks": [one.words(lang) for one in report.remarks],
        "findings": [{"words": finding_line(one, lang), **_told(one)} for one in report.findings],
    }


def _told(finding: Any) -> dict[str, Any]:
    names = ("rule_id", "rule_version", "verdict", "on", "weighed_value", "threshold")
    return {name: finding[name] for name in names}
