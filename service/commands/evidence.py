"""``boucle evidence``: make a signed pack, check or export the chain of evidence, show the key."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from charter_rules.errors import RuleBookError
from charter_rules.law.loader import load_library, load_rulebook
from models.legal_time.periods import PeriodError, parse_period
from models.located_yaml import load_located
from models.readings import Window
from service.commands.loading import load_the_site, signing_key
from service.errors import UserError
from service.evaluation.periods import settled_end
from service.evaluation.ports import StoreAway
from service.evidence.build import Request, build_parts
from service.evidence.canonical import Json, plain, utc_text
from service.evidence.chain import PACKED, ChainEntry, Head, first_fault
from service.evidence.envelope import write_pack
from service.evidence.errors import EvidenceError
from service.evidence.exported import write_chain
from service.evidence.heads import heads_document, read_heads
from service.evidence.keys import load_key
from service.evidence.moments import period_upto
from service.evidence.pack import sealed, write_into_chain
from service.settings import Settings, require_dsn
from service.site.schema import SiteFile
from service.storage.breaches import BreachTrail
from service.storage.connection import open_pool
from service.storage.errors import StoreUnreachableError
from service.storage.evidence import StoredChain, StoredPast, fetch_heads
from service.storage.history import StoredHistory
from service.storage.roller import catch_up


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do what the second word of the command says."""
    try:
        match arguments.action:
            case "key":
                return _show_key(arguments, settings)
            case "heads":
                return asyncio.run(_heads(arguments, settings))
            case "chain":
                return asyncio.run(_chain(arguments, settings))
            case _:
                return asyncio.run(_pack(arguments, settings))
    except (StoreAway, StoreUnreachableError) as error:
        msg = f"the database cannot be read ({error}); check that it runs, then boucle migrate"
        raise UserError(msg) from error


def _show_key(arguments: argparse.Namespace, settings: Settings) -> int:
    public = signing_key(settings).public
    if arguments.out is not None:
        arguments.out.write_text(public.pem(), encoding="ascii")
    print(f"fingerprint {public.fingerprint}\n{public.pem()}", end="")
    return 0


async def _heads(arguments: argparse.Namespace, settings: Settings) -> int:
    heads = [head for path in arguments.files for head in read_heads(path).heads]
    if not arguments.files:
        async with open_pool(require_dsn(settings)) as pool:
            heads += await fetch_heads(pool, datetime.now(UTC))
    key = None if arguments.countersign is None else load_key(arguments.countersign)
    document = heads_document(heads, key)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if arguments.out is None:
        print(text)
    else:
        arguments.out.write_text(f"{text}\n", encoding="utf-8")
        print(f"{arguments.out}: {len(document['heads'])} heads")
    return 0


async def _chain(arguments: argparse.Namespace, settings: Settings) -> int:
    site = load_the_site(arguments.site, settings).site.identity.id
    async with open_pool(require_dsn(settings)) as pool:
        entries = await StoredChain(pool, site).all_entries()
    if arguments.export is not None:
        write_chain(entries, site, arguments.export)
        print(f"{arguments.export}: {len(entries)} entries")
    return _check(entries, site, arguments.head) if arguments.check else 0


def _check(entries: Sequence[ChainEntry], site: str, noted: str | None) -> int:
    head, found = first_fault(entries, site, Head())
    fault = None if found is None else str(found)
    if fault is None and noted is not None and noted not in {one.sha256 for one in entries}:
        fault = f"no entry has the hash {noted} that was noted: entries are missing at the end"
    if fault is not None:
        print(f"the chain of {site} is broken: {fault}")
        return 1
    print(f"the chain of {site} is whole: {head.seq} entries up to {head.sha256}")
    return 0


async def _pack(arguments: argparse.Namespace, settings: Settings) -> int:
    now = datetime.now(UTC)
    period = None if arguments.period is None else _period(arguments.period, now)
    at = _instant(arguments.at, period, now)
    request = await asyncio.to_thread(_request, arguments, settings, at, now)
    if period is not None:
        request = replace(request, period=period_upto(period.name, at))
    key, site = signing_key(settings), request.site_file.site.id
    await catch_up(require_dsn(settings))
    async with open_pool(require_dsn(settings)) as pool:
        past = StoredPast(pool, site, arguments.raw_seconds)
        built = await build_parts(request, StoredHistory(pool, site), past)
        store = StoredChain(pool, site)
        written = await write_into_chain(built, site, store, key, now)
        breaches, last = await _breaches(BreachTrail(pool, site), set(request.rule_ids))
        upto = max(last, written[-1].seq)
        since = await _first(store, written, period)
        entries = [one for one in await store.all_entries(since) if one.seq <= upto]
    pack = sealed(built, entries, _scope(arguments.rule, period), key, now, breaches)
    await asyncio.to_thread(write_pack, pack, arguments.out)
    if not built.complete:
        msg = "the raw rows were not all hashed, and boucle verify will refuse the pack"
        print(f"boucle: {msg}: give a larger --raw-seconds", file=sys.stderr)
    for finding in built.findings:
        print(f"{finding.rule_id}: {finding.verdict.value}")
    print(f"{arguments.out}: signed with key {key.public.fingerprint}")
    return 0


async def _breaches(store: BreachTrail, rule_ids: set[str]) -> tuple[list[Json], int]:
    """The breaches of some rules, each with its audit trail, and the last entry that is told."""
    breaches, trail = await store.all_with_trail()
    records = [
        {
            "breach": plain(breach),
            "trail": plain(tuple(one for one in trail if one.event.breach_id == breach.id)),
        }
        for breach in breaches
        if breach.rule_id in rule_ids
    ]
    return records, max((one.seq for one in trail if not one.earlier), default=0)


def _period(text: str, now: datetime) -> Window:
    try:
        return parse_period(text, now)
    except PeriodError as error:
        raise EvidenceError(str(error)) from error


def _instant(given: datetime | None, period: Window | None, now: datetime) -> datetime:
    """As of when: what was asked for, else the end of the period, else now."""
    if given is not None and given.tzinfo is None:
        msg = f"--at {given.isoformat()} needs an offset, such as 2026-10-31T12:00:00Z"
        raise EvidenceError(msg)
    at = given or (settled_end(now) if period is None else min(period.end, settled_end(now)))
    if at > now or (period is not None and not period.start < at <= period.end):
        msg = f"{at.isoformat()} is not over yet, or not of the period; choose an earlier one"
        raise EvidenceError(msg)
    return at


def _request(
    arguments: argparse.Namespace, settings: Settings, at: datetime, now: datetime
) -> Request:
    path: Path = arguments.site or settings.site
    installed = load_the_site(path, settings)
    site = installed.site
    try:
        library, rulebook = load_library(), load_rulebook(charter=site.identity.charter)
    except RuleBookError as error:
        msg = f"the charter cannot be used\n{error}"
        raise UserError(msg) from error
    every = tuple(rule.id for rule in rulebook.rules)
    return Request(
        site_file=SiteFile.model_validate(load_located(path.read_text("utf-8"), str(path)).data),
        profiles=installed.profiles,
        library=library,
        rulebook=rulebook,
        rule_ids=every if arguments.rule is None else (arguments.rule,),
        at=at,
        known_on=now,
    )


async def _first(store: StoredChain, written: Sequence[ChainEntry], period: Window | None) -> int:
    """Where the chain of a pack begins, so that nothing of its scope can be left out unseen.

    With the last entry before the period, or with the verdict on the rule before this one; with
    the first entry of all when there is none.
    """
    verdict = next(one for one in written if one.reason == PACKED)
    own = verdict.seq
    if period is not None:
        first = await store.first_seq_since(period.start) or own
        return max(min(first, own) - 1, 1)
    return await store.seq_before(verdict.rule_id, own) or 1


def _scope(rule: str | None, period: Window | None) -> dict[str, Json]:
    if period is None:
        return {"kind": "verdict", "rule": rule}
    return {
        "kind": "period",
        "period": period.name,
        "start": utc_text(period.start),
        "end": utc_text(period.end),
    }
