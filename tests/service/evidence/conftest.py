"""Packs of the shipped site, made from the plant's own registers, without a database."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from charter_rules.breaches.state import BreachEvent, BreachState, EventKind
from charter_rules.law.loader import load_library, load_rulebook
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.kpi.imported import imported_window
from models.legal_time.days import days_from, legal_day, to_us
from models.located_yaml import load_located
from models.readings import Window
from models.registers.gauges import GaugeTotals, ValueRange
from models.registers.samples import Samples
from service.evaluation.periods import settled_end
from service.evaluation.ports import DeviceStatus, LatestReading, PipelineStatus, RollupState
from service.evidence.breach_entries import event_draft
from service.evidence.build import Built, ImportedFile, RawDays, Request, build_parts
from service.evidence.canonical import canonical, plain
from service.evidence.chain import BREACH, CHANGED, ChainEntry, Draft, Head, body_of, entries_after
from service.evidence.keys import SigningKey
from service.evidence.known_law import KnownLaw
from service.evidence.pack import sealed, write_into_chain
from service.evidence.reading import parse_json
from service.evidence.recording import Make
from service.evidence.report import Report
from service.evidence.trust import Trust
from service.evidence.verification import Verifier, verify
from service.site.schema import SiteFile
from service.storage.breach_trail import trail_entry
from simulators.plant import DEFAULT_EPOCH
from tests.service.evaluation.gauge_sums import sums_of
from tests.service.plant_showed import plant_showed
from tests.service.site.test_loader import SHIPPED

NOW = datetime(2026, 11, 20, 13, 32, 7, tzinfo=UTC)
PROFILES = load_profiles(SHIPPED_PROFILES)
SITE_FILE = SiteFile.model_validate(load_located(SHIPPED.read_text("utf-8"), "site").data)
LIBRARY = load_library()
RULEBOOK = load_rulebook(charter="paris")
KEY = SigningKey.from_seed(bytes(range(32)))
SITE = SITE_FILE.site.id

VERIFIER = Verifier(law=KnownLaw.of_folder(), now=NOW + timedelta(hours=1))
TRUSTING = replace(VERIFIER, trust=Trust.of_key(KEY.public.fingerprint))

Pack = dict[str, Any]


def checked(pack: Pack, verifier: Verifier = VERIFIER) -> Report:
    """What somebody finds who has the shipped law and, by default, nobody's key."""
    report = Report()
    verify(pack, report, verifier)
    return report


class PlantPast:
    """What the plant's meters showed, first and last of each step; ``since`` bounds it."""

    def __init__(self, since: datetime | None = None) -> None:
        self.since = since

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        begin = max(start, self.since or DEFAULT_EPOCH)
        step_us = step // timedelta(microseconds=1)
        firsts = np.arange(to_us(begin) // step_us * step_us, to_us(end), step_us, dtype=np.int64)
        last_us = step_us * 11 // 12
        ts = np.stack([firsts, firsts + last_us], axis=1).ravel()
        return plant_showed(tuple(keys), ts[ts < to_us(min(end, NOW))])

    async def gauges(
        self,
        keys: Sequence[str],
        start: datetime,
        end: datetime,
        step: timedelta,
        ranges: Mapping[str, Sequence[ValueRange]],
    ) -> dict[str, GaugeTotals]:
        begin = max(start, self.since or DEFAULT_EPOCH)
        often_us = min(step // timedelta(microseconds=1), 900_000_000)
        first = to_us(begin) // often_us * often_us
        ts = np.arange(first, max(to_us(end), first), often_us, dtype=np.int64)
        if not len(ts):
            return {}
        readings = plant_showed(tuple(keys), ts)
        return sums_of(readings, start, end, step, ranges)

    async def latest(self) -> Mapping[str, LatestReading]:
        return {}

    async def device_statuses(self) -> Mapping[str, DeviceStatus]:
        return {}

    async def pipeline_status(self) -> PipelineStatus | None:
        return None

    async def rolled(self, keys: Sequence[str], since_revision: int | None) -> RollupState:
        del keys, since_revision
        return RollupState(rolled_upto=datetime.max.replace(tzinfo=UTC), revision=0, changed=None)

    async def imported_windows(self) -> Sequence[Window]:
        return [
            imported_window(one.file_name, one.sha256, one.from_ts, one.to_ts) for one in IMPORTS
        ]

    async def imports(self) -> Sequence[ImportedFile]:
        return IMPORTS

    async def raw_days(self, since: Mapping[str, datetime], end: datetime) -> RawDays:
        days = {
            key: {
                day.isoformat(): [86_400, "ab" * 32]
                for day in days_from(
                    legal_day(max(first, self.since or first)), legal_day(end) + timedelta(days=1)
                )
            }
            for key, first in since.items()
        }
        return RawDays(
            hashes=days,
            corrections={key: {"2026-11-19": {"late": 2}} for key in list(since)[:1]},
            complete=True,
        )


IMPORTS = (
    ImportedFile(
        file_name="past.npz",
        sha256="cd" * 32,
        rows=1000,
        from_ts=NOW - timedelta(days=400),
        to_ts=NOW - timedelta(days=2),
        imported_at=NOW - timedelta(days=1),
    ),
)


class MemoryChain:
    """A chain in memory."""

    def __init__(self) -> None:
        self.all: list[ChainEntry] = []

    async def newest_of_each_rule(self) -> Mapping[str, ChainEntry]:
        return {one.rule_id: one for one in self.all if one.reason != "packed"}

    async def append(self, make: Make) -> Sequence[ChainEntry]:
        last = self.all[-1] if self.all else None
        head = Head() if last is None else Head(seq=last.seq, sha256=last.sha256)
        entries = make(head)
        self.all += entries
        return entries


def request_for(*rules: str) -> Request:
    return Request(
        site_file=SITE_FILE,
        profiles=PROFILES,
        library=LIBRARY,
        rulebook=RULEBOOK,
        rule_ids=rules,
        at=settled_end(NOW),
        known_on=NOW,
    )


@cache
def built(rules: tuple[str, ...], days: int | None) -> Built:
    since = None if days is None else NOW - timedelta(days=days)
    past = PlantPast(since)
    return asyncio.run(build_parts(request_for(*rules), past, past))


def packed(request: Request, past: PlantPast) -> Pack:
    """The sealed pack of a verdict that nobody wrote down before, as its reader gets it."""
    chain, rule = MemoryChain(), request.rule_ids[0]

    async def make() -> Pack:
        built = await build_parts(request, past, past)
        await write_into_chain(built, SITE, chain, KEY, NOW)
        return sealed(built, chain.all, {"kind": "verdict", "rule": rule}, KEY, NOW)

    pack: Pack = parse_json(canonical(asyncio.run(make())), "pack")
    return pack


def pack_of(*rules: str, days: int | None = None, key: SigningKey = KEY) -> Pack:
    """A sealed pack as its reader gets it, with earlier entries in its chain."""
    pack: Pack = parse_json(pack_bytes(rules, days, key), "pack")
    return pack


@cache
def pack_bytes(rules: tuple[str, ...], days: int | None, key: SigningKey) -> bytes:
    made = built(rules, days)
    chain = MemoryChain()
    drafts = [
        Draft(rule_id=one.rule_id, reason=CHANGED, body=body_of(one)) for one in made.findings
    ] * 2

    began = BreachEvent(
        breach_id=f"{rules[0]}-1",
        kind=EventKind.BEGAN,
        at=NOW,
        who="boucle",
        why="the verdict is a breach",
        before=None,
        after=BreachState.PENDING,
        details={"began_at": (NOW - timedelta(days=9)).isoformat()},
    )
    drafts.append(event_draft(began, rules[0]))

    async def write() -> None:
        await chain.append(lambda head: entries_after(head, SITE, drafts, key, NOW))
        await write_into_chain(made, SITE, chain, key, NOW)

    asyncio.run(write())
    told = next(one for one in chain.all if one.reason == BREACH)
    breach = plain(
        {
            "id": began.breach_id,
            "rule_id": rules[0],
            "state": BreachState.PENDING,
            "began_at": began.began_at,
            "noticed_at": NOW,
        }
    )
    records = [{"breach": breach, "trail": [plain(trail_entry(told))]}]
    scope = {"kind": "verdict", "rule": rules[0]}
    return canonical(sealed(made, chain.all, scope, key, NOW, records))


@pytest.fixture(scope="session")
def small() -> Callable[[], Pack]:
    """Makes copies of a small pack that has something in every part."""
    return lambda: pack_of("csp_noise_night", "paris_wue", days=3)


@pytest.fixture(scope="session")
def tiny() -> Callable[[], Pack]:
    """Makes copies of a pack that is quickly computed again."""
    return lambda: pack_of("csp_noise_night")
