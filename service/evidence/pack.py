"""A sealed pack: its parts, its verdicts written into the chain, and the chain up to them."""

from collections.abc import Sequence
from datetime import datetime

from service.evidence.build import Built
from service.evidence.canonical import Json, utc_text
from service.evidence.chain import PACKED, ChainEntry, Draft, body_of, entries_after
from service.evidence.envelope import seal
from service.evidence.keys import SigningKey
from service.evidence.recording import ChainStore


async def write_into_chain(
    built: Built, site: str, store: ChainStore, key: SigningKey, now: datetime
) -> Sequence[ChainEntry]:
    """Write the packed verdicts down, so that the chain vouches for the pack."""
    drafts = [
        Draft(rule_id=finding.rule_id, reason=PACKED, body=body_of(finding))
        for finding in built.findings
    ]
    return await store.append(lambda head: entries_after(head, site, drafts, key, now))


def sealed(
    built: Built,
    entries: Sequence[ChainEntry],
    scope: dict[str, Json],
    key: SigningKey,
    now: datetime,
    breaches: Json = None,
) -> dict[str, Json]:
    """The pack. ``entries`` reach from where the scope begins to the packed verdicts, at least.

    ``breaches`` are those of its rules, each with its trail up to the last entry.
    """
    newest = entries[-1]
    head = {
        "site": newest.site,
        "made_at": utc_text(now),
        "scope": scope,
        "chain": {"seq": newest.seq, "sha256": newest.sha256},
    }
    chain = {"site": newest.site, "entries": [entry.record() for entry in entries]}
    return seal({**built.parts, "breach": {"records": breaches}, "chain": chain}, head, key)
