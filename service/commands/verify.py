"""``boucle verify``: check an evidence pack on any machine, without settings or a database."""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from charter_rules.law.loader import SHIPPED_FOLDER
from service.evidence.keys import trusted_fingerprint
from service.evidence.known_law import KnownLaw
from service.evidence.printed import finding_line, report_lines
from service.evidence.report import Outcome, Report
from service.evidence.verification import Verifier, verify_file
from service.settings import Settings

# 2 is a command that cannot be carried out.
EXIT_CODES = {Outcome.GOOD: 0, Outcome.REFUSED: 1, Outcome.LAW_UNKNOWN: 4}


def now() -> datetime:
    """The verifier's clock."""
    return datetime.now(UTC)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what was found; 0 when the pack is good."""
    del settings
    verifier = Verifier(
        law=KnownLaw.of_folder(arguments.charter or SHIPPED_FOLDER),
        now=now(),
        trusted=None if arguments.key is None else trusted_fingerprint(arguments.key),
    )
    report = verify_file(arguments.pack, verifier)
    if arguments.json:
        print(json.dumps(_as_data(report, arguments.lang), indent=2, ensure_ascii=False))
    else:
        outcome, *lines = report_lines(report, arguments.lang)
        print("\n".join([f"{arguments.pack}: {outcome}", *lines]))
    return EXIT_CODES[report.outcome]


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
