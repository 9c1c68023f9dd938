"""``boucle breach`` as a person types it, on a real database."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from service.__main__ import main
from service.breaches.keeper import BreachKeeper
from service.storage.breaches import StoredBreaches
from service.storage.connection import connected, open_pool
from tests.service.site.test_loader import SHIPPED
from tests.service.storage.breach_findings import FACTS, KEY, findings
from tests.service.storage.breach_loop import BOOK

DAY = timedelta(days=1)


@pytest.fixture
def site_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_url: str) -> str:
    """A site of its own: the audit trail of a site cannot be emptied."""
    site = f"cli_{uuid4().hex[:8]}"
    file = tmp_path / "site.yaml"
    content, found = re.subn(
        r"(?m)^  id: \w+$", f"  id: {site}", SHIPPED.read_text("utf-8"), count=1
    )
    assert found
    file.write_text(content, "utf-8")
    monkeypatch.setenv("BOUCLE_DATABASE_URL", shared_url)
    monkeypatch.setenv("BOUCLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BOUCLE_SITE", str(file))
    return site


@pytest.fixture
def breach(site_id: str, shared_url: str) -> str:
    """An open breach of the water rule."""

    async def open_one() -> str:
        start = datetime.now(UTC) - timedelta(hours=3)
        async with open_pool(shared_url) as pool:
            keeper = BreachKeeper(StoredBreaches(pool, site_id, KEY), BOOK)
            for half_hour in range(4):
                now = start + half_hour * timedelta(minutes=30)
                await keeper.observe(findings(BOOK, 0.6, now), FACTS, now)
        (one,) = keeper.current
        assert one.state.value == "open"
        return one.id

    return asyncio.run(open_one())


def signed(*words: str) -> list[str]:
    return ["breach", *words, "--who", "A. Martin", "--why", "asked by the City"]


def in_days(days: int) -> str:
    return (datetime.now(UTC) + days * DAY).date().isoformat()


def test_a_breach_is_answered_planned_justified_and_read_again(
    breach: str, capsys: pytest.CaptureFixture[str]
) -> None:
    granted = ("--ground", "L.236-2", "--until", in_days(30), "--document", "letter 12")

    assert main(signed("ack", breach)) == 0
    assert main(signed("plan", breach, "--text", "new nozzles")) == 0
    assert main(signed("deadline", breach, "--day", in_days(90))) == 0
    assert main(signed("comment", breach)) == 0
    assert main(signed("justify", breach, *granted)) == 0
    capsys.readouterr()
    assert main(["breach", "show", breach]) == 0
    shown = capsys.readouterr().out
    assert main(["breach", "list"]) == 0
    listed = capsys.readouterr().out

    for said in ("justified", "new nozzles", "L.236-2", "letter 12", "threshold    0.4", "data"):
        assert said in shown
    assert "before       not judged, so that it may be older" in shown
    assert re.search(r"since (\S+ \S+) UTC, noticed \1 UTC", listed)
    assert shown.count("A. Martin: asked by the City") == 5
    assert breach in listed
    assert f"remedy by {in_days(90)}" in listed


def test_the_history_names_every_event_and_the_check_finds_it_whole(
    breach: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(signed("ack", breach))
    capsys.readouterr()
    assert main(["breach", "history"]) == 0
    of_the_site = capsys.readouterr().out
    assert main(["breach", "history", breach]) == 0

    assert capsys.readouterr().out == of_the_site
    assert re.findall(r"UTC  (\w+)", of_the_site) == ["began", "opened", "acknowledged"]
    assert main(["breach", "check"]) == 0
    assert "3 events, none missing, none altered" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["breach", "show", "nothing"], "no breach 'nothing'"),
        (["breach", "history", "nothing"], "no breach 'nothing'"),
        (signed("ack", "nothing"), "no breach 'nothing'"),
        (["breach", "comment", "BREACH", "--who", " ", "--why", "x"], "who is empty"),
        (["breach", "comment", "BREACH", "--who", "A", "--why", ""], "why is empty"),
        (signed("deadline", "BREACH", "--day", "2020-01-01"), "2020-01-01 is past"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_no_trace(
    breach: str, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main([breach if word == "BREACH" else word for word in words]) == 2
    assert said in capsys.readouterr().err

    main(["breach", "check"])
    assert "2 events" in capsys.readouterr().out


def test_a_day_that_is_no_day_is_refused(breach: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(signed("deadline", breach, "--day", "soon"))
    assert "'soon' is not a day: write it as YYYY-MM-DD" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "resolved"),
        ("began_at", "2026-01-01T00:00:00Z"),
        ("noticed_at", "2026-01-01T00:00:00Z"),
    ],
)
def test_what_was_changed_by_hand_fails_the_check(
    name: str,
    value: str,
    breach: str,
    site_id: str,
    shared_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def forge() -> None:
        async with connected(shared_url) as conn:
            await conn.execute(
                "update breach set body = body || jsonb_build_object($2::text, $3::text) "
                "where site = $1",
                *(site_id, name, value),
            )

    asyncio.run(forge())

    assert main(["breach", "check"]) == 1
    said = capsys.readouterr().out
    assert f"tells another state, or other times, of {breach}" in said


def test_a_site_without_breaches_says_so(site_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["breach", "list"]) == 0
    assert main(["breach", "history"]) == 0
    said = capsys.readouterr().out
    assert f"no breach stands at {site_id}" in said
    assert f"nothing ever happened at {site_id}" in said


def test_a_database_that_is_away_is_told(
    site_id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOUCLE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert main(["breach", "list"]) == 2
    assert "the database does not answer" in capsys.readouterr().err
