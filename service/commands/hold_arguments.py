"""What ``boucle hold`` takes; apart from the command, which needs the store to be imported."""

from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Describe the command and its sub-commands."""
    hold = commands.add_parser("hold", help="keep the readings of a disputed period")
    hold.add_argument("--site", type=Path, help="site file")
    does = hold.add_subparsers(dest="does", required=True, metavar="WHAT")
    does.add_parser("list", help="every hold, and what became of it")
    kept = does.add_parser("set", help="keep the readings of a period beyond their time")
    kept.add_argument("period", help="as of 'boucle evidence pack --period'")
    lift = does.add_parser("lift", help="let the readings of a hold go")
    lift.add_argument("hold", type=int, help="its number")
    for act in (kept, lift):
        act.add_argument("--who", required=True, help="who does it")
        act.add_argument("--why", required=True, help="why")
