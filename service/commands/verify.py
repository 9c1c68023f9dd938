"""``boucle verify``: check an evidence pack on any machine, without settings or a database."""

import argparse
import json
from dataclasses import asdict

from service.evidence.keys import trusted_fingerprint
from service.evidence.report import Report
from service.evidence.verification import verify_file
from service.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what was found; 0 when the pack is good, 1 when it is refused."""
    del settings
    trusted = None if arguments.key is None else trusted_fingerprint(arguments.key)
    report = verify_file(arguments.pack, trusted)
    if arguments.json:
        print(json.dumps({"good": report.good, **asdict(report)}, indent=2, ensure_ascii=False))
    else:
        _print(report, str(arguments.pack))
    return 0 if report.good else 1


def _print(report: Report, name: str) -> None:
    print(f"{name}: {'good' if report.good else 'REFUSED'}")
    for problem in report.problems:
        print(f"  {problem}")
    if report.fingerprint is not None:
        print(f"  key {report.fingerprint}")
    if report.authorship:
        print(f"  {report.authorship}")
    for line in report.recomputed:
        print(f"  {'computed again' if report.good else 'came out'}: {line}")
    for remark in report.remarks:
        print(f"  note: {remark}")
