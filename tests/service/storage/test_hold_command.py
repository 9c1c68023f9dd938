"""``boucle hold`` as somebody types it."""

from pathlib import Path

import pytest

from service.__main__ import main

SITE = "deploy/sites/chapelle-international.yaml"


@pytest.fixture
def store(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BOUCLE_DATABASE_URL", database_url)
    return database_url


def boucle(*arguments: str) -> int:
    return main(["hold", "--site", str(Path(SITE)), *arguments])


def test_a_hold_is_set_listed_and_lifted(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert boucle("list") == 0
    assert boucle("set", "2026-03", "--who", "A. Martin", "--why", "bill disputed") == 0
    assert boucle("lift", "1", "--who", "B. Roy", "--why", "settled") == 0
    assert boucle("list") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("no hold was ever set")
    assert out[1] == "hold 1: readings of 2026-02-28 23:00 to 2026-03-31 22:00 UTC are kept"
    assert out[2] == "hold 1 is lifted"
    assert "A. Martin: bill disputed; lifted" in out[3]
    assert out[3].endswith("by B. Roy: settled")


def test_what_cannot_be_done_names_its_remedy(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert boucle("lift", "7", "--who", "B. Roy", "--why", "settled") == 2
    assert boucle("set", "March", "--who", "B. Roy", "--why", "settled") == 2
    err = capsys.readouterr().err
    assert "boucle hold list" in err
    assert "March" in err
