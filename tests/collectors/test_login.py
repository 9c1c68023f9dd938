"""Secrets: read from where the site file says, when they are needed, and told to nobody."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.user_managers import UserManager
from pydantic import ValidationError

from collectors.errors import LinkDown, SecretMissing
from collectors.health import HealthTracker
from collectors.installation import OpcUaLink
from collectors.login import Login, SecretPlace
from collectors.opcua.link import AsyncuaLink
from models.trouble.trouble import Cause, Trouble
from service.logs import without_secrets
from tests.collectors.builders import named, opcua_link
from tests.collectors.opcua_peer import free_port, serving

PASSWORD = "s3cret@of/the:bms"


class OneUser(UserManager):
    def get_user(
        self,
        iserver: Any,
        username: str | None = None,
        password: str | None = None,
        certificate: Any = None,
    ) -> User | None:
        del iserver, certificate
        return User(role=UserRole.User) if (username, password) == ("bms", PASSWORD) else None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port() -> AsyncIterator[int]:
    port = free_port()
    async with serving(port, {"M1.a": 20.5}, user_manager=OneUser()):
        yield port


def link_with(port: int, password_file: Path) -> OpcUaLink:
    login = Login(
        user=SecretPlace(env="TEST_BMS_USER"), password=SecretPlace(file=str(password_file))
    )
    return opcua_link(port, login=login)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_login_is_read_anew_for_each_session(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.opcua.link.CONNECT_PAUSE_S", 0.0)
    file = tmp_path / "password"
    link = AsyncuaLink(link_with(port, file))
    with pytest.raises(SecretMissing, match="variable TEST_BMS_USER is not set"):
        await link.read([named("M1.a")])

    monkeypatch.setenv("TEST_BMS_USER", "bms")
    with pytest.raises(SecretMissing, match="No such file"):
        await link.read([named("M1.a")])

    file.write_text("an old one\n", encoding="utf-8")
    with pytest.raises(LinkDown) as refused:
        await link.read([named("M1.a")])
    assert "an old one" not in str(refused.value)

    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    reply = await link.read([named("M1.a")])
    assert [v.value for v in reply.values] == [20.5]
    await link.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_link_without_login_is_anonymous(port: int) -> None:
    link = AsyncuaLink(opcua_link(port))
    with pytest.raises(LinkDown):
        await link.read([named("M1.a")])
    await link.close()


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        (PASSWORD, "does not stand in the site file"),
        ({}, "needs one place"),
        ({"env": "A", "file": "/b"}, "needs one place"),
        ({"env": "BOUCLE_BMS"}, "name the variable otherwise"),
        ({"file": "relative"}, "should match pattern"),
    ],
)
def test_what_is_no_place_is_refused_with_the_remedy(given: object, remedy: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SecretPlace.model_validate(given)
    assert remedy in refused.value.errors()[0]["msg"]


def test_what_slips_into_a_message_is_taken_out_of_state_and_log() -> None:
    said = f"cannot reach opc.tcp://bms:{PASSWORD}@10.0.0.5:4840 at all"
    tracker = HealthTracker("d", "bms")
    tracker.failed(Cause(Trouble.LOGIN_REFUSED, said), 0.1)
    event = {"event": "device_lost", "error": said, "count": 3, "all": [said]}
    line = without_secrets(None, "error", event)
    for text in (str(tracker.health.last_error), line["error"], *line["all"]):
        assert text == "cannot reach opc.tcp://…@10.0.0.5:4840 at all"
    assert line["count"] == 3
