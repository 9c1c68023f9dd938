"""``boucle evaluate``: from readings to figures, verdicts and the snapshot, in the database."""

import argparse
import asyncio
from importlib import import_module

from charter_rules.errors import RuleBookError
from charter_rules.loader import load_rulebook
from charter_rules.rulebook import RuleBook
from models.site.site import Site
from service import logs
from service.breaches.keeper import BreachKeeper
from service.commands.loading import load_the_site, signing_key
from service.errors import UserError
from service.evaluation.closed_periods import ClosedPeriods
from service.evaluation.evaluator import Evaluator
from service.evidence.recording import VerdictChain
from service.settings import Settings, require_dsn
from service.site.facts import facts_of
from service.stopping import stop_on_signals
from service.storage.breaches import StoredBreaches
from service.storage.connection import open_pool
from service.storage.errors import SchemaError
from service.storage.evidence import StoredChain
from service.storage.history import StoredHistory
from service.storage.kpi_results import StoredKpis
from service.storage.lease import HOLDER_SESSION, Held, Lease
from service.storage.retention import KeepLimits
from service.storage.roller import Roller
from service.storage.snapshots import SnapshotWriter
from service.storage.upkeep import Upkeep

# Imported where they are used first, which takes a second: whoever stands by has them at hand.
_NEEDED_AT_ONCE = ("CoolProp.CoolProp", "scipy.optimize.elementwise", "scipy.signal", "scipy.stats")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C; stand by while another process evaluates this site."""
    logs.configure("evaluate")
    site = load_the_site(arguments.site, settings).site
    rulebook = charter_of(site)
    try:
        asyncio.run(_evaluate(site, rulebook, settings))
    except* SchemaError as group:
        raise UserError(str(group.exceptions[0])) from None
    return 0


def charter_of(site: Site) -> RuleBook:
    """The charter that the site file names.

    Raises
    ------
    UserError
        With everything that is wrong with it.
    """
    try:
        return load_rulebook(charter=site.identity.charter)
    except RuleBookError as error:
        msg = f"the charter cannot be used\n{error}"
        raise UserError(msg) from error


async def _evaluate(site: Site, rulebook: RuleBook, settings: Settings) -> None:
    dsn, key, stop = require_dsn(settings), signing_key(settings), asyncio.Event()
    for name in _NEEDED_AT_ONCE:
        import_module(name)

    async def work(held: Held, end: asyncio.Event) -> None:
        """With nothing of an earlier time: it may be long ago."""
        site_id = site.identity.id
        writer = SnapshotWriter(dsn, site_id, held)
        # Long transactions, on connections of their own.
        roller, upkeep = Roller(dsn), Upkeep(dsn, limits=_limits(settings))
        async with open_pool(dsn, session=HOLDER_SESSION) as pool:
            history = StoredHistory(pool, site_id, steers=True)
            closed = ClosedPeriods(site, history, StoredKpis(pool, site_id, held))
            keeper = BreachKeeper(StoredBreaches(pool, site_id, held), rulebook)
            chain = VerdictChain(site_id, StoredChain(pool, site_id, held), key)
            evaluator = Evaluator(
                site,
                rulebook,
                facts_of(site),
                history,
                writer,
                breaches=keeper,
                sinks=(chain,),
            )
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(roller.run(end), name="roller")
                    tasks.create_task(upkeep.run(end), name="upkeep")
                    tasks.create_task(closed.run(end), name="closed-periods")
                    await evaluator.run(end)
                    # An evaluation that ended takes the others with it.
                    end.set()
            finally:
                await writer.close()

    with stop_on_signals(stop):
        await Lease(dsn, f"evaluate {site.identity.id}").hold(work, stop)


def _limits(settings: Settings) -> KeepLimits:
    return KeepLimits(raw_months=settings.raw_months, hours_years=settings.hours_years)
