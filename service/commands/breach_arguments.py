"""What ``boucle breach`` takes; apart from the command, which needs the store to be imported."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Describe the command and its sub-commands."""
    breach = commands.add_parser("breach", help="breaches of the charter: see, answer, justify")
    breach.add_argument("--site", type=Path, help="site file")
    does = breach.add_subparsers(dest="does", required=True, metavar="WHAT")
    listed = does.add_parser("list", help="breaches, the newest first")
    listed.add_argument("--all", action="store_true", help="those that ended, too")
    show = does.add_parser("show", help="one breach with its audit trail")
    show.add_argument("breach")
    history = does.add_parser("history", help="the audit trail of the site, or of one breach")
    history.add_argument("breach", nargs="?")
    does.add_parser("check", help="check that no event of the audit trail is missing or altered")
    acts = {
        "ack": "answer for a breach",
        "justify": "record a derogation",
        "plan": "file the remediation plan",
        "deadline": "move the last day of the remedy",
        "comment": "add a note",
    }
    for name, text in acts.items():
        act = does.add_parser(name, help=text)
        act.add_argument("breach")
        act.add_argument("--who", required=True, help="who does it")
        act.add_argument("--why", required=True, help="why")
        if name == "justify":
            act.add_argument("--ground", required=True, help="the legal ground")
            act.add_argument("--until", required=True, type=_day, help="its last day, YYYY-MM-DD")
            act.add_argument("--document", required=True, help="the document that grants it")
        elif name == "plan":
            act.add_argument("--text", required=True, help="the plan, or where it is")
        elif name == "deadline":
            act.add_argument("--day", required=True, type=_day, help="the new day, YYYY-MM-DD")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is not a day: write it as YYYY-MM-DD"
        raise argparse.ArgumentTypeError(msg) from error
