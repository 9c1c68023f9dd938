"""A simulated site whose processes and database are killed at random, and started again."""

import asyncio
import os
import random
import signal
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from charter_rules.breaches.state import BreachState
from charter_rules.judging.engine import evaluate
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.legal_time.days import legal_day
from models.site.site import Site
from service.breaches.keeper import BreachKeeper
from service.collection import register
from service.demo.ports import write_site
from service.processes import Child
from service.site.charter import charter_of
from service.site.facts import facts_of
from service.site.loader import load_site
from service.site_processes import child_of, kept, site_children
from service.storage.breaches import StoredBreaches
from service.storage.connection import connected, open_pool
from service.storage.embedded import EmbeddedPostgres
from service.storage.importer import import_file
from service.storage.migrate import migrate
from tests.acceptance.running import ROOT, free_port
from tests.service.storage.breach_findings import KEY
from tests.service.storage.provoked import kill_server

SHIPPED = ROOT / "deploy/sites/chapelle-international.yaml"
DATABASE = "database"
# A rule that is kept when the duty is done.
RULE = "paris_ai_share_declared"
_DUTY_DONE = "{duty: ai_share, done: true, on: 2026-01-15,"
_DUTY_NOT_DONE = "{duty: ai_share, done: false,"
# About the middle of the kills. Seen every half hour, as a breach must be to be believed.
_OPENS_AFTER, _OBSERVED_EVERY = timedelta(seconds=45), timedelta(minutes=30)
# A process that is started again takes seconds to import what it needs.
_DEADLINE_S = 60.0
# From before a process has imported what it needs until it has been at work for a while.
_PAUSE_S = (0.2, 3.5)
# Closed periods are looked at twenty seconds after the start, and measured in some more.
_SPARED_S = (20.0, 26.0)
# The past: enough closed hours to be killed among, few enough to be measured in seconds.
_DAYS, _STEPS_AN_HOUR, _WHOLE_STEPS = 5, 12, 24


class KilledSite:
    """The processes ``collector``, ``evaluation`` and ``server``, and the database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = EmbeddedPostgres(folder / "postgres")
        self.port = free_port()
        self.children: dict[str, Child] = {}
        self._site_file = folder / "site.yaml"
        # How long the log of each process was when it was killed last.
        self._told_before = {"collector": 0, "evaluation": 0}

    @property
    def site(self) -> Site:
        """As its processes read it."""
        return load_site(self._site_file, load_profiles(SHIPPED_PROFILES)).site

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """With a past of some days in the database, which nothing has looked at yet."""
        control_port = write_site(SHIPPED, self._site_file)
        text = self._site_file.read_text(encoding="utf-8")
        assert _DUTY_DONE in text
        self._site_file.write_text(text.replace(_DUTY_DONE, _DUTY_NOT_DONE), encoding="utf-8")
        async with self.server:
            await self._bring_the_past()
            await self._let_a_breach_grow()
            environ = {
                **os.environ,
                "BOUCLE_DATABASE_URL": self.server.dsn,
                "BOUCLE_DATA_DIR": str(self.folder),
                "BOUCLE_HTTP_PORT": str(self.port),
                "PYTHONPATH": str(ROOT),
            }
            argv = ("simulators", "serve", str(self._site_file))
            control = ("--control-port", str(control_port))
            plant = child_of(
                "simulator", (*argv, *control), environ, self.folder, "simulator ready"
            )
            self.children = {
                one.name: one for one in site_children(self._site_file, environ, self.folder)
            }
            async with kept((plant, *self.children.values())):
                yield

    async def _bring_the_past(self) -> None:
        past = await make_history(self._site_file, self.folder)
        async with connected(self.server.dsn, command_timeout_s=_DEADLINE_S) as conn:
            await migrate(conn)
            await register(self.site, self.server.dsn)
            await import_file(conn, self.site.identity.id, past, lambda *_: None)

    async def _let_a_breach_grow(self) -> None:
        """A duty was not done for a day, all but a moment: its breach opens among the kills."""
        site, now = self.site, datetime.now(UTC)
        rulebook, facts = charter_of(site), facts_of(site)
        async with open_pool(self.server.dsn) as pool:
            keeper = BreachKeeper(StoredBreaches(pool, site.identity.id, KEY), rulebook)
            at = now - timedelta(days=1) + _OPENS_AFTER
            while at < now:
                await keeper.observe(evaluate(rulebook, facts, {}, legal_day(at)), facts, at)
                at += _OBSERVED_EVERY
        assert [one.state for one in keeper.current] == [BreachState.PENDING]

    async def kill(self, victim: str) -> None:
        """kill -9, as soon as it runs; what keeps it starts it again."""
        if victim == DATABASE:
            kill_server(self.server)
            await self.server.wait_failed()
            await self.server.start()
            return
        child = self.children[victim]
        await self.until(f"{victim} to run", lambda: child.pid is not None)
        assert child.pid is not None
        restarts = child.restarts
        os.kill(child.pid, signal.SIGKILL)
        await self.until(f"the end of {victim}", lambda: child.restarts > restarts)
        if victim in self._told_before:
            log = self.folder / f"{victim}.log"
            self._told_before[victim] = len(log.read_text(encoding="utf-8"))

    async def settled(self) -> None:
        """Wait until every process that was killed is at work again."""
        for name, event in (("collector", "collectors_started"), ("evaluation", "lease_taken")):
            await self.until(f"{name} works", lambda n=name, e=event: self._began(n, e))  # type: ignore[misc]  # binds now
        await self.until("serve is ready", self.is_ready)

    def _began(self, name: str, event: str) -> bool:
        """Whether a process said something since it was started last."""
        log = self.folder / f"{name}.log"
        return f'"{event}"' in log.read_text(encoding="utf-8")[self._told_before[name] :]

    async def until(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        started = time.monotonic()
        while not await asyncio.to_thread(condition):  # nobody tells us
            assert time.monotonic() - started < _DEADLINE_S, f"{what}: not in time"
            await asyncio.sleep(0.05)

    def is_ready(self) -> bool:
        """Whether the server says so."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as said:
                return bool(said.status == 200)
        except OSError:
            return False


def order_of_kills(chance: random.Random, kills: int, at_least: int) -> Iterator[tuple[float, str]]:
    """After how many seconds who is killed, each kind at least so often.

    One of the evaluations comes to the closed periods before it is killed.
    """
    kinds = ["collector", "evaluation", "server", DATABASE]
    order = kinds * at_least + chance.choices(kinds, k=kills - at_least * len(kinds))
    chance.shuffle(order)
    spared = chance.choice([place for place, one in enumerate(order) if one == "evaluation"])
    for place, victim in enumerate(order):
        yield chance.uniform(*(_SPARED_S if place == spared else _PAUSE_S)), victim


async def make_history(site_file: Path, folder: Path) -> Path:
    """Some days of the plant: one reading an hour, and the last hours as they came."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators", "history", str(site_file)),
        *("--end", datetime.now(UTC).isoformat(), "--out", str(folder)),
        stdout=asyncio.subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert await process.wait() == 0
    fine = folder / "all-5min.npz"
    with np.load(fine) as past:
        left = np.arange(len(past["ts_us"]))[::-1]
        taken = (left < _DAYS * 24 * _STEPS_AN_HOUR) & (
            (left % _STEPS_AN_HOUR == 0) | (left < _WHOLE_STEPS)
        )
        thinned = {name: past[name] for name in past.files}
    thinned["ts_us"], thinned["values"] = thinned["ts_us"][taken], thinned["values"][taken]
    np.savez(fine, **thinned)
    return fine
