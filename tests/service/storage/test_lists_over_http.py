"""Lists that grow, from a real table, a page at a time: verdicts, chain, imports, breaches."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from charter_rules.breaches.state import Breach, BreachState
from charter_rules.findings import Verdict
from models.site.disclosure import Confidentiality, Disclosure, Matter
from service.evidence.chain import ChainEntry, Draft, Head, body_of, entries_after
from service.live.board import SnapshotBoard
from service.storage.breaches import StoredBreaches
from service.storage.connection import Connection, open_pool
from service.storage.evidence import StoredChain
from service.storage.import_log import StoredImports
from tests.service.application import API, application, client_of
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.storage.breach_findings import KEY
from tests.service.storage.test_evidence_chain import new_site

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FINDINGS = sample_snapshot().findings


async def pages(client: httpx.AsyncClient, path: str, **asked: str) -> list[list[Any]]:
    """The items of each page, as the links lead from one to the next."""
    answer = await client.get(path, params=asked)
    found = [answer.json()["items"]]
    while link := answer.links.get("next"):
        answer = await client.get(link["url"])
        found.append(answer.json()["items"])
    assert answer.json()["next"] is None
    return found


def following(site: str, drafts: Sequence[Draft], at: datetime, head: Head) -> Sequence[ChainEntry]:
    return entries_after(head, site, drafts, KEY, at)


async def written(chain: StoredChain, site: str, days: int) -> Sequence[str]:
    """The verdicts of each day, with the event of a breach in between; their hashes."""
    hashes = []
    for day in range(days):
        drafts = [Draft(rule_id=one.rule_id, reason="daily", body=body_of(one)) for one in FINDINGS]
        event = Draft(rule_id="x", reason="breach", body={"rule_id": "x"})
        at = NOW + timedelta(days=day)
        made = await chain.append(partial(following, site, [*drafts, event], at))
        hashes += [one.sha256 for one in made]
    return hashes


async def test_the_verdicts_of_before_are_read_from_the_chain(database_url: str) -> None:
    site, each = new_site(), len(FINDINGS)
    async with open_pool(database_url) as pool:
        chain = StoredChain(pool, site)
        hashes = await written(chain, site, 3)
        async with client_of(application(chain=chain)) as client:
            every = await pages(client, f"{API}/verdicts/history", limit="7")
            told = [one for page in every for one in page]
            rule = FINDINGS[1].rule_id
            [of_rule] = await pages(client, f"{API}/verdicts/history", rule=rule)
            since = (NOW + timedelta(days=2)).isoformat()
            [newest] = await pages(client, f"{API}/verdicts/history", since=since)
            entries = await pages(client, f"{API}/evidence/chain", limit="5")
            wrong = await client.get(f"{API}/evidence/chain?cursor=first")
    assert all(len(page) == 7 for page in every[:-1])
    assert [one["rule_id"] for one in told] == [one.rule_id for one in FINDINGS] * 3
    for one, finding in zip(told, FINDINGS, strict=False):
        assert one["verdict"] == finding.verdict.value
        assert (one["value"], one["margin"]) == (finding.weighed_value, finding.margin)
        kpi = finding.kpi
        assert one["expanded_uncertainty"] == (None if kpi is None else kpi.expanded_uncertainty)
    assert [one["recorded_at"] for one in of_rule] == [
        f"2026-11-{day}T12:00:00Z" for day in (20, 21, 22)
    ]
    assert [one["seq"] for one in newest] == [2 * (each + 1) + n + 1 for n in range(each)]
    assert [one["sha256"] for page in entries for one in page] == hashes
    assert (wrong.status_code, wrong.json()["code"]) == (400, "cursor_unknown")


async def test_verdicts_on_what_is_not_public_are_not_told(database_url: str) -> None:
    site = new_site()
    closed = Disclosure(
        matters={Matter.VERDICT: Confidentiality.PUBLIC}, kpis={"pue": Confidentiality.PUBLIC}
    )
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    async with open_pool(database_url) as pool:
        chain = StoredChain(pool, site)
        await written(chain, site, 1)
        async with client_of(application(board, chain=chain, disclosure=closed)) as client:
            [told] = await pages(client, f"{API}/verdicts/history")
            hidden = next(one.rule_id for one in FINDINGS if one.kpi_id != "pue")
            refused = await client.get(f"{API}/verdicts/history", params={"rule": hidden})
    public = [one.rule_id for one in FINDINGS if one.kpi_id == "pue"]
    assert public
    assert [one["rule_id"] for one in told] == public
    assert refused.status_code == 401


async def test_imports_are_listed_in_order(conn: Connection, database_url: str) -> None:
    names = [f"part_{n}.npz" for n in range(5)]
    for name in names:
        await conn.execute(
            "insert into import_log (site, file_name, sha256, rows, from_ts, to_ts) "
            "values ('site', $1, $2, 10, $3, $3)",
            name,
            hashlib.sha256(name.encode()).hexdigest(),
            NOW,
        )
    async with (
        open_pool(database_url) as pool,
        client_of(application(imports=StoredImports(pool, "site"))) as client,
    ):
        found = await pages(client, f"{API}/imports", limit="2")
    assert [len(page) for page in found] == [2, 2, 1]
    assert [one["file_name"] for page in found for one in page] == names
    assert found[0][0]["from_ts"] == "2026-11-20T12:00:00Z"


async def test_breaches_are_listed_from_the_newest(database_url: str) -> None:
    site = new_site()
    every = [
        Breach(
            id=f"rule_{n}-1",
            rule_id=f"rule_{n}",
            rule_version=1,
            state=BreachState.OPEN if n == 3 else BreachState.RESOLVED,
            began_at=NOW,
            # Of two that were noticed at once neither is left out, on whichever page it stands.
            noticed_at=NOW + timedelta(hours=n // 2),
            last_at=NOW + timedelta(days=1),
            last_verdict=Verdict.BREACH,
        )
        for n in range(5)
    ]
    async with open_pool(database_url) as pool:
        store = StoredBreaches(pool, site, KEY)
        await store.change(lambda _: (every, []))
        stored = [one.id for one in await store.all()]
        async with client_of(application(breaches=store)) as client:
            found = await pages(client, f"{API}/breaches", limit="2")
            [one] = await pages(client, f"{API}/breaches", rule="rule_3")
            [opened] = await pages(client, f"{API}/breaches", state="open")
            [neither] = await pages(client, f"{API}/breaches", state="open", rule="rule_2")
            wrong = await client.get(f"{API}/breaches?cursor=none")
            of_another = await client.get(f"{API}/breaches?cursor=rule_1-1&rule=rule_2")
    assert [len(page) for page in found] == [2, 2, 1]
    assert [one["id"] for page in found for one in page] == stored
    assert stored == ["rule_4-1", "rule_2-1", "rule_3-1", "rule_0-1", "rule_1-1"]
    assert [breach["id"] for breach in one] == ["rule_3-1"]
    assert opened == one
    assert neither == []
    assert of_another.json()["code"] == "cursor_unknown"
    assert (wrong.status_code, wrong.json()["code"]) == (400, "cursor_unknown")
