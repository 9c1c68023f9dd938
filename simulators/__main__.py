"""``python -m simulators``: serve the simulated site, its truth, its past and its faults.

Also invented sites with a past and a truth of their own.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collectors.profiles.library import SHIPPED_PROFILES
from simulators.control import params_of, request_control, seconds_of
from simulators.errors import FleetError, SimulatorError
from simulators.fleet.writing import MONTHS, FleetOrder, write_fleet
from simulators.history import write_history
from simulators.plant import DEFAULT_EPOCH, Plant, PlantError
from simulators.scenario_file import load_scenario
from simulators.script import load_script
from simulators.site import SimulatedSite, load_simulated_site
from simulators.truth_document import truth_document

_DEFAULT_SEED = 1
_TEMPLATE = Path("deploy/sites/chapelle-international.yaml")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; mistakes are one line on stderr and exit code 2."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (SimulatorError, PlantError) as error:
        sys.stderr.write(f"simulators: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = _command(commands, "serve", _serve, "serve every link of the site at its port")
    serve.add_argument("--host", help="listen here instead of on the links' hosts")
    serve.add_argument("--control-port", type=int, help="where faults are switched on and off")
    serve.add_argument("--faults", type=Path, help="YAML list of faults and their times")
    truth = _command(commands, "truth", _truth, "print the true KPIs of a window as JSON")
    truth.add_argument("--start", type=_time, required=True, help="ISO 8601 with offset")
    truth.add_argument("--end", type=_time, required=True, help="ISO 8601 with offset")
    history = _command(commands, "history", _history, "write the importable past")
    history.add_argument("--end", type=_time, required=True, help="ISO 8601 with offset")
    history.add_argument("--out", type=Path, required=True, help="folder of the files")
    for command in (serve, truth, history):
        command.add_argument("--scenario", type=Path, help="YAML list of what befalls the plant")
    _add_fleet(commands)
    fault = _command(commands, "fault", _fault, "change a fault of a running simulator")
    fault.add_argument("device")
    fault.add_argument("kind", help="a fault, or clear to end all of the device")
    fault.add_argument("--seconds", type=float, help="how long; until cleared when not given")
    fault.add_argument("--param", action="append", default=[], metavar="NAME=NUMBER")
    fault.add_argument("--control-port", type=int, required=True)
    return parser


def _add_fleet(commands: Any) -> None:  # argparse keeps this type to itself
    summary = "write invented sites with their past and their truth"
    fleet: argparse.ArgumentParser = commands.add_parser("fleet", help=summary, description=summary)
    fleet.set_defaults(run=_fleet)
    fleet.add_argument("--sites", type=int, default=14, help="how many")
    fleet.add_argument("--months", type=int, default=MONTHS, help="how long their past is")
    fleet.add_argument("--end", type=_time, required=True, help="ISO 8601 with offset")
    fleet.add_argument("--out", type=Path, required=True, help="folder of the sites")
    fleet.add_argument("--site", type=Path, default=_TEMPLATE, help="site file they are wired like")
    fleet.add_argument("--seed", type=int, default=_DEFAULT_SEED, help="which sites they are")
    fleet.add_argument("--profiles", type=Path, default=SHIPPED_PROFILES)


def _command(
    commands: Any,  # argparse keeps this type to itself
    name: str,
    run: Any,
    summary: str,
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(run=run)
    command.add_argument("site", type=Path, help="site file")
    command.add_argument("--seed", type=int, default=_DEFAULT_SEED, help="which plant it is")
    command.add_argument("--profiles", type=Path, default=SHIPPED_PROFILES)
    return command


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if moment.tzinfo is None:
        msg = f"{text!r} has no offset; add one, such as +00:00"
        raise argparse.ArgumentTypeError(msg)
    return moment.astimezone(UTC)


def _site(options: argparse.Namespace) -> SimulatedSite:
    return load_simulated_site(options.site, options.profiles)


def _plant(options: argparse.Namespace) -> Plant:
    return Plant(options.seed, scenario=load_scenario(options.scenario) if options.scenario else ())


def _serve(options: argparse.Namespace) -> None:
    # the servers are heavy to import, and the other commands need none
    from simulators.serving import serve_until_signal

    site = _site(options)
    planned = load_script(options.faults) if options.faults else ()
    asyncio.run(
        serve_until_signal(
            site,
            _plant(options),
            host=options.host,
            control_port=options.control_port,
            planned=planned,
            on_ready=lambda: print("simulator ready", flush=True),
        )
    )


def _truth(options: argparse.Namespace) -> None:
    _site(options)
    print(json.dumps(truth_document(_plant(options), options.start, options.end)))


def _history(options: argparse.Namespace) -> None:
    write_history(
        _site(options),
        _plant(options),
        options.end,
        options.out,
        earliest=DEFAULT_EPOCH,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
    )


def _fleet(options: argparse.Namespace) -> None:
    order = FleetOrder(
        sites=options.sites, seed=options.seed, end=options.end, months=options.months
    )
    site = _site(options)
    try:
        write_fleet(
            order,
            site,
            options.site.read_text(encoding="utf-8"),
            options.out,
            progress=lambda line: print(line, file=sys.stderr, flush=True),
        )
    except OSError as error:
        msg = f"{options.out}: cannot be written ({error}); give another --out"
        raise FleetError(msg) from error


def _fault(options: argparse.Namespace) -> None:
    request: dict[str, Any] = {"op": "fault", "device": options.device}
    if options.kind == "clear":
        request["op"] = "clear"
    else:
        request["kind"] = options.kind
        request["seconds"] = seconds_of(options.seconds)
        request["params"] = dict(params_of(dict(map(_parameter, options.param))))
    request_control(options.control_port, request)


def _parameter(text: str) -> tuple[str, float | str]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        return name, number


if __name__ == "__main__":
    sys.exit(main())
