"""The chain in its table: only added to, by one writer at a time, checked entry by entry."""

import asyncio
import hashlib
import struct
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from models.readings import Origin, Quality
from service.evaluation.ports import StoreAway
from service.evidence.chain import Draft, Head, entries_after, first_fault
from service.evidence.keys import SigningKey
from service.storage.connection import Connection, connected, open_pool
from service.storage.evidence import StoredChain, StoredPast
from service.storage.writer import write_batch
from tests.service.application import API, application, client_of
from tests.service.storage.batches import S_US, T0_US, batch_of, register

pytestmark = pytest.mark.asyncio

KEY = SigningKey.from_seed(b"k" * 32)
NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


def drafts(*rules: str, reason: str = "changed") -> list[Draft]:
    return [
        Draft(rule_id=one, reason=reason, body={"rule_id": one, "value": 0.1, "é": None})
        for one in rules
    ]


def new_site() -> str:
    # The table is never emptied: each test has a site of its own.
    return f"site_{uuid4().hex[:12]}"


async def add(chain: StoredChain, site: str, *rules: str, reason: str = "changed") -> None:
    await chain.append(
        lambda head: entries_after(head, site, drafts(*rules, reason=reason), KEY, NOW)
    )


async def test_entries_come_back_as_they_were_written(database_url: str) -> None:
    site = new_site()
    async with open_pool(database_url) as pool:
        chain = StoredChain(pool, site)
        assert await chain.head() == Head()
        await add(chain, site, "a", "b")
        await add(chain, site, "a", reason="daily")
        await add(chain, site, "a", reason="packed")
        entries = await chain.all_entries()
        assert first_fault(entries, site, Head()) == (await chain.head(), None)
        assert [e.seq for e in entries] == [1, 2, 3, 4]
        newest = await chain.newest_of_each_rule()
        assert {rule: entry.seq for rule, entry in newest.items()} == {"a": 3, "b": 2}
        assert await chain.seq_before("a", 4) == 3
        assert await chain.seq_before("b", 2) is None
        assert await chain.first_seq_since(NOW) == 1
        assert await chain.first_seq_since(NOW + timedelta(days=1)) is None
        assert [e.seq for e in await chain.entries(2, 2)] == [2, 3]
        await chain.append(lambda _: [])
        assert (await chain.head()).seq == 4


async def test_the_chain_is_only_ever_added_to(database_url: str) -> None:
    site = new_site()
    async with open_pool(database_url) as pool:
        await add(StoredChain(pool, site), site, "a")
    async with connected(database_url) as conn:
        for statement in (
            "update evidence_chain set body = '{}'",
            "delete from evidence_chain",
            "truncate evidence_chain",
        ):
            with pytest.raises(asyncpg.RaiseError, match="only ever added to"):
                await conn.execute(statement)


async def test_writers_at_the_same_time_make_one_chain(database_url: str) -> None:
    site = new_site()
    async with open_pool(database_url) as pool:
        chain = StoredChain(pool, site)
        await asyncio.gather(*(add(chain, site, "a", f"rule_{n}") for n in range(8)))
        entries = await chain.all_entries()
    assert len(entries) == 16
    assert first_fault(entries, site, Head())[1] is None


TAMPERED: list[tuple[str, str]] = [
    ("update evidence_chain set body = replace(body, '0.1', '0.2') where seq = 3", "entry 3: its"),
    ("update evidence_chain set body = 'no json' where seq = 3", "entry 3: its content"),
    (
        "update evidence_chain set recorded_at = recorded_at + interval '1 us' where seq = 3",
        "3: its",
    ),
    ("update evidence_chain set sha256 = prev_sha256 where seq = 3", "entry 3: its content"),
    ("delete from evidence_chain where seq = 3", "entry 3 is missing"),
    ("delete from evidence_chain where seq = 1", "entry 1 is missing"),
]


@pytest.mark.parametrize(("statement", "said"), TAMPERED)
async def test_what_the_owner_of_the_database_does_to_it_shows(
    database_url: str, statement: str, said: str
) -> None:
    site = new_site()
    async with open_pool(database_url) as pool:
        chain = StoredChain(pool, site)
        await add(chain, site, "a", "b", "c", "d")
        async with connected(database_url) as conn:
            await conn.execute("alter table evidence_chain disable trigger all")
            done = await conn.execute(f"{statement} and site = '{site}'")
            await conn.execute("alter table evidence_chain enable trigger all")
        assert done.endswith(" 1")
        _, fault = first_fault(await chain.all_entries(), site, Head())
    assert fault is not None
    assert said in str(fault)


async def test_a_store_that_is_away_is_said() -> None:
    async with open_pool("postgresql://nobody@127.0.0.1:1/none") as pool:
        with pytest.raises(StoreAway):
            await StoredChain(pool, "s").head()


async def test_raw_days_are_hashes_of_the_rows_of_legal_days(
    database_url: str, conn: Connection
) -> None:
    [one, two] = await register(conn, 2)
    # T0 is midnight UTC: 01:00 in Paris; two legal days, one value missing, one imported.
    times = [T0_US + hour * 3600 * S_US for hour in (0, 10, 22, 23, 30)]
    await write_batch(conn, batch_of([one] * 5, times, [1.0, 2.5, 3.0, 4.0, 5.0]))
    await write_batch(conn, batch_of([one], [T0_US + S_US], [float("nan")], Quality.NOT_AVAILABLE))
    await conn.execute(
        "update reading set origin = 1 where ts = $1", datetime.fromtimestamp(times[3] / 1e6, UTC)
    )
    await conn.execute(
        "update reading set received_at = ts + interval '11 minutes' where ts = $1",
        datetime.fromtimestamp(times[1] / 1e6, UTC),
    )
    start = datetime.fromtimestamp(T0_US / 1e6, UTC)
    keys = {f"meter_{n}.active_energy_kwh": start for n in range(2)}
    async with open_pool(database_url) as pool:
        found = await StoredPast(pool, "site", 60.0).raw_days(keys, start + timedelta(days=20))

    def row(ts_us: int, value: float, quality: Quality, origin: Origin) -> bytes:
        return struct.pack("<qdhh", ts_us, value, quality, origin)

    good = Quality.GOOD
    first = row(times[0], 1.0, good, Origin.MEASURED)
    first += struct.pack("<q", T0_US + S_US) + bytes.fromhex("000000000000f87f03000000")
    first += row(times[1], 2.5, good, Origin.MEASURED) + row(times[2], 3.0, good, Origin.MEASURED)
    second = row(times[3], 4.0, good, Origin.IMPORTED) + row(times[4], 5.0, good, Origin.MEASURED)
    assert found.complete
    assert found.hashes == {
        "meter_0.active_energy_kwh": {
            "2026-11-20": [4, hashlib.sha256(first).hexdigest()],
            "2026-11-21": [2, hashlib.sha256(second).hexdigest()],
        },
        "meter_1.active_energy_kwh": {},
    }
    assert found.corrections == {
        "meter_0.active_energy_kwh": {"2026-11-20": {"late": 1}, "2026-11-21": {"imported": 1}}
    }
    assert two != one


async def test_raw_days_stop_at_their_time_limit(database_url: str, conn: Connection) -> None:
    await register(conn, 1)
    start = datetime(2020, 1, 1, tzinfo=UTC)
    async with open_pool(database_url) as pool:
        past = StoredPast(pool, "site", 1e-4)
        found = await past.raw_days({"meter_0.active_energy_kwh": start}, NOW)
    assert not found.complete


async def test_the_api_gives_the_key_and_the_chain(database_url: str) -> None:
    site = new_site()
    async with open_pool(database_url) as pool:
        chain = StoredChain(pool, site)
        await add(chain, site, "a", "b")
        async with client_of(application(chain=chain)) as client:
            key = (await client.get("/api/v1/evidence/key")).json()
            head = (await client.get(f"{API}/evidence/chain/head")).json()
            entries = (await client.get(f"{API}/evidence/chain", params={"cursor": "2"})).json()
    assert key["fingerprint_sha256"] == hashlib.sha256(bytes.fromhex(key["public_key"])).hexdigest()
    assert head["seq"] == 2
    assert [entry["sha256"] for entry in entries["items"]] == [head["sha256"]]
