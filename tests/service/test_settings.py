"""Settings are refused when they would silently do nothing."""

import pytest

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


def test_every_setting_is_in_the_readme() -> None:
    from pathlib import Path

    from service.settings import PREFIX, Settings

    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`{PREFIX}{name.upper()}`" in readme
