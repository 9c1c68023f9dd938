"""``boucle evaluate``: from readings to figures, verdicts and the snapshot, in the database."""

import argparse
import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module

from charter_rules.law.rulebook import RuleBook
from models.legal_time.days import legal_day
from models.site.site import Site
from service import logs
from service.access.levels import levels_of
from service.breaches.keeper import BreachKeeper
from service.commands.loading import load_the_site, signing_key
from service.errors import UserError
from service.evaluation.closed_periods import ClosedPeriods
from service.evaluation.evaluator import Evaluator
from service.evaluation.past_verdicts import PastVerdicts
from service.evaluation_server import evaluation_app
from service.evidence.recording import VerdictChain
from service.file_limit import raise_file_limit
from service.http_server import Listening
from service.journal.keeping import JournalKeeper
from service.live.snapshot import LiveSnapshot
from service.metrics.evaluating import EvaluationMetrics
from service.metrics_server import served
from service.settings import Settings, require_dsn
from service.site.charter import charter_of
from service.site.facts import facts_of
from service.stopping import stop_on_signals, unmoved_by_hangup
from service.storage.breaches import StoredBreaches
from service.storage.connection import open_pool
from service.storage.disclosure import StoredDisclosure
from service.storage.errors import SchemaError, StoreUnreachableError
from service.storage.evidence import StoredChain
from service.storage.history import StoredHistory
from service.storage.journal_book import JournalBook
from service.storage.kpi_results import StoredKpis
from service.storage.lease import HOLDER_SESSION, Held, Lease
from service.storage.retention import KeepLimits
from service.storage.roller import Roller
from service.storage.snapshots import SnapshotReader, SnapshotWriter
from service.storage.upkeep import Upkeep

# Imported where they are used first, which takes a second: whoever stands by has them at hand, and
# the first picture does not wait for them.
_NEEDED_LATER = ("scipy.optimize.elementwise", "scipy.signal", "scipy.stats")
_LOAD_AFTER_S = 2.0
# In any picture the year's end may be 15 minutes old and the long windows one: in a picture that
# was written so lately nothing is much older.
_BEFORE_S = 120.0


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C; stand by while another process evaluates this site."""
    logs.configure("evaluate")
    raise_file_limit()
    site = load_the_site(arguments.site, settings).site
    rulebook = charter_of(site)
    try:
        asyncio.run(_evaluate(site, rulebook, settings))
    except* SchemaError as group:
        raise UserError(str(group.exceptions[0])) from None
    return 0


async def _evaluate(site: Site, rulebook: RuleBook, settings: Settings) -> None:
    dsn, key, stop = require_dsn(settings), signing_key(settings), asyncio.Event()
    seen = EvaluationMetrics(site.identity.id)
    where = Listening(
        host=settings.evaluate_host, port=settings.evaluate_port, setting="BOUCLE_EVALUATE_PORT"
    )

    async def work(held: Held, end: asyncio.Event) -> None:
        """With nothing of an earlier time: it may be long ago."""
        site_id = site.identity.id
        writer = SnapshotWriter(dsn, site_id, held)
        # Long transactions, on connections of their own.
        roller, upkeep = Roller(dsn), Upkeep(dsn, limits=_limits(settings))
        async with open_pool(dsn, session=HOLDER_SESSION) as pool:
            history = StoredHistory(pool, site_id, steers=True)
            levels = list(levels_of(site.disclosure, {one.id: one.kpi for one in rulebook.rules}))
            disclosure = StoredDisclosure(
                pool, site.identity.on(legal_day(datetime.now(UTC))), levels, held
            )
            closed = ClosedPeriods(site, history, StoredKpis(pool, site_id, held))
            past = PastVerdicts(site, history, rulebook)
            keeper = BreachKeeper(StoredBreaches(pool, site_id, key, held), rulebook, past)
            chain = VerdictChain(site_id, StoredChain(pool, site_id, held), key)
            last = await _last(dsn, site_id)
            journal = JournalKeeper(writer, JournalBook(pool, site_id, held), last.snapshot)
            evaluator = Evaluator(
                site,
                rulebook,
                facts_of(site),
                history,
                journal,
                breaches=keeper,
                sinks=(chain,),
                before=last.snapshot if last.is_fresh else None,
                watch=seen,
            )
            try:
                with seen.at_work():
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(disclosure.run(end), name="disclosure")
                        tasks.create_task(roller.run(end), name="roller")
                        tasks.create_task(upkeep.run(end), name="upkeep")
                        tasks.create_task(closed.run(end), name="closed-periods")
                        tasks.create_task(journal.run(end), name="journal")
                        await evaluator.run(end)
                        # An evaluation that ended takes the others with it.
                        end.set()
            finally:
                await writer.close()

    with stop_on_signals(stop), unmoved_by_hangup():
        loading = asyncio.create_task(_load_later(), name="load")
        try:
            async with served(evaluation_app(seen), where, stop):
                await Lease(dsn, f"evaluate {site.identity.id}").hold(work, stop)
        finally:
            loading.cancel()
            await asyncio.gather(loading, return_exceptions=True)


async def _load_later() -> None:
    await asyncio.sleep(_LOAD_AFTER_S)
    for name in _NEEDED_LATER:
        await asyncio.to_thread(import_module, name)


@dataclass(frozen=True, slots=True)
class _Last:
    """The last picture of whoever evaluated this site, and whether that is a moment ago."""

    snapshot: LiveSnapshot | None
    is_fresh: bool


async def _last(dsn: str, site_id: str) -> _Last:
    reader = SnapshotReader(dsn, site_id)
    try:
        look = await reader.look()
    except StoreUnreachableError:
        return _Last(None, is_fresh=False)
    finally:
        await reader.close()
    age_s = look.evaluation_age_s
    return _Last(look.snapshot, is_fresh=age_s is not None and age_s <= _BEFORE_S)


def _limits(settings: Settings) -> KeepLimits:
    return KeepLimits(raw_months=settings.raw_months, hours_years=settings.hours_years)
