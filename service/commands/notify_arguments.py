"""What ``boucle notify`` takes; apart from the command, which needs more to be imported."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Describe the command."""
    notify = commands.add_parser(
        "notify", help="tell of alerts by webhook or mail, where there is no Alertmanager"
    )
    notify.add_argument("site", nargs="?", type=Path, help="site file")
    does = notify.add_mutually_exclusive_group()
    does.add_argument("--list", action="store_true", help="how every alert stands")
    does.add_argument("--acknowledge", metavar="ALERT", help="answer for an alert that is active")
    does.add_argument("--test", action="store_true", help="send a message to every receiver now")
    notify.add_argument("--json", action="store_true", help="the list as JSON")
    notify.add_argument(
        "--label",
        action="append",
        default=[],
        type=_label,
        metavar="NAME=VALUE",
        help="only the alert with this label; may be given several times",
    )
    notify.add_argument("--by", metavar="NAME", help="who answers for it")
    notify.add_argument("--note", metavar="TEXT", help="what is done about it")
    notify.add_argument(
        "--until", type=_instant, metavar="TIME", help="such as 2026-12-01T08:00+01:00"
    )


def _label(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        msg = f"{text!r} is not of the form NAME=VALUE"
        raise argparse.ArgumentTypeError(msg)
    return name, value


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is not an instant: write it as 2026-12-01T08:00+01:00"
        raise argparse.ArgumentTypeError(msg) from error
    if found.tzinfo is None:
        msg = f"{text!r} names no zone: write it as 2026-12-01T08:00+01:00 or with Z"
        raise argparse.ArgumentTypeError(msg)
    return found.astimezone(UTC)
