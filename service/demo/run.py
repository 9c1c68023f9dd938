"""Starts everything the demo needs, in order, and stops it in the opposite order."""

import asyncio
import json
import os
import random
import shlex
import shutil
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from service.alerts.files import write_files
from service.commands.loading import load_the_site
from service.demo.past import import_the_past
from service.demo.plant_choice import PlantChoice
from service.demo.ports import next_free, require_free, write_site
from service.demo.report import compare, table, verdict_lines
from service.errors import UserError
from service.pages.paths import SIGN_IN_PATHS
from service.processes import Child, ChildFailed
from service.settings import Settings, require_dsn
from service.site_processes import SERVER, child_of, kept, site_children
from service.storage.embedded import EmbeddedPostgres
from service.storage.errors import EmbeddedPostgresError, StorageError
from service.storage.handover import offer_handover

_READY_TIMEOUT_S = 60.0
_PORT_TRIES = 5
_HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the command line asked for."""

    site: Path
    seconds: float | None
    port: int
    plant: PlantChoice
    fresh: bool


def say(text: str) -> None:
    """Tell the person watching."""
    print(text, flush=True)


async def run_demo(options: DemoOptions, settings: Settings, stop: asyncio.Event) -> int:
    """Run the demo until told to stop, or for the given seconds; return the exit code."""
    require_free(settings.http_host, options.port)
    folder = _folder(settings, options)
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(_database(settings, folder))
        await import_the_past(dsn, options.site, folder, options.plant, say, settings)
        environ = _environ(settings, folder, dsn, options)
        site = folder / "site.yaml"
        _write_environ(folder, {**environ, "BOUCLE_SITE": str(site)})
        simulator, control_port = await _start_simulator(site, options, environ, folder)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        stack.push_async_callback(simulator.stop)
        tasks.create_task(simulator.keep(), name="keep-simulator")
        # Roles to click, on a database that nobody but the demo has.
        handover = None if settings.database_url else partial(_handover, dsn)
        children = site_children(site, environ, folder, handover=handover)
        await stack.enter_async_context(kept(children))
        url = f"http://{settings.http_host}:{options.port}"
        await asyncio.gather(
            _wait_until_ready(url, stop),
            asyncio.to_thread(_write_alerting, site, settings, folder, environ, url),
        )
        _say_where(url, folder, control_port, environ)
        if handover is not None:
            say(f"  Roles       {url}{SIGN_IN_PATHS['fr']} signs you in as the one you choose")
            say("")
        return await _watch(url, site, options, stop)


async def _handover(dsn: str) -> bytes:
    try:
        return await offer_handover(dsn)
    except StorageError as error:
        raise ChildFailed(SERVER, f"cannot be told that it is the demo's: {error}") from error


def _say_where(url: str, folder: Path, control_port: int, environ: Mapping[str, str]) -> None:
    others = [f"http://{_HERE}:{environ[f'BOUCLE_{one}_PORT']}" for one in ("COLLECT", "EVALUATE")]
    say("")
    say(f"  Live page   {url}/")
    say(f"  API         {url}/api/v1/sites    (documentation: {url}/docs)")
    say(f"  Metrics     {url}/metrics, {others[0]}/metrics, {others[1]}/metrics")
    say(f"  Collector   {others[0]}/healthz")
    say(f"  Alerting    cd {folder}/alerting && prometheus --config.file=prometheus.yml")
    say("              and prometheus-alertmanager --config.file=alertmanager.yml beside it")
    say(f"  Logs        {folder}/*.log")
    say(f"  A fault     boucle fault pdu_07 unplugged --seconds 60 --control-port {control_port}")
    say(f"  Commands    . {folder}/env.sh    then boucle breach list, boucle evidence pack, …")
    say("  Ctrl-C stops everything.")
    say("")


def _write_alerting(
    site: Path, settings: Settings, folder: Path, environ: Mapping[str, str], url: str
) -> None:
    """Rules and configuration of Prometheus and Alertmanager for this demo and its ports."""
    here = settings.model_copy(
        update={
            "collect_host": _HERE,
            "collect_port": int(environ["BOUCLE_COLLECT_PORT"]),
            "evaluate_host": _HERE,
            "evaluate_port": int(environ["BOUCLE_EVALUATE_PORT"]),
            "http_port": int(environ["BOUCLE_HTTP_PORT"]),
        }
    )
    into = folder / "alerting"
    # The ports are those of this time.
    shutil.rmtree(into, ignore_errors=True)
    write_files(load_the_site(site, here).site, here, into, "fr", url)


def _folder(settings: Settings, options: DemoOptions) -> Path:
    folder = settings.data_dir / "demo"
    try:
        if options.fresh and folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
    except OSError as error:
        msg = (
            f"cannot write to {folder} ({error.strerror}): choose a folder of yours with "
            "BOUCLE_DATA_DIR"
        )
        raise UserError(msg) from error
    return folder.resolve()


@asynccontextmanager
async def _database(settings: Settings, folder: Path) -> AsyncIterator[str]:
    """The server the settings name, or Boucle's own, started again when it falls."""
    if settings.database_url is not None:
        say("Database: the server of BOUCLE_DATABASE_URL")
        yield require_dsn(settings)
        return
    say("Database: starting the embedded PostgreSQL")
    postgres = EmbeddedPostgres(folder / "postgres")
    try:
        dsn = await postgres.start()
    except EmbeddedPostgresError as error:
        raise UserError(str(error)) from error
    keeper = asyncio.create_task(_keep_postgres(postgres), name="keep-postgres")
    try:
        yield dsn
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await postgres.stop()


async def _keep_postgres(postgres: EmbeddedPostgres) -> None:
    while True:
        await postgres.wait_failed()
        say("The database ended; starting it again")
        while True:
            try:
                await postgres.start()
                break
            except EmbeddedPostgresError as error:
                say(f"The database does not start yet: {error}")
                await asyncio.sleep(1.0)


def _environ(settings: Settings, folder: Path, dsn: str, options: DemoOptions) -> dict[str, str]:
    collect_port = settings.collect_port or next_free(options.port, _HERE)
    evaluate_port = settings.evaluate_port or next_free(max(options.port, collect_port), _HERE)
    return {
        **os.environ,
        "BOUCLE_DATABASE_URL": dsn,
        "BOUCLE_DATA_DIR": str(folder),
        "BOUCLE_HTTP_HOST": settings.http_host,
        "BOUCLE_HTTP_PORT": str(options.port),
        "BOUCLE_COLLECT_HOST": _HERE,
        "BOUCLE_COLLECT_PORT": str(collect_port),
        "BOUCLE_EVALUATE_HOST": _HERE,
        "BOUCLE_EVALUATE_PORT": str(evaluate_port),
        "PYTHONUNBUFFERED": "1",
    }


def _write_environ(folder: Path, environ: dict[str, str]) -> None:
    """What a shell needs so that the other commands find this demo; readable by its owner only."""
    names = (
        "BOUCLE_DATABASE_URL",
        "BOUCLE_DATA_DIR",
        "BOUCLE_HTTP_PORT",
        "BOUCLE_COLLECT_PORT",
        "BOUCLE_EVALUATE_PORT",
        "BOUCLE_SITE",
    )
    lines = [f"export {name}={shlex.quote(environ[name])}\n" for name in names]
    path = folder / "env.sh"
    path.touch(mode=0o600)
    path.write_text("".join(lines), encoding="utf-8")


async def _start_simulator(
    site: Path, options: DemoOptions, environ: dict[str, str], folder: Path
) -> tuple[Child, int]:
    """Start it on free ports; another demo that starts at the same time may take them first."""
    for attempt in range(_PORT_TRIES):
        control_port = write_site(options.site, site)
        argv = (
            *("simulators", "serve", str(site), *options.plant.arguments),
            *("--control-port", str(control_port)),
        )
        simulator = child_of("simulator", argv, environ, folder, "simulator ready")
        try:
            await simulator.start()
        except ChildFailed as error:
            if attempt == _PORT_TRIES - 1:
                msg = f"{error}; its log is {simulator.log_path}"
                raise UserError(msg) from error
            await asyncio.sleep(random.uniform(0.1, 1.0))
        else:
            return simulator, control_port
    raise AssertionError


async def _watch(url: str, site: Path, options: DemoOptions, stop: asyncio.Event) -> int:
    if options.seconds is None:
        await stop.wait()
        say("Stopping")
        return 0
    deadline = time.monotonic() + options.seconds
    try:
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + options.seconds):
            await stop.wait()
    except TimeoutError:
        pass
    if time.monotonic() < deadline:
        say("Stopped before the end; no report")
        return 130
    return await _report(url, site, options.plant)


async def _report(url: str, site: Path, plant: PlantChoice) -> int:
    kpis = await asyncio.to_thread(_get_of_site, url, "kpis")
    findings = await asyncio.to_thread(_get_of_site, url, "verdicts")
    comparisons = await compare(kpis, site, plant)
    say(table(comparisons))
    say("")
    say(verdict_lines(findings))
    inside = sum(c.agrees for c in comparisons)
    wrong = [c for c in comparisons if c.is_wrong]
    say("")
    say(
        f"{inside} of {len(comparisons)} KPIs hold the truth inside their stated uncertainty "
        f"(k = 2, meant for 95 of 100); {len(wrong)} cannot be explained by sound meters (k = 3)"
    )
    return 1 if wrong else 0


def _get(url: str) -> Any:
    # Of the server that the demo started.
    with urllib.request.urlopen(url, timeout=10) as response:  # nosec B310
        return json.load(response)


def _get_of_site(url: str, what: str) -> Any:
    """What the one site that is served has."""
    [site] = _get(f"{url}/api/v1/sites")
    return _get(f"{url}/api/v1/sites/{site['id']}/{what}")


async def _wait_until_ready(url: str, stop: asyncio.Event) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while time.monotonic() < deadline and not stop.is_set():
        if await asyncio.to_thread(_is_ready, url):
            return
        await asyncio.sleep(0.3)
    if not stop.is_set():
        msg = f"{url} was not ready after {_READY_TIMEOUT_S:.0f} s; see the demo's logs"
        raise UserError(msg)


def _is_ready(url: str) -> bool:
    """Whether figures are current, and those of the long windows are there."""
    try:
        # Of the server that the demo started.
        with urllib.request.urlopen(f"{url}/readyz", timeout=3):  # nosec B310
            kpis = _get_of_site(url, "kpis")
    except OSError:
        return False
    given = {(one["window"]["name"], one["value"] is not None) for one in kpis}
    return ("12months", True) in given and bool({("today", True), ("today", False)} & given)
