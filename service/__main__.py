"""The command line: ``boucle COMMAND``."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from service.commands import breach_arguments
from service.errors import UserError
from service.settings import Settings, SettingsError, read_settings


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

    for name, text in (
        ("collect", "poll the devices of a site and store what they say"),
        ("serve", "evaluate a site and serve the API, the page and the metrics"),
        ("check", "check a site file and show its poll plan and meter tree"),
    ):
        sub = commands.add_parser(name, help=text)
        sub.add_argument("site", nargs="?", type=Path, help="site file")
        if name == "serve":
            sub.add_argument("--port", type=int, help="port of the page (default 8000)")

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
    importer.add_argument("files", nargs="+", type=Path)
    importer.add_argument("--site", type=Path, help="site file")

    breach_arguments.add_parser(commands)

    commands.add_parser("migrate", help="bring the database to the schema of this version")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        settings: Settings = read_settings()
        module = import_module(f"service.commands.{arguments.command.replace('import', 'import_')}")
        return int(module.run(arguments, settings))
    except (UserError, SettingsError) as error:
        print(f"boucle: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
