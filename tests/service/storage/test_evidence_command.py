"""From stored readings to a pack on another machine, by the commands alone."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from charter_rules.breaches.state import Breach, BreachEvent, BreachState, EventKind
from charter_rules.findings import Verdict
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.kpi.registry import KPIS
from models.kpi.wanted import wanted_points
from models.readings import Origin, Quality, ReadingBatch
from models.site.site import site_sums
from service.__main__ import main
from service.collection import register
from service.evidence.keys import KEY_FILE
from service.evidence.reading import read_json
from service.pack_desk import PackDesk
from service.site.loader import load_site
from service.storage.breaches import StoredBreaches
from service.storage.connection import connected, open_pool
from service.storage.writer import write_batch
from simulators.plant import Plant
from tests.service.application import API, application, client_of
from tests.service.site.test_loader import SHIPPED
from tests.service.storage.breach_findings import KEY

AT = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
SITE = load_site(SHIPPED, load_profiles(SHIPPED_PROFILES)).site


async def fill(url: str) -> None:
    """Three days of the plant, every five minutes."""
    ids = dict((await register(SITE, url)).point_ids)
    end_us = int(AT.timestamp()) * 1_000_000
    ts = np.arange(end_us - 3 * 86_400_000_000, end_us, 300_000_000, dtype=np.int64)
    values = Plant(seed=1).measured_values(ts)
    wanted = wanted_points(KPIS.values(), SITE, site_sums(SITE))
    keys = {*wanted.levels, *wanted.registers}
    async with connected(url) as conn:
        for key in sorted(keys):
            batch = ReadingBatch(
                point_id=np.full(len(ts), ids[key], np.int32),
                ts_us=ts,
                received_us=ts + 1_000_000,
                value=values[key],
                quality=np.full(len(ts), Quality.GOOD, np.int16),
                origin=np.full(len(ts), Origin.MEASURED, np.int16),
            )
            await write_batch(conn, batch)


async def put_breach(url: str) -> None:
    """A breach of the night rule that opened a day ago."""
    began = AT - timedelta(days=1)
    breach = Breach(
        id="csp_noise_night-1",
        rule_id="csp_noise_night",
        rule_version=1,
        state=BreachState.OPEN,
        began_at=began,
        noticed_at=began,
        last_at=AT,
        last_verdict=Verdict.BREACH,
    )
    noticed = BreachEvent(
        breach_id=breach.id,
        kind=EventKind.BEGAN,
        at=began,
        who="boucle",
        why="breach",
        before=None,
        after=BreachState.PENDING,
    )
    event = replace(
        noticed, kind=EventKind.OPENED, before=BreachState.PENDING, after=BreachState.OPEN
    )
    async with open_pool(url) as pool:
        store = StoredBreaches(pool, SITE.identity.id, KEY)
        await store.change(lambda known: ([], []) if known else ([breach], [noticed, event]))


@pytest.fixture
def work(shared_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    asyncio.run(fill(shared_url))
    asyncio.run(put_breach(shared_url))
    # Every entry of the site is by one key, whichever test wrote it.
    key = tmp_path / "data" / KEY_FILE
    key.parent.mkdir()
    key.write_bytes(KEY.pem())
    key.chmod(0o600)
    monkeypatch.setenv("BOUCLE_DATABASE_URL", shared_url)
    monkeypatch.setenv("BOUCLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BOUCLE_SITE", str(SHIPPED))
    return tmp_path


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


def test_a_pack_is_handed_out_over_http_one_at_a_time(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def asked() -> list[httpx.Response]:
        path = f"{API}/evidence/packs"
        async with client_of(application(packs=PackDesk(SHIPPED))) as client:
            unknown = await client.post(path, params={"rule": "--help"})
            both = (client.post(path, params={"rule": "csp_noise_night"}) for _ in range(2))
            first, second = await asyncio.gather(*both)
        return [unknown, *sorted((first, second), key=lambda one: one.status_code)]

    unknown, made, refused = asyncio.run(asked())

    assert (unknown.status_code, unknown.json()["code"]) == (404, "rule_not_found")
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    pack, key = work / "n.boucle.json.gz", work / "key.pem"
    pack.write_bytes(made.content)
    assert run("evidence", "key", "--out", key) == 0
    assert run("verify", pack, "--key", key) == 0
    assert "csp_noise_night" in capsys.readouterr().out


def test_a_pack_that_cannot_be_made_is_an_error(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOUCLE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    async def asked() -> httpx.Response:
        async with client_of(application(packs=PackDesk(SHIPPED))) as client:
            return await client.post(f"{API}/evidence/packs", params={"rule": "csp_noise_night"})

    answer = asyncio.run(asked())
    assert (answer.status_code, answer.json()["code"]) == (503, "pack_failed")
    assert "127.0.0.1" not in answer.text


def test_a_pack_is_made_and_checked_without_the_store(
    work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, key, chain = work / "n.boucle.json.gz", work / "key.pem", work / "chain.json"
    assert run("evidence", "key", "--out", key) == 0
    at = AT.isoformat()
    for _ in range(2):
        asked = ("evidence", "pack", "--rule", "csp_noise_night", "--at", at, "--out", pack)
        assert run(*asked) == 0
    capsys.readouterr()
    assert run("evidence", "chain", "--check", "--export", chain) == 0
    assert "is whole" in capsys.readouterr().out
    heads = work / "heads.json"
    assert run("evidence", "heads", "--out", heads) == 0
    assert run("evidence", "heads") == 0
    assert f'"site": "{SITE.identity.id}"' in capsys.readouterr().out
    assert run("evidence", "chain", "--check", "--head", "0" * 64) == 1
    assert "entries are missing at the end" in capsys.readouterr().out

    for name in ("DATABASE_URL", "DATA_DIR", "SITE"):
        monkeypatch.delenv(f"BOUCLE_{name}")
    assert run("verify", pack, "--key", key, "--heads", heads) == 0
    said = capsys.readouterr().out
    assert "is the one that was published" in said
    assert "signed with a key of the site that was given" in said
    assert "computed again:" in said
    assert "; law of 10 March 2026; threshold at most 3" in said
    assert run("verify", chain, "--key", key) == 0
    content: dict[str, Any] = read_json(pack)
    assert [e["reason"] for e in content["parts"]["chain"]["entries"]] == ["packed"] * 2
    [record] = content["parts"]["breach"]["records"]
    assert record["breach"]["state"] == "open"
    assert [one["event"]["kind"] for one in record["trail"]] == ["began", "opened"]
    raw = content["parts"]["raw_hashes"]
    assert raw["complete"] is True
    # The night from 22 h to 7 h, and what came after it: two legal days of each sound meter.
    assert {len(days) for days in raw["points"].values()} == {2}
    assert (
        sum(count for count, _ in raw["points"]["sound_north.sound_level_laeq_dba"].values()) > 100
    )


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("2026-Q1", "2025-12-31T23:00:00.000000Z", "2026-03-31T22:00:00.000000Z"),
    ],
)
def test_a_pack_of_a_period_holds_every_rule(
    work: Path, capsys: pytest.CaptureFixture[str], period: str, start: str, end: str
) -> None:
    pack = work / "period.boucle.json"
    at = AT.isoformat()
    assert run("evidence", "pack", "--period", period, "--at", at, "--out", pack) == 0
    capsys.readouterr()

    assert run("verify", pack, "--json") == 3

    report = json.loads(capsys.readouterr().out)
    content: dict[str, Any] = read_json(pack)
    rules = {one["rule_id"] for one in content["parts"]["verdict"]["findings"]}
    assert report["outcome"] == "author_unknown"
    assert {one["rule_id"] for one in report["findings"]} == rules
    assert "was not over: figures up to 2026-03-10T12:30" in str(report["remarks"])
    assert len(rules) > 10
    windows = [one["window"] for one in content["parts"]["kpi"]["period"]]
    assert {(one["name"], one["start"]) for one in windows} == {(period, start)}
    assert {one["end"] for one in windows} == {"2026-03-10T12:30:00.000000Z"}
    scope = content["head"]["scope"]
    assert (scope["period"], scope["start"], scope["end"]) == (period, start, end)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rule", "nonsense"), "no rule 'nonsense'"),
        (("--period", "march"), "is no period"),
        (("--period", "2026-Q5"), "a quarter (2025-Q3)"),
        (("--rule", "csp_noise_night", "--at", "2026-03-10T12:00:00"), "needs an offset"),
        (("--period", "2026-02", "--at", AT.isoformat()), "not of the period"),
        (("--rule", "csp_noise_night", "--at", "2999-01-01T00:00:00Z"), "not over yet"),
    ],
)
def test_what_cannot_be_packed_is_told(
    work: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert run("evidence", "pack", *words, "--out", work / "x.boucle.json") == 2
    assert said in capsys.readouterr().err
    assert not (work / "x.boucle.json").exists()


def test_a_store_that_is_away_is_told(
    work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOUCLE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert run("evidence", "chain", "--check") == 2
    assert "the database cannot be read" in capsys.readouterr().err
