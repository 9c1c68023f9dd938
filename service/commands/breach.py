"""``boucle breach``: what stands, its audit trail, and what people do about it.

Whoever may reach the database may change a breach here, and the trail keeps the name that is given;
over HTTP it keeps that of the account (``service/api/breach_actions.py``).
"""

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any

from charter_rules.breaches import actions
from charter_rules.breaches.actions import ActionRefused, Done
from charter_rules.breaches.state import Breach, Derogation
from service.commands.loading import load_the_site, signing_key
from service.errors import UserError
from service.evaluation.ports import StoreAway
from service.evidence.chain import Head, first_fault
from service.settings import Settings, require_dsn
from service.storage.breach_trail import TrailEntry, disagreeing, trail_fault
from service.storage.breaches import BreachTrail, NoSuchBreach, StoredBreaches
from service.storage.connection import Pool, open_pool
from service.storage.errors import StorageError
from service.storage.evidence import StoredChain

_TIMEOUT_S = 30.0


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one thing; 1 when the audit trail is broken."""
    site = load_the_site(arguments.site, settings).site.identity.id
    dsn = require_dsn(settings)

    async def main() -> int:
        async with asyncio.timeout(_TIMEOUT_S), open_pool(dsn) as pool:
            if arguments.does == "check":
                return await _check(pool, site)
            if arguments.does in _SEES:
                return await _SEES[arguments.does](BreachTrail(pool, site), site, arguments)
            return await _act(StoredBreaches(pool, site, signing_key(settings)), arguments)

    try:
        return asyncio.run(main())
    except (StorageError, StoreAway, NoSuchBreach, ActionRefused) as error:
        raise UserError(str(error)) from error
    except TimeoutError as error:
        msg = f"the database did not answer within {_TIMEOUT_S:.0f} s; try again"
        raise UserError(msg) from error


async def _list(store: BreachTrail, site: str, arguments: argparse.Namespace) -> int:
    breaches = await store.all()
    shown = [one for one in breaches if arguments.all or one.stands or one.opened_at is None]
    for breach in shown:
        print(_line(breach))
    if not shown:
        print(f"no breach stands at {site}")
    return 0


async def _show(store: BreachTrail, site: str, arguments: argparse.Namespace) -> int:
    breach = next((one for one in await store.all() if one.id == arguments.breach), None)
    if breach is None:
        msg = f"no breach {arguments.breach!r} at {site}; 'boucle breach list --all' names them"
        raise NoSuchBreach(msg)
    print("\n".join(_lines(breach)))
    for entry in await store.trail(breach.id):
        print(_event_line(entry))
    return 0


async def _history(store: BreachTrail, site: str, arguments: argparse.Namespace) -> int:
    trail = await store.trail(arguments.breach)
    if arguments.breach is not None and not trail:
        msg = f"no breach {arguments.breach!r} at {site}; 'boucle breach list --all' names them"
        raise NoSuchBreach(msg)
    for entry in trail:
        print(f"{entry.seq:>6}  {entry.sha256[:12]}  {entry.event.breach_id}")
        print(_event_line(entry))
    if not trail:
        print(f"nothing ever happened at {site}")
    return 0


async def _check(pool: Pool, site: str) -> int:
    entries = await StoredChain(pool, site).all_entries()
    # An entry that was altered may be no event any more: it is named before it is read.
    found = first_fault(entries, site, Head())[1]
    fault = None if found is None else str(found)
    breaches, trail = ([], []) if fault else await BreachTrail(pool, site).all_with_trail()
    fault = fault or trail_fault(site, entries, trail)
    if fault is not None:
        print(f"{site}: {fault}; what is before it is sound")
        return 1
    if wrong := disagreeing(breaches, trail):
        print(f"the trail tells another state, or other times, of {', '.join(wrong)}: its last")
        print(
            "events are missing, or the breach was changed without one; restore both from a backup"
        )
        return 1
    print(f"{len(trail)} events, none missing, none altered")
    return 0


_Action = Callable[[argparse.Namespace, datetime], Callable[[Breach], Done]]
_ACTIONS: dict[str, _Action] = {
    "ack": lambda a, at: lambda b: actions.acknowledge(b, a.who, a.why, at),
    "justify": lambda a, at: (
        lambda b: actions.justify(
            b, Derogation(ground=a.ground, until=a.until, document=a.document), a.who, a.why, at
        )
    ),
    "plan": lambda a, at: lambda b: actions.plan(b, a.text, a.who, a.why, at),
    "deadline": lambda a, at: lambda b: actions.move_deadline(b, a.day, a.who, a.why, at),
    "comment": lambda a, at: lambda b: actions.comment(b, a.who, a.why, at),
}


async def _act(store: StoredBreaches, arguments: argparse.Namespace) -> int:
    action = _ACTIONS[arguments.does](arguments, datetime.now(UTC))
    print(_line(await store.act(arguments.breach, action)))
    return 0


_Does = Callable[[BreachTrail, str, argparse.Namespace], Coroutine[Any, Any, int]]
_SEES: dict[str, _Does] = {"list": _list, "show": _show, "history": _history}


def _line(breach: Breach) -> str:
    deadline = "" if breach.deadline is None else f"  remedy by {breach.deadline}"
    late = "  LATE" if breach.stands and breach.deadline_passed else ""
    return (
        f"{breach.id:<48} {breach.state.value:<13} since {breach.began_at:%Y-%m-%d %H:%M} UTC, "
        f"noticed {breach.noticed_at:%Y-%m-%d %H:%M} UTC{deadline}{late}"
    )


def _lines(breach: Breach) -> Iterator[str]:
    yield _line(breach)
    yield f"  rule         {breach.rule_id}, version {breach.rule_version}"
    before = "not judged" if breach.preceded_by is None else breach.preceded_by.value
    older = ", so that it may be older" if breach.may_be_older else ""
    yield f"  before       {before}{older}"
    if breach.opened_at is not None:
        yield f"  opened       {breach.opened_at:%Y-%m-%d %H:%M} UTC"
    if breach.value is not None:
        yield f"  value        {breach.value:.6g} {breach.unit} (k = 2: {_figure(breach)})"
        yield f"  threshold    {breach.threshold} {breach.unit}"
        yield f"  margin       {breach.margin:.6g}, at worst {breach.worst_margin:.6g}"
    if breach.window_start is not None and breach.window_end is not None:
        start, end = (f"{at:%Y-%m-%d %H:%M}" for at in (breach.window_start, breach.window_end))
        yield f"  data         {start} to {end} UTC"
    if breach.lack is not None:
        yield f"  lack         {breach.lack}: the clocks stand still"
    if breach.plan:
        yield f"  plan         {breach.plan}"
    given = breach.derogation
    if given is not None:
        yield f"  derogation   {given.ground}, until {given.until}, {given.document}"


def _figure(breach: Breach) -> str:
    known = breach.expanded_uncertainty
    return "unknown" if known is None else f"± {known:.3g}"


def _event_line(entry: TrailEntry) -> str:
    event = entry.event
    details = ", ".join(f"{name} {text}" for name, text in event.details.items() if text)
    return (
        f"  {event.at:%Y-%m-%d %H:%M:%S} UTC  {event.kind.value:<16} {event.who}: {event.why}"
        f"{'  (' + details + ')' if details else ''}"
    )
