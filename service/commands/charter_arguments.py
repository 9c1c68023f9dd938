"""What ``boucle charter`` takes; apart from the command, which needs numpy to be imported."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Describe the command and its sub-commands."""
    charter = commands.add_parser("charter", help="test, read, explain and replay a charter")
    does = charter.add_subparsers(dest="does", required=True, metavar="WHAT")

    test = does.add_parser("test", help="every rule against its cases")

    show = does.add_parser("show", help="the text in force on a day")
    show.add_argument("charter", nargs="?", default="paris")
    show.add_argument("--charter", dest="named", help="the same, by name")
    show.add_argument("--kpi", help="only the rules on a KPI, such as pue or wue")
    show.add_argument("--on", type=_day, help="YYYY-MM-DD (default: today)")
    show.add_argument("--format", choices=("md", "html"), default="md")
    show.add_argument("--out", type=Path, help="write to a file")

    compare = does.add_parser("compare", help="which of two charters asks more, KPI by KPI")
    compare.add_argument("before", help="a charter")
    compare.add_argument("after", nargs="?", help="another (default: the same name)")
    compare.add_argument("--against-folder", type=Path, help="its folder, that of a draft say")
    compare.add_argument("--on", type=_day, help="YYYY-MM-DD (default: today)")
    compare.add_argument("--json", action="store_true", help="print data")

    explain = does.add_parser("explain", help="why a rule gives its verdict on a site")
    explain.add_argument("site", type=Path, help="site file, or file of facts")
    explain.add_argument("rule", nargs="?", help="a rule (default: every one, in a line each)")
    explain.add_argument("--charter", help="charter of the rule (default: that of the site)")
    explain.add_argument("--on", type=_day, help="YYYY-MM-DD (default: today)")
    source = explain.add_mutually_exclusive_group()
    source.add_argument("--history", type=Path, help="KPIs of the past (.npz, .csv) to judge")
    source.add_argument("--url", help="a running service (default: the one of the settings)")
    explain.add_argument("--json", action="store_true", help="print data")

    history = does.add_parser("history", help="the past KPIs of a folder of sites with registers")
    history.add_argument("--sites", type=Path, required=True, help="folder of sites")
    history.add_argument("--out", type=Path, help="file (default: history.npz in the folder)")
    history.add_argument("--csv", type=Path, help="the same for a spreadsheet")

    replay = does.add_parser("replay", help="a charter over past data of many sites")
    replay.add_argument("--charter", default="paris", help="the charter to replay")
    replay.add_argument("--against", help="another charter to compare with")
    replay.add_argument("--against-folder", type=Path, help="its folder (default: as shipped)")
    replay.add_argument("--history", type=Path, help="past KPIs (default: history.npz of --sites)")
    replay.add_argument("--sites", type=Path, required=True, help="folder of site files")
    replay.add_argument("--from", dest="first", type=_day, help="first day judged")
    replay.add_argument("--to", dest="last", type=_day, help="last day judged")
    replay.add_argument("--json", action="store_true", help="print data")
    replay.add_argument("--csv", type=Path, help="write every verdict to a file")

    for one in (test, show, compare, explain, replay):
        one.add_argument("--folder", type=Path, help="folder of the charter (default: as shipped)")
    for one in (show, compare, explain, history, replay):
        one.add_argument("--lang", choices=("fr", "en"), default="fr")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is not a day: write it as YYYY-MM-DD"
        raise argparse.ArgumentTypeError(msg) from error
