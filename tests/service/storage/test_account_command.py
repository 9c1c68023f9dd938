"""``boucle account`` and ``boucle token`` as somebody types them, on a real database."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from service.__main__ import main
from service.access.roles import Action, Role
from service.accounts.tokens import PATTERN, is_token
from service.commands.account_arguments import ACTIONS, ROLES

PASSWORD = "three quiet herons at noon"


@pytest.fixture
def login(shared_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BOUCLE_DATABASE_URL", shared_url)
    return f"c{uuid4().hex[:10]}"


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n", "utf-8")
    return str(path)


def test_an_account_from_its_first_day_to_its_last(
    login: str, password_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    account = ("account", "add", login, "--name", "Marie", "--role", "administrator")
    assert main([*account, "--password-file", password_file]) == 0
    assert main(["account", "grant", login, "--role", "operator", "--at", "a"]) == 0
    number = capsys.readouterr().out.split("role ")[1].split(":")[0]
    assert main(["account", "revoke", login, number]) == 0
    assert main(["account", "password", login, "--password-file", password_file]) == 0
    assert main(["account", "list"]) == 0
    out = capsys.readouterr().out
    assert f"{login:<24} Marie\n  role " in out
    assert "administrator, all sites" in out
    assert "operator, a" not in out
    assert main(["account", "add", f"{login}2", "--no-password", "--role", "administrator"]) == 0
    assert main(["account", "disable", login]) == 0
    assert main(["account", "list"]) == 0
    assert "(disabled " in capsys.readouterr().out
    assert main(["account", "erase", login]) == 0
    assert main(["account", "list"]) == 0
    assert "Marie" not in capsys.readouterr().out


def test_an_account_is_made_before_its_provider_vouches_for_it(
    login: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add = ["account", "add", login, "--oidc-subject", f"agent {login}", "--role", "planner"]
    assert main(add) == 2
    assert "set BOUCLE_OIDC_ISSUER" in capsys.readouterr().err
    for name, value in {
        "OIDC_ISSUER": "https://sso.example",
        "OIDC_CLIENT_ID": "boucle",
        "OIDC_CLIENT_SECRET": "s3cret",
        "PUBLIC_URL": "https://boucle.example",
    }.items():
        monkeypatch.setenv(f"BOUCLE_{name}", value)
    assert main(add) == 0
    assert main(["account", "list"]) == 0
    out = capsys.readouterr().out
    assert f"{login:<24} {login}  (signs in with sso.example)\n  role " in out
    assert main(add) == 2
    assert "already" in capsys.readouterr().err


def test_a_token_is_printed_once(
    login: str, password_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["account", "add", login, "--password-file", password_file]) == 0
    assert main(["token", "create", login, "--name", "Grafana", "--days", "30"]) == 0
    found = PATTERN.search(capsys.readouterr().out)
    assert found is not None
    assert is_token(found[0])
    assert main(["token", "list", login]) == 0
    out = capsys.readouterr().out
    assert "Grafana: read; all sites; until " in out
    assert "boucle_" not in out
    assert main(["token", "revoke", login, out.split()[0]]) == 0
    assert main(["token", "list", login]) == 0
    assert "revoked" in capsys.readouterr().out


def test_somebody_gets_all_that_is_kept_of_them_and_no_secret(
    login: str, password_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    account = ("account", "add", login, "--name", "Marie", "--role", "operator", "--at", "a")
    assert main([*account, "--password-file", password_file]) == 0
    assert main(["token", "create", login, "--name", "Grafana", "--days", "30"]) == 0
    capsys.readouterr()
    assert main(["account", "export", login]) == 0
    out = capsys.readouterr().out
    told = json.loads(out)
    assert told["account"]["display_name"] == "Marie"
    assert [one["role"] for one in told["roles"]] == ["operator"]
    assert [one["name"] for one in told["tokens"]] == ["Grafana"]
    assert told.keys() == {
        "account",
        "roles",
        "sessions",
        "tokens",
        "audit",
        "taken_in_charge",
        "breach_events",
    }
    assert "argon2" not in out
    assert "sha256" not in out
    assert main(["account", "export", "nobody.at.all"]) != 0


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("account", "disable", "nobody.at.all"), "boucle account list"),
        (("account", "grant", "nobody.at.all", "--role", "planner"), "boucle account list"),
        (("account", "add", "n"), "--password-file"),
        (("account", "add", "A!", "--no-password"), "no login name"),
        (("account", "add", "ok", "--password-file", "/nowhere"), "/nowhere"),
        (("token", "list", "nobody.at.all"), "boucle account list"),
    ],
)
def test_what_cannot_be_done_names_its_remedy(
    login: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(list(typed)) == 2
    assert told in capsys.readouterr().err


def test_every_role_and_action_can_be_typed() -> None:
    assert set(ROLES) == {one.value for one in Role} - {"public"}
    assert set(ACTIONS) == {one.value for one in Action}


def test_a_password_is_asked_for_at_the_terminal_and_not_shown(login: str) -> None:
    there, here = pty.openpty()
    command = [sys.executable, "-m", "service", "account", "add", login]
    with subprocess.Popen(
        command, stdin=here, stdout=here, stderr=here, start_new_session=True
    ) as process:
        os.close(here)
        shown = b""
        for question in (b"Password: ", b"Again: "):
            while question not in shown:
                shown += os.read(there, 1024)
            os.write(there, f"{PASSWORD}\n".encode())
        while b"may sign in" not in shown:
            shown += os.read(there, 1024)
        assert process.wait(20) == 0
    os.close(there)
    assert PASSWORD.encode() not in shown
