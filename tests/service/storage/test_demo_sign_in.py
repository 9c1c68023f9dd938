"""Roles to click: in the server of the demo, and in no other whatever it is told."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from service.settings import PREFIX, Settings, SettingsError, read_settings
from service.storage.connection import open_pool
from service.storage.handover import offer_handover, take_handover
from tests.acceptance.running import ROOT, free_port

SITE = "deploy/sites/chapelle-international.yaml"
CLICK = "/en/demo-role"


def environ_of(url: str, folder: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "BOUCLE_DATABASE_URL": url,
        "BOUCLE_DATA_DIR": str(folder),
        **more,
    }


def every_setting(url: str, folder: Path) -> dict[str, str]:
    """Each BOUCLE_* variable there is, with a value that it takes."""
    taken = {
        "database_url": url,
        "data_dir": str(folder),
        "site": SITE,
        "statements": "deploy/statements.yaml",
    }
    for name, field in Settings.model_fields.items():
        if name in taken:
            continue
        if name.endswith("_url"):
            taken[name] = "http://127.0.0.1:9"
        elif name == "oidc_issuer":
            taken[name] = "https://sso.example"
        elif name.endswith("_port") and field.default is None:
            taken[name] = "1"
        elif name.startswith(("notify_", "oidc_")) or field.default is not None:
            taken[name] = str(field.default if field.default is not None else "1")
        else:
            taken[name] = str(folder / name)
    for name in ("notify_secret_file", "notify_smtp_password_file", "oidc_client_secret_file"):
        del taken[name]
    return {f"{PREFIX}{name.upper()}": value for name, value in taken.items()}


@contextmanager
def serving(
    environ: dict[str, str], told: bytes, *arguments: str
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    port = free_port()
    command = [sys.executable, "-m", "service", "serve", SITE, "--port", str(port), *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(told)
        process.stdin.close()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                yield process, client
        finally:
            process.terminate()
            process.wait(15)


def sign_in_page(process: subprocess.Popen[bytes], client: httpx.Client) -> httpx.Response:
    deadline = time.monotonic() + 30.0
    while True:
        assert process.poll() is None
        assert time.monotonic() < deadline
        try:
            return client.get("/en/sign-in")
        except httpx.TransportError:
            time.sleep(0.1)


def csrf_in(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None
    return found[1]


@pytest.mark.asyncio
async def test_the_server_of_the_demo_offers_each_role(shared_url: str, tmp_path: Path) -> None:
    line = await offer_handover(shared_url)
    environ = environ_of(shared_url, tmp_path)
    with serving(environ, line, "--handover") as (process, client):
        csrf = csrf_in(sign_in_page(process, client))
        for role in ("operator", "planner", "inspector", "administrator", "heat_taker"):
            clicked = client.post(CLICK, data={"role": role, "csrf": csrf})
            assert (clicked.status_code, clicked.headers["location"]) == (303, "/en/")
            me = client.get("/api/v1/me").json()
            assert [one["role"] for one in me["roles"]] == [role]
            csrf = me["csrf"]
        refused = client.post(CLICK, data={"role": "administrator"})
        assert refused.status_code == 403
    # What was said once is of no use to another server.
    async with open_pool(shared_url) as pool:
        assert not await take_handover(pool, line)


def test_no_setting_and_no_request_makes_another_server_offer_them(
    shared_url: str, tmp_path: Path
) -> None:
    (tmp_path / "profiles").mkdir()
    environ = {**os.environ, **every_setting(shared_url, tmp_path)}
    with serving(environ, b"anything\n") as (process, client):
        page = sign_in_page(process, client)
        assert CLICK not in page.text
        # A provider does not offer them either.
        assert "/en/sign-in/provider" in page.text
        csrf = csrf_in(page)
        for sent in (
            client.post(CLICK, data={"role": "administrator", "csrf": csrf}),
            client.post(f"{CLICK}?demo=1&handover=1", data={"role": "operator", "csrf": csrf}),
            client.post(CLICK, data={"csrf": csrf}, headers={"x-demo": "1", "handover": "1"}),
        ):
            assert sent.status_code == 404
        assert client.get("/api/v1/me").json()["login"] is None
        # Their accounts have no password, so that the form does not open them either.
        fields = {"login": "demo.administrator", "password": "", "csrf": csrf}
        assert client.post("/en/sign-in", data=fields).status_code == 401


def test_a_server_that_is_told_a_lie_does_not_start(shared_url: str, tmp_path: Path) -> None:
    with serving(environ_of(shared_url, tmp_path), b"guessed\n", "--handover") as (process, _):
        assert process.wait(30) == 2
        assert process.stderr is not None
        assert b"--handover is for the server that boucle demo starts" in process.stderr.read()


@pytest.mark.asyncio
async def test_only_the_newest_line_counts_and_once(shared_url: str) -> None:
    earlier = await offer_handover(shared_url)
    newest = await offer_handover(shared_url)
    async with open_pool(shared_url) as pool:
        for told in (b"", b"\n", b"\xff" * 1000, earlier):
            assert not await take_handover(pool, told)
        assert await take_handover(pool, newest)
        assert not await take_handover(pool, newest)
        late = await offer_handover(shared_url)
        await pool.execute("update demo_handover set made_at = now() - interval '2 minutes'")
        assert not await take_handover(pool, late)


@pytest.mark.parametrize("name", ["BOUCLE_DEMO", "BOUCLE_HANDOVER", "BOUCLE_DEMO_ROLES"])
def test_no_such_variable_is_known(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError, match=name):
        read_settings()
