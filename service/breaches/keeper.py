"""Brings the stored breaches up to the findings, once a minute."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from charter_rules.breaches.beginning import Beginning
from charter_rules.breaches.lifecycle import advance, begins
from charter_rules.breaches.state import Breach, BreachEvent, BreachState, Observation
from charter_rules.facts import SiteFacts
from charter_rules.findings import MISSED, Finding, Verdict
from charter_rules.law.rulebook import BreachPolicy, RuleBook
from service.evaluation.ports import StoreAway
from service.storage.breaches import Change
from service.storage.errors import StoreUnreachableError

log = structlog.get_logger(__name__)

_TIMEOUT_S: Final = 20.0
# Two years of hours of a few meters, measured over each day of one: seconds.
_PAST_TIMEOUT_S: Final = 120.0
# What ended longer ago is in the API, not on the page.
_SHOWN_AFTER_END: Final = timedelta(days=30)


class BreachStore(Protocol):
    """Where breaches are kept."""

    async def change(self, change: Change) -> None:
        """Apply a change to the newest breach of each rule, in one transaction."""
        ...

    async def all(self) -> list[Breach]:
        """Every breach, the newest first."""
        ...

    async def last_event(self) -> int | None:
        """The number of the newest event; None before the first."""
        ...


class Past(Protocol):
    """Judges the days before now again."""

    async def beginnings(
        self, findings: Sequence[Finding], facts: SiteFacts, now: datetime
    ) -> Mapping[str, Beginning]:
        """Since when the past shows each of some findings, by rule. Raises StoreAway."""
        ...


class BreachKeeper:
    """The breaches of one site. It remembers nothing that is not in the store."""

    def __init__(self, store: BreachStore, rulebook: RuleBook, past: Past | None = None) -> None:
        """Without a ``past``, a breach is shown from its notice on."""
        self._store, self._past = store, past
        self._policies = {rule.id: rule.breach for rule in rulebook.rules}
        self._current: tuple[Breach, ...] = ()
        self._waiting = False
        self._last_event: int | None = None

    @property
    def current(self) -> tuple[Breach, ...]:
        """What stands, what is pending, and what ended lately."""
        return self._current

    async def look_again(self, now: datetime) -> None:
        """See what people did since: it shows at once. Nothing new while the store is away."""
        try:
            last = await self._store.last_event()
            if last == self._last_event:
                return
            everything = await self._store.all()
        except StoreUnreachableError:
            return
        self._take(everything, now)
        self._last_event = last

    async def observe(self, findings: Sequence[Finding], facts: SiteFacts, now: datetime) -> None:
        """Take the breaches one step further. A store that is away loses nothing but time."""
        told: list[BreachEvent] = []
        began: Mapping[str, Beginning] = {}

        def change(newest: Mapping[str, Breach]) -> tuple[list[Breach], list[BreachEvent]]:
            changed, told[:] = self._step(newest, findings, began, now)
            return changed, told

        try:
            began = await self._beginnings(findings, facts, now)
            async with asyncio.timeout(_TIMEOUT_S):
                await self._store.change(change)
                # Said once it is stored: what is rolled back did not happen.
                _say(told)
                everything = await self._store.all()
        except (StoreUnreachableError, StoreAway, TimeoutError) as error:
            if not self._waiting:
                log.warning("breaches_not_stored", error=str(error) or type(error).__name__)
            self._waiting = True
            return
        self._waiting = False
        self._take(everything, now)

    def _take(self, everything: Sequence[Breach], now: datetime) -> None:
        self._current = tuple(breach for breach in everything if _is_shown(breach, now))

    async def _beginnings(
        self, findings: Sequence[Finding], facts: SiteFacts, now: datetime
    ) -> Mapping[str, Beginning]:
        """Since when the past shows the breaches that begin with these findings."""
        missed = [one for one in findings if one.verdict in MISSED]
        if self._past is None or not missed:
            return {}
        async with asyncio.timeout(_TIMEOUT_S):
            stored = await self._store.all()
        newest: dict[str, Breach] = {}
        for breach in stored:
            newest.setdefault(breach.rule_id, breach)
        new = [one for one in missed if begins(newest.get(one.rule_id), observation(one, now))]
        try:
            async with asyncio.timeout(_PAST_TIMEOUT_S):
                return await self._past.beginnings(new, facts, now) if new else {}
        except TimeoutError:
            # A breach does not wait for its past: it is shown from now on, and says so.
            log.warning("past_of_breaches_not_read", rules=[one.rule_id for one in new])
            return {}

    def _step(
        self,
        newest: Mapping[str, Breach],
        findings: Sequence[Finding],
        began: Mapping[str, Beginning],
        now: datetime,
    ) -> tuple[list[Breach], list[BreachEvent]]:
        changed: list[Breach] = []
        events: list[BreachEvent] = []
        observed = [observation(one, now, began.get(one.rule_id)) for one in findings]
        observed += _no_longer_in_the_charter(newest, {one.rule_id for one in observed}, now)
        for seen in observed:
            known = newest.get(seen.rule_id)
            policy = self._policies.get(seen.rule_id, _NO_POLICY)
            breach, told = advance(known, seen, policy)
            if breach is not None and breach is not known:
                changed.append(breach)
                events += told
        return changed, events


def _say(events: Sequence[BreachEvent]) -> None:
    for event in events:
        log.info("breach_event", breach=event.breach_id, kind=event.kind.value, why=event.why)


# A rule that left the charter opens nothing any more.
_NO_POLICY = BreachPolicy(opens_after_hours=0.0, closes_after_hours=0.0, remediation_days=None)


def observation(finding: Finding, now: datetime, began: Beginning | None = None) -> Observation:
    """What the life of a breach needs of a finding, and of what the past shows of it."""
    kpi = finding.kpi
    return Observation(
        rule_id=finding.rule_id,
        rule_version=finding.rule_version,
        verdict=finding.verdict,
        at=now,
        doubtful=kpi is not None and bool(kpi.doubts),
        value=finding.weighed_value,
        expanded_uncertainty=None if kpi is None else kpi.expanded_uncertainty,
        threshold=finding.threshold,
        margin=finding.margin,
        unit=finding.threshold_unit,
        window_start=None if kpi is None else kpi.window.start,
        window_end=None if kpi is None else kpi.window.end,
        lack=finding.lack,
        shown_since=None if began is None else began.at,
        preceded_by=None if began is None else began.preceded_by,
    )


def _no_longer_in_the_charter(
    newest: Mapping[str, Breach], rules: set[str], now: datetime
) -> list[Observation]:
    return [
        Observation(
            rule_id=breach.rule_id,
            rule_version=breach.rule_version,
            verdict=Verdict.NOT_APPLICABLE,
            at=now,
        )
        for breach in newest.values()
        if breach.rule_id not in rules and breach.state is not BreachState.RESOLVED
    ]


def _is_shown(breach: Breach, now: datetime) -> bool:
    if breach.state is not BreachState.RESOLVED:
        return True
    ended = breach.resolved_at or breach.last_at
    return breach.opened_at is not None and now - ended <= _SHOWN_AFTER_END
