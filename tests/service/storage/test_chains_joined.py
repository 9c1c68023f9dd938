"""A database with two chains of hashes becomes one with one chain, and loses neither."""

import hashlib
import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from charter_rules.breaches.state import Breach, BreachEvent, BreachState, EventKind
from charter_rules.findings import Verdict
from service.evidence.canonical import canonical
from service.evidence.chain import BREACH, JOINED, Head, entries_after, first_fault
from service.storage.breaches import BreachTrail, StoredBreaches
from service.storage.connection import Connection, connected, open_pool
from service.storage.evidence import StoredChain
from service.storage.migrate import MIGRATIONS, migrate
from tests.service.storage.breach_findings import KEY, chain_fault
from tests.service.storage.test_evidence_chain import NOW, drafts

pytestmark = pytest.mark.asyncio

SITE = "joined"
OLD_KINDS = ("began", "opened")


async def fill_the_old_tables(conn: Connection) -> str:
    """Two verdicts and two events as the version before wrote them; the last event's hash."""
    for one in entries_after(Head(), SITE, drafts("a", "b"), KEY, NOW):
        await conn.execute(
            "insert into verdict_chain values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            one.site,
            one.seq,
            one.recorded_at,
            one.rule_id,
            one.reason,
            canonical(one.body).decode(),
            one.prev_sha256,
            one.public_key,
            one.sha256,
            one.signature,
        )
    prev = "0" * 64
    for seq, kind in enumerate(OLD_KINDS, 1):
        before = None if seq == 1 else "pending"
        after = "pending" if seq == 1 else "open"
        content: dict[str, Any] = {
            "site": SITE,
            "seq": seq,
            "breach_id": "a-1",
            "kind": kind,
            "at": NOW.isoformat(),
            "who": "boucle",
            "why": "it stood",
            "before": before,
            "after": after,
            "details": {"value": "0.6"},
            "prev_sha256": prev,
        }
        digest = hashlib.sha256(rfc8785.dumps(content)).hexdigest()
        await conn.execute(
            "insert into breach_event values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            *(SITE, seq, "a-1", kind, NOW, "boucle", "it stood", before, after),
            *(json.dumps({"value": "0.6"}), prev, digest),
        )
        prev = digest
    return prev


async def acknowledge(store: StoredBreaches) -> None:
    at = NOW + timedelta(hours=1)
    breach = Breach(
        id="a-1",
        rule_id="a",
        rule_version=1,
        state=BreachState.ACKNOWLEDGED,
        began_at=NOW,
        noticed_at=NOW,
        last_at=at,
        last_verdict=Verdict.BREACH,
    )
    event = BreachEvent(
        breach_id="a-1",
        kind=EventKind.ACKNOWLEDGED,
        at=at,
        who="A. Martin",
        why="seen",
        before=BreachState.OPEN,
        after=BreachState.ACKNOWLEDGED,
    )
    await store.change(lambda _: ([breach], [event]))


async def test_the_first_link_holds_the_heads_of_both_chains(
    empty_url: str, tmp_path: Path
) -> None:
    before = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, before)
    [joining] = before.glob("*_evidence_chain.sql")
    for later in before.glob("*.sql"):
        if later.name >= joining.name:
            later.unlink()
    async with connected(empty_url) as conn:
        await migrate(conn, folder=before)
        trail_head = await fill_the_old_tables(conn)
        await migrate(conn)

    async with open_pool(empty_url) as pool:
        chain, store = StoredChain(pool, SITE), StoredBreaches(pool, SITE, KEY)
        assert await chain_fault(pool, SITE) is None
        old = await chain.head()
        assert old == Head(seq=2, sha256=old.sha256, unjoined=(2, trail_head))

        await acknowledge(store)
        await chain.append(lambda head: entries_after(head, SITE, drafts("a"), KEY, NOW))
        entries = await chain.all_entries()
        trail = await BreachTrail(pool, SITE).trail("a-1")

        assert first_fault(entries, SITE, Head())[1] is None
        assert [one.reason for one in entries[2:]] == [JOINED, BREACH, "changed"]
        assert entries[2].body == {
            "rule_id": "",
            "verdicts": {"seq": 2, "sha256": old.sha256},
            "trail": {"seq": 2, "sha256": trail_head},
        }
        assert [(one.seq, one.event.kind.value, one.earlier) for one in trail] == [
            (1, "began", True),
            (2, "opened", True),
            (4, "acknowledged", False),
        ]
        assert await chain_fault(pool, SITE) is None
        assert (await chain.head()).unjoined is None
        # A last event that is taken away shows, too: the chain holds its hash.
        async with connected(empty_url) as conn:
            await conn.execute("alter table breach_event disable trigger all")
            await conn.execute("delete from breach_event where seq = 2")
        assert "does not end as the chain says" in str(await chain_fault(pool, SITE))
        async with connected(empty_url) as conn:
            await conn.execute("update breach_event set why = 'x'")
        assert "event 1 of the trail" in str(await chain_fault(pool, SITE))
