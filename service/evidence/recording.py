"""Writes verdicts down as they are reached: when one changes, and once each legal day."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import structlog

from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding
from models.legal_time.days import legal_day
from service.evidence.canonical import Json
from service.evidence.chain import (
    CHANGED,
    DAILY,
    ChainEntry,
    Draft,
    Head,
    body_of,
    entries_after,
)
from service.evidence.keys import SigningKey

log = structlog.get_logger(__name__)

Make = Callable[[Head], Sequence[ChainEntry]]
# What makes it another verdict; the value alone moves every minute.
_TELLING = ("verdict", "lack", "rule_version", "rule_sha256", "threshold", "threshold_high")


class ChainStore(Protocol):
    """Where the chain of one site is kept. Raises StoreAway when it cannot be reached."""

    async def newest_of_each_rule(self) -> Mapping[str, ChainEntry]:
        """The newest entry of each rule that the evaluation wrote, packs left aside."""
        ...

    async def append(self, make: Make) -> Sequence[ChainEntry]:
        """Add what ``make`` gives for the head, as a whole, nobody else adding meanwhile."""
        ...


class VerdictChain:
    """Takes the findings of one site; a sink of its evaluation."""

    def __init__(self, site: str, store: ChainStore, key: SigningKey) -> None:
        self._site = site
        self._store = store
        self._key = key
        self._last: dict[str, tuple[Json, ...]] | None = None
        self._daily_of: dict[str, date] = {}

    async def observe(self, findings: Sequence[Finding], facts: SiteFacts, now: datetime) -> None:
        """Write down what changed, and everything on a new legal day; raises StoreAway."""
        del facts
        if self._last is None:
            await self._remember()
        drafts = [draft for finding in findings if (draft := self._draft(finding, now)) is not None]
        if not drafts:
            return
        await self._store.append(
            lambda head: entries_after(head, self._site, drafts, self._key, now)
        )
        # Only what is in the table is known: a failed write is tried again the next minute.
        for draft in drafts:
            self._keep(draft.rule_id, draft.body, now)
        log.info("verdicts_recorded", site=self._site, entries=len(drafts))

    async def _remember(self) -> None:
        newest = await self._store.newest_of_each_rule()
        self._last = {}
        for rule_id, entry in newest.items():
            self._keep(rule_id, entry.body, entry.recorded_at)

    def _keep(self, rule_id: str, body: Mapping[str, Json], at: datetime) -> None:
        if self._last is None:
            self._last = {}
        self._last[rule_id] = _told(body)
        self._daily_of[rule_id] = legal_day(at)

    def _draft(self, finding: Finding, now: datetime) -> Draft | None:
        body = body_of(finding)
        if (self._last or {}).get(finding.rule_id) != _told(body):
            return Draft(rule_id=finding.rule_id, reason=CHANGED, body=body)
        if self._daily_of.get(finding.rule_id) != legal_day(now):
            return Draft(rule_id=finding.rule_id, reason=DAILY, body=body)
        return None


def _told(body: Mapping[str, Json]) -> tuple[Json, ...]:
    return tuple(body.get(name) for name in _TELLING)
