"""The audit trail of breaches: entries of the chain, and those of the trail before it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
import rfc8785

from charter_rules.breaches.state import Breach, BreachEvent, BreachState, EventKind
from service.evidence.breach_entries import event_of
from service.evidence.chain import BREACH, JOINED, ChainEntry

FIRST_SHA256: Final = "0" * 64
# The state, when it began, and when it was noticed.
_Told = tuple[BreachState, datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEntry:
    """One event as it is stored, with its place in the chain.

    ``earlier``: in the chain that the trail was by itself, before it joined that of the verdicts.
    """

    seq: int
    event: BreachEvent
    prev_sha256: str
    sha256: str
    earlier: bool = False


def trail_entry(entry: ChainEntry) -> TrailEntry:
    """An event from its entry in the chain."""
    return TrailEntry(
        seq=entry.seq,
        event=event_of(entry.body),
        prev_sha256=entry.prev_sha256,
        sha256=entry.sha256,
    )


def earlier_entry(row: asyncpg.Record) -> TrailEntry:
    """An event from the trail before."""
    at: datetime = row["at"]
    before = row["state_before"]
    event = BreachEvent(
        breach_id=row["breach_id"],
        kind=EventKind(row["kind"]),
        at=at,
        who=row["who"],
        why=row["why"],
        before=None if before is None else BreachState(before),
        after=BreachState(row["state_after"]),
        details=json.loads(row["details"]),
    )
    return TrailEntry(
        seq=row["seq"],
        event=event,
        prev_sha256=row["prev_sha256"],
        sha256=row["sha256"],
        earlier=True,
    )


def event_sha256(site: str, seq: int, event: BreachEvent, prev_sha256: str) -> str:
    """Hash an event of the trail before with the hash of the one before it."""
    content: dict[str, Any] = {
        "site": site,
        "seq": seq,
        "breach_id": event.breach_id,
        "kind": event.kind.value,
        "at": event.at.isoformat(),
        "who": event.who,
        "why": event.why,
        "before": None if event.before is None else event.before.value,
        "after": event.after.value,
        "details": dict(event.details),
        "prev_sha256": prev_sha256,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def trail_fault(
    site: str, entries: Sequence[ChainEntry], trail: Sequence[TrailEntry]
) -> str | None:
    """What is missing or altered in the trail that joined a chain which is whole by itself."""
    earlier = [one for one in trail if one.earlier]
    broken = _first_broken(site, earlier)
    if broken is not None:
        return f"event {broken} of the trail before this chain is missing or was altered"
    joined = [one.body["trail"] for one in entries if one.reason == JOINED]
    last = {"seq": earlier[-1].seq, "sha256": earlier[-1].sha256} if earlier else None
    if joined and joined != [last]:
        return "the trail before this chain does not end as the chain says"
    if not joined and earlier and any(one.reason == BREACH for one in entries):
        return "the trail before this chain was not joined to it"
    return None


def _first_broken(site: str, trail: Sequence[TrailEntry]) -> int | None:
    prev = FIRST_SHA256
    for seq, entry in enumerate(trail, 1):
        sound = event_sha256(site, seq, entry.event, prev)
        if entry.seq != seq or entry.prev_sha256 != prev or entry.sha256 != sound:
            return seq
        prev = entry.sha256
    return None


def disagreeing(breaches: Sequence[Breach], trail: Sequence[TrailEntry]) -> list[str]:
    """Breaches whose state is not the one their trail ends with, or that began otherwise.

    The chain of hashes shows any event that is missing but the last ones; these show here, if they
    changed a state.
    """
    told: dict[str, _Told] = {}
    for entry in trail:
        event = entry.event
        _, began, noticed = told.get(event.breach_id, (event.after, event.began_at, event.at))
        told[event.breach_id] = (event.after, began, noticed)
    stored = {one.id: (one.state, one.began_at, one.noticed_at) for one in breaches}
    return sorted(name for name in {*told, *stored} if told.get(name) != stored.get(name))
