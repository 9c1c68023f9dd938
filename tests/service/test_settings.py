"""Settings are refused when they would silently do nothing."""

import pytest

from service.__main__ import main
from service.database_url import fault_of
from service.settings import SettingsError, read_settings


def test_a_misspelt_name_is_refused_with_the_one_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUCLE_DATABASE_ULR", "postgresql://x")

    with pytest.raises(SettingsError, match="did you mean BOUCLE_DATABASE_URL"):
        read_settings()


def test_a_bad_value_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUCLE_HTTP_PORT", "eighty")

    with pytest.raises(SettingsError, match="BOUCLE_HTTP_PORT"):
        read_settings()


def test_the_database_url_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUCLE_DATABASE_URL", "postgresql://u:secret@h/d")

    assert "secret" not in repr(read_settings())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("u:hunter2@h/d", "must begin with postgresql://"),
        ("mysql://u:hunter2@h/d", "must begin with postgresql://"),
        ("postgresql://u:hunter2@h:port/d", "its port is not a number"),
        ("postgresql://u:hunter2@h:99999/d", "its port is not a number"),
        ("postgresql://u:hunter2@h1:5432,h2:0/d", "its port is not a number"),
        ("postgresql://u:hunter2@[::1/d", "cannot be taken apart"),
        ("postgresql://u:hunter2/x@h/d", "%2F"),
        ("postgresql://u:hunter2#x@h/d", "%23"),
        ("postgresql://u:hunter2@h/d?sslmode=bogus", "its sslmode must be one of"),
        ("postgresql://u:hunter2@h/d\n", "a line break"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "collect", "migrate"])
def test_an_address_that_is_none_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    url: str,
    words: str,
) -> None:
    monkeypatch.setenv("BOUCLE_DATABASE_URL", url)

    assert main([command]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "BOUCLE_DATABASE_URL" in said
    assert "hunter2" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://boucle@localhost/boucle",
        "postgres://u:p%23%2F@[::1]:5432/d?sslmode=require&application_name=x",
        "postgresql://u@h1:5432,h2:5433/d",
        "postgresql:///d?host=/run/postgresql",
        "postgresql://u:@/d?host=/tmp/x&port=5433",
        "postgresql://%2Frun%2Fpostgresql/d",
    ],
)
def test_an_address_of_any_form_that_asyncpg_takes_is_taken(url: str) -> None:
    assert fault_of(url) is None


def test_every_setting_is_in_the_readme() -> None:
    from pathlib import Path

    from service.settings import PREFIX, Settings

    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`{PREFIX}{name.upper()}`" in readme
