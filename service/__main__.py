"""The command line: ``boucle COMMAND``."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path

from service.commands import (
    account_arguments,
    breach_arguments,
    charter_arguments,
    hold_arguments,
    notify_arguments,
)
from service.errors import UserError
from service.settings import SettingsError, offline_settings, read_settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="boucle",
        description="Watches the energy, water and recovered heat of a data centre.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="the simulated site, collected, judged and shown live")
    demo.add_argument("--seconds", type=float, help="end by itself after so long, with a report")
    demo.add_argument("--port", type=int, help="port of the page (default 8000)")
    demo.add_argument("--seed", type=int, default=1, help="which simulated plant (default 1)")
    demo.add_argument("--site", type=Path, help="site file (default: Chapelle International)")
    demo.add_argument("--fresh", action="store_true", help="forget what an earlier demo stored")
    demo.add_argument(
        "--scenario", type=Path, help="what befalls the plant (simulators/README.md); needs --fresh"
    )

    _add_site_commands(commands)

    simulate = commands.add_parser(
        "simulate", help="serve the devices of a site from a plant model"
    )
    simulate.add_argument("site", nargs="?", type=Path, help="site file")
    simulate.add_argument("--seed", type=int, default=1)
    simulate.add_argument("--control-port", type=int, default=15100)

    fault = commands.add_parser("fault", help="give a simulated device a fault, or clear it")
    fault.add_argument("device")
    fault.add_argument("kind", help="silent, unplugged, lying, frozen, … or clear")
    fault.add_argument("--seconds", type=float, help="how long (default: until cleared)")
    fault.add_argument("--site", type=Path, help="site file")
    fault.add_argument("--control-port", type=int, default=15100)

    importer = commands.add_parser("import", help="import past readings (.npz or .csv)")
    importer.add_argument("files", nargs="*", type=Path, metavar="FILE")
    importer.add_argument("--site", type=Path, help="site file")
    importer.add_argument("--list", action="store_true", help="list what was imported")
    importer.add_argument(
        "--strict",
        action="store_true",
        help="write nothing at all if a reading is stored with another value or quality",
    )

    account_arguments.add_parsers(commands)
    breach_arguments.add_parser(commands)
    charter_arguments.add_parser(commands)

    _add_alerts(commands)
    notify_arguments.add_parser(commands)
    hold_arguments.add_parser(commands)
    _add_evidence(commands)
    _add_spool(commands)
    _add_dashboards(commands)
    _add_sql_roles(commands)
    migrate = commands.add_parser(
        "migrate", help="bring the database to the schema of this version"
    )
    migrate.add_argument(
        "--to-timescaledb",
        action="store_true",
        help="move the readings into a hypertable, on a server that got TimescaleDB later",
    )
    return parser


def _add_site_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands that take a site file and little else."""
    for name, text in (
        ("collect", "poll the devices of a site and store what they say"),
        ("evaluate", "figures, verdicts and breaches of a site, into the database"),
        ("serve", "the API, the page and the metrics of a site that is evaluated"),
        ("run", "collect, evaluate and serve a site, in one tree of processes"),
        ("check", "check a site file and show its poll plan and meter tree"),
    ):
        sub = commands.add_parser(name, help=text)
        sub.add_argument("site", nargs="?", type=Path, help="site file")
        if name in {"serve", "run"}:
            sub.add_argument("--port", type=int, help="port of the page (default 8000)")
        if name == "serve":
            # Said by the demo to its own server, which reads a secret from it.
            sub.add_argument("--handover", action="store_true", help=argparse.SUPPRESS)
        if name == "check":
            sub.add_argument(
                "--ask",
                action="store_true",
                help="ask every device once; the exit code is 1 if one is not in order",
            )
            sub.add_argument(
                "--readings",
                nargs="+",
                default=[],
                type=Path,
                metavar="FILE",
                help="say what these files of past readings would give, before they are imported",
            )


def _add_alerts(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    alerts = commands.add_parser("alerts", help="alert rules for Prometheus, with their tests")
    alerts.add_argument("site", nargs="?", type=Path, help="site file")
    alerts.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    alerts.add_argument("--lang", choices=("fr", "en"), default="fr")
    alerts.add_argument("--page-url", metavar="URL", help="where the pages of the site are")


def _add_spool(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    spool = commands.add_parser("spool", help="the readings that wait on disk")
    actions = spool.add_subparsers(dest="action", required=True, metavar="ACTION")
    adopt = actions.add_parser(
        "adopt", help="let them go into this database, a restored copy of the one they were for"
    )
    adopt.add_argument("site", nargs="?", type=Path, help="site file")


def _add_dashboards(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    dashboards = commands.add_parser("dashboards", help="write dashboards for Grafana")
    dashboards.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    dashboards.add_argument("--lang", choices=("fr", "en"), default="fr")
    dashboards.add_argument(
        "--page-url",
        default="http://127.0.0.1:8000",
        help="where those who look at them reach Boucle's page (default %(default)s)",
    )
    dashboards.add_argument(
        "--prometheus-only", action="store_true", help="leave out what asks the database"
    )
    _add_clearance(dashboards, "what Grafana reads of the database", "operator")


def _add_sql_roles(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    roles = commands.add_parser("sql-roles", help="the SQL of the roles that read the views")
    roles.add_argument("--login", metavar="NAME", help="of a login of this name, too")
    _add_clearance(roles, "what that login reads", "public")


def _add_clearance(parser: argparse.ArgumentParser, what: str, default: str) -> None:
    parser.add_argument(
        "--clearance",
        choices=("public", "authority", "operator"),
        default=default,
        help=f"{what} (default %(default)s)",
    )


def _add_evidence(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    evidence = commands.add_parser("evidence", help="signed packs, the chain of evidence, the key")
    actions = evidence.add_subparsers(dest="action", required=True, metavar="ACTION")
    pack = actions.add_parser("pack", help="a signed pack of one verdict or of a period")
    what = pack.add_mutually_exclusive_group(required=True)
    what.add_argument("--rule", help="one rule of the charter")
    what.add_argument(
        "--period",
        help="every rule at the end of a year (2026), quarter (2026-Q1), month (2026-10), "
        "week (2026-W41), day (2026-10-07) or START/END",
    )
    pack.add_argument("--at", type=datetime.fromisoformat, help="as of this instant (default: now)")
    pack.add_argument("--out", type=Path, required=True, help="such as pack.boucle.json.gz")
    pack.add_argument(
        "--raw-seconds", type=float, default=600.0, help="how long raw rows may be hashed"
    )
    chain = actions.add_parser("chain", help="check or export the chain of evidence")
    chain.add_argument("--check", action="store_true", help="name the first bad or missing entry")
    chain.add_argument("--head", help="a hash noted earlier that must still be in the chain")
    chain.add_argument("--export", type=Path, metavar="FILE", help="write every entry to a file")
    key = actions.add_parser("key", help="the public key and its fingerprint")
    key.add_argument("--out", type=Path, help="write the public key to this file")
    heads = actions.add_parser("heads", help="the newest entry of each chain, to be published")
    heads.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="lists of sites to put together (default: the chains of the database)",
    )
    heads.add_argument(
        "--countersign", type=Path, metavar="KEYFILE", help="sign the list with this private key"
    )
    heads.add_argument("--out", type=Path, help="write the list to this file")
    for action in (pack, chain):
        action.add_argument("--site", type=Path, help="site file")

    verify = commands.add_parser("verify", help="check an evidence pack or chain, offline")
    verify.add_argument("pack", type=Path)
    known = verify.add_mutually_exclusive_group()
    known.add_argument("--key", help="public key file or fingerprint of who must have signed")
    known.add_argument(
        "--trust", type=Path, metavar="FILE", help="keys of sites, and their days (BOUCLE_TRUST)"
    )
    verify.add_argument(
        "--heads",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="heads of chains as they were published, to compare with; may be given several times",
    )
    verify.add_argument(
        "--charter", type=Path, metavar="FOLDER", help="law to compare with (default: as shipped)"
    )
    verify.add_argument("--lang", choices=("fr", "en"), default="en")
    verify.add_argument("--json", action="store_true", help="print the result as JSON")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        # Packs are checked, dashboards and roles written, where nothing is known of a site.
        offline = arguments.command in {"verify", "dashboards", "sql-roles"}
        settings = offline_settings() if offline else read_settings()
        name = arguments.command.replace("import", "import_").replace("-", "_")
        module = import_module(f"service.commands.{name}")
        return int(module.run(arguments, settings))
    except (UserError, SettingsError) as error:
        print(f"boucle: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`); nothing is left to be flushed at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
