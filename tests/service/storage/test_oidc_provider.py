"""Signing in and out with a real provider, node-oidc-provider, over real sockets."""

import asyncio
import base64
import hashlib
import hmac
import html
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from structlog.testing import capture_logs

from service.accounts.account import Identity
from service.accounts.directory import NewAccount
from service.accounts.errors import AccountExistsError, VouchedAccountError
from service.accounts.people import People, sign_on_of
from service.deployment import Deployment
from service.oidc.client import OidcClient
from service.oidc.errors import TokenRefusedError
from service.oidc.provider import Provider
from service.oidc.tokens import Expected, check_id_token
from service.oidc.vouching import login_for
from tests.conftest import TOOLS, require_part
from tests.service.application import application
from tests.service.storage.office import BY, OPERATOR, PASSWORD, Office
from tests.service.storage.oidc_peer import OidcPeer, query_of, serving, walked

pytestmark = pytest.mark.asyncio

START, SIGN_IN = "/en/sign-in/provider", "/en/sign-in"
CALLBACK, BACK_CHANNEL = "/oidc/callback", "/oidc/backchannel-logout"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture(scope="module")
def peer(node_tools: Path) -> Iterator[OidcPeer]:
    require_part((TOOLS / "node_modules" / "oidc-provider").is_dir(), "oidc-provider of npm")
    with serving(node_tools) as found:
        yield found


@asynccontextmanager
async def served(office: Office, client: OidcClient) -> AsyncIterator[httpx.AsyncClient]:
    """The application on its port, and a browser that goes there and to the provider."""
    people = People(
        signing_in=office.signing_in,
        directory=office.directory,
        tokens=office.tokens,
        sign_on=sign_on_of(client, office.store),
    )
    config = uvicorn.Config(
        application(people=people, deployment=Deployment(public_url=client.public_url)),
        host="127.0.0.1",
        port=urlsplit(client.public_url).port or 0,
        log_level="error",
        lifespan="on",
        ws="none",
    )
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        try:
            async with browser_of(client) as browser:
                yield browser
        finally:
            server.should_exit = True


def browser_of(client: OidcClient) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=client.public_url)


@pytest_asyncio.fixture
async def browser(office: Office, peer: OidcPeer) -> AsyncIterator[httpx.AsyncClient]:
    async with served(office, peer.client()) as found:
        yield found


@pytest.fixture
def person(peer: OidcPeer) -> str:
    """Somebody whom only this test knows."""
    sub = f"agent-{uuid4().hex[:12]}"
    claims = {"name": "Léa Martin", "email": "lea.martin@example.org"}
    peer.command("person", sub=sub, claims=claims)
    return sub


def login_of(peer: OidcPeer, sub: str) -> str:
    return login_for(Identity(issuer=peer.issuer, subject=sub))


async def came_back(browser: httpx.AsyncClient, peer: OidcPeer, sub: str) -> str:
    """Where the provider sends the browser, which has not gone there yet."""
    answer = await browser.get(START)
    assert answer.status_code == 303, answer.text
    return await walked(browser, answer.headers["location"], sub, f"{peer.base}{CALLBACK}")


async def signed_in(browser: httpx.AsyncClient, peer: OidcPeer, sub: str) -> httpx.Response:
    return await browser.get(await came_back(browser, peer, sub))


async def me(browser: httpx.AsyncClient) -> str | None:
    found: str | None = (await browser.get("/api/v1/me")).json()["login"]
    return found


async def test_somebody_new_gets_an_account_without_a_role(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    page = await browser.get(SIGN_IN)
    assert "Sign in with City SSO" in page.text
    left = await browser.get(START)
    asked = query_of(left.headers["location"])
    assert asked["redirect_uri"] == f"{peer.base}{CALLBACK}"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert "HttpOnly" in left.headers["set-cookie"]
    for secret in (peer.client().client_secret, browser.cookies["boucle-flow"]):
        assert secret not in left.headers["location"]

    answer = await signed_in(browser, peer, person)
    assert (answer.status_code, answer.headers["location"]) == (303, SIGN_IN)
    login = login_of(peer, person)
    assert await me(browser) == login
    page = await browser.get(SIGN_IN)
    assert "Léa Martin" in page.text
    assert "Ask an administrator" in page.text
    assert "/en/password" not in page.text
    assert (await browser.get("/en/password")).status_code == 303
    assert await office.audited(login) == ["account_created", "signed_in"]
    assert "boucle-flow" not in browser.cookies


async def test_an_account_made_before_is_found_by_its_subject_alone(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    # the same mail address as somebody with a password: another person nevertheless
    namesake = f"u{uuid4().hex[:12]}"
    new = NewAccount(
        login=namesake, display_name="Léa", email="lea.martin@example.org", password=PASSWORD
    )
    await office.directory.add(BY, new)
    login = f"u{uuid4().hex[:12]}"
    identity = Identity(issuer=peer.issuer, subject=person)
    known = NewAccount(login=login, display_name="Léa", identity=identity, grants=(OPERATOR,))
    await office.directory.add(BY, known)
    answer = await signed_in(browser, peer, person)
    assert (answer.headers["location"], await me(browser)) == ("/en/", login)

    with pytest.raises(AccountExistsError):
        await office.directory.add(
            BY, NewAccount(login=f"{login}2", display_name="Léa", identity=identity)
        )
    with pytest.raises(VouchedAccountError):
        await office.directory.set_password(BY, login, PASSWORD)
    with pytest.raises(VouchedAccountError):
        await office.directory.add(
            BY,
            NewAccount(login=f"{login}3", display_name="x", identity=identity, password=PASSWORD),
        )


async def test_a_session_gets_a_secret_that_nobody_could_plant(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    browser.cookies.set("boucle", "planted", domain="127.0.0.1")
    await signed_in(browser, peer, person)
    first = browser.cookies["boucle"]
    assert first != "planted"
    await signed_in(browser, peer, person)
    assert browser.cookies["boucle"] != first
    browser.cookies.set("boucle", first, domain="127.0.0.1")
    assert await me(browser) is None


async def test_an_answer_counts_once_and_in_the_browser_that_asked(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    address = await came_back(browser, peer, person)
    flow = browser.cookies["boucle-flow"]
    forged = address.replace("state=", "state=x")
    async with browser_of(peer.client()) as thief:
        for url in (address, forged, CALLBACK):
            answer = await thief.get(url, headers={"Accept-Language": "en"})
            assert (answer.status_code, "another browser" in answer.text) == (400, True)
        # a browser on a way of its own, given the answer of another's
        await thief.get(START)
        assert (await thief.get(address)).status_code == 400
        assert await me(thief) is None
    office.clock.pass_by(minutes=10)
    assert (await browser.get(address)).status_code == 400
    office.clock.pass_by(minutes=-10)
    browser.cookies.set("boucle-flow", flow, domain="127.0.0.1")
    answer = await browser.get(forged)
    assert answer.status_code == 400
    browser.cookies.set("boucle-flow", flow, domain="127.0.0.1")
    assert (await browser.get(address)).status_code == 303
    browser.cookies.set("boucle-flow", flow, domain="127.0.0.1")
    again = await browser.get(address)
    assert (again.status_code, "did not sign you in" in again.text) == (401, True)


async def test_the_code_of_somebody_else_is_of_no_use(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    """The provider itself refuses it: its challenge was another's."""
    mine = await came_back(browser, peer, person)
    async with browser_of(peer.client()) as other:
        theirs = await came_back(other, peer, f"{person}-2")
    code, own = query_of(theirs)["code"], query_of(mine)["code"]
    answer = await browser.get(mine.replace(own, code))
    assert answer.status_code == 401
    assert await me(browser) is None


async def test_an_answer_that_names_another_issuer_or_none_is_refused(
    peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    for change in (r"iss=[^&]+", "iss=https%3A%2F%2Fother.example"), (r"&iss=[^&]+", ""):
        address = await came_back(browser, peer, person)
        answer = await browser.get(re.sub(*change, address))
        assert (answer.status_code, "cannot be taken" in answer.text) == (502, True)


async def test_a_refusal_of_the_provider_is_told(
    peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    left = await browser.get(START.replace("/en/sign-in/provider", "/fr/connexion/fournisseur"))
    page = await browser.get(left.headers["location"])
    uid = page.headers["location"]
    answer = await walked(browser, f"{peer.issuer}{uid}/abort", person, f"{peer.base}{CALLBACK}")
    assert query_of(answer)["error"] == "access_denied"
    told = await browser.get(answer)
    assert (told.status_code, "refus ou abandon" in told.text) == (401, True)
    assert told.headers["cache-control"] == "no-store"


async def test_another_site_cannot_send_somebody_to_the_provider(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get(START, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["location"] == SIGN_IN


async def test_a_disabled_account_stays_out(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    await signed_in(browser, peer, person)
    login = login_of(peer, person)
    await office.directory.disable(BY, login)
    answer = await signed_in(browser, peer, person)
    assert (answer.status_code, "disabled" in answer.text) == (403, True)
    assert await me(browser) is None
    assert (await office.audited(login))[-1] == "sign_in_failed"


async def test_claims_as_a_signed_token_and_the_secret_in_the_form(
    office: Office, peer: OidcPeer
) -> None:
    sub = f"agent-{uuid4().hex[:12]}"
    peer.command("person", sub=sub, claims={"given_name": "Léa", "usual_name": "Martin"})
    client = peer.client("signed", scopes=("openid", "given_name", "usual_name"))
    async with served(office, client) as browser:
        await signed_in(browser, peer, sub)
        assert "Léa Martin" in (await browser.get(SIGN_IN)).text


async def test_a_level_of_assurance_that_is_not_there_is_refused(
    office: Office, peer: OidcPeer, person: str
) -> None:
    async with served(office, peer.client(acr=("eidas2",))) as browser:
        answer = await signed_in(browser, peer, person)
    assert (answer.status_code, "cannot be taken" in answer.text) == (502, True)


@pytest.mark.parametrize("client_id", ["boucle", "signed"])
async def test_a_wrong_secret_of_ours_is_not_told_as_a_refusal_of_the_person(
    office: Office, peer: OidcPeer, person: str, client_id: str
) -> None:
    scopes = ("openid",)
    client = peer.client(client_id, client_secret="another & longer", scopes=scopes)
    with capture_logs() as lines:
        async with served(office, client) as browser:
            answer = await signed_in(browser, peer, person)
    assert (answer.status_code, "tell an administrator" in answer.text) == (502, True)
    assert lines[0]["reason"] == "invalid_client"


async def test_a_token_of_another_client_and_an_old_one_are_refused(
    office: Office, peer: OidcPeer, person: str
) -> None:
    other = peer.client("other")
    provider = Provider(other)
    async with served(office, other) as browser:
        left = (await browser.get(START)).headers["location"]
        asked = query_of(left)
        # the same way without PKCE's cookie: the test exchanges the code itself
        verifier = "v" * 43
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64url(digest).decode()
        address = left.replace(asked["code_challenge"], challenge)
        back = await walked(browser, address, person, f"{peer.base}{CALLBACK}")
        granted = await provider.exchanged(query_of(back)["code"], verifier)
    heading, claims = await Provider(peer.client()).verified(granted.id_token)
    now = datetime.now(UTC)

    def check(client_id: str, at: datetime, nonce: str = asked["nonce"]) -> None:
        expected = Expected(issuer=peer.issuer, client_id=client_id, now=at)
        token = granted.access_token
        check_id_token(claims, heading, expected, nonce=nonce, access_token=token, acr=())

    check("other", now)
    with pytest.raises(TokenRefusedError, match="aud"):
        check("boucle", now)
    with pytest.raises(TokenRefusedError, match="exp"):
        check("other", datetime.fromtimestamp(claims["exp"] + 61, UTC))
    with pytest.raises(TokenRefusedError, match="nonce"):
        check("other", now, "nonce of another")


async def test_an_expired_token_brings_nobody_in(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    peer.command("id_token_lasts", seconds=1)
    try:
        address = await came_back(browser, peer, person)
        office.clock.pass_by(seconds=120)
        answer = await browser.get(address)
    finally:
        peer.command("id_token_lasts", seconds=600)
    assert (answer.status_code, await me(browser)) == (502, None)


async def test_new_keys_of_the_provider_are_fetched_when_they_are_used(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    before = peer.command("asked").get("/jwks", 0)
    await signed_in(browser, peer, person)
    await signed_in(browser, peer, person)
    assert peer.command("asked")["/jwks"] == before + 1
    peer.command("rotate", kid=uuid4().hex[:8])
    await signed_in(browser, peer, person)
    assert await me(browser) == login_of(peer, person)
    assert peer.command("asked")["/jwks"] == before + 2
    # keys that nobody has make nobody ask again at once
    for _ in range(3):
        assert (await told_to_end(browser, forged_logout(peer, RSAKey.generate_key()))) == 400
    assert peer.command("asked")["/jwks"] == before + 2


async def test_signing_out_here_signs_out_there_and_comes_back(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    await signed_in(browser, peer, person)
    csrf = (await browser.get("/api/v1/me")).json()["csrf"]
    page = await browser.post("/en/sign-out", data={"csrf": csrf})
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert await me(browser) is None
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    assert found is not None
    address = html.unescape(found[1])
    asked = query_of(address)
    assert asked["post_logout_redirect_uri"] == f"{peer.base}/oidc/signed-out"
    assert asked["id_token_hint"].count(".") == 2
    back = await walked(browser, address, person, peer.base)
    answer = await browser.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, SIGN_IN)
    # signed out there, too: the provider asks for the name again
    left = (await browser.get(START)).headers["location"]
    asks = await browser.get(left)
    asks = await browser.get(peer.issuer + asks.headers["location"])
    assert "Enter any login" in asks.text
    login = login_of(peer, person)
    assert (await office.audited(login))[-1] == "signed_out"


async def test_signing_out_there_ends_the_session_here(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    await signed_in(browser, peer, person)
    async with browser_of(peer.client()) as second:
        await signed_in(second, peer, person)
        await walked(browser, f"{peer.issuer}/session/end", person, f"{peer.issuer}/session/end/s")
        assert await me(browser) is None
        # another sign-in of the same person goes on
        assert await me(second) == login_of(peer, person)


def logout_claims(peer: OidcPeer, **changes: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": peer.issuer,
        "aud": "boucle",
        "iat": now,
        "exp": now + 120,
        "jti": uuid4().hex,
        "sub": "agent",
        "events": {LOGOUT: {}},
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def forged_logout(peer: OidcPeer, key: RSAKey) -> str:
    header = {"alg": "RS256", "kid": uuid4().hex, "typ": "logout+jwt"}
    return jwt.encode(header, logout_claims(peer), key)


def by_hand(header: dict[str, str], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """What no library signs."""
    signed = b".".join(base64url(json.dumps(one).encode()) for one in (header, claims))
    return (signed + b"." + base64url(sign(signed))).decode()


def base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


async def told_to_end(browser: httpx.AsyncClient, token: str) -> int:
    return (await browser.post(BACK_CHANNEL, data={"logout_token": token})).status_code


async def test_a_logout_that_the_provider_did_not_sign_ends_nothing(
    office: Office, peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    await signed_in(browser, peer, person)
    public = (await browser.get(f"{peer.issuer}/jwks")).json()["keys"][0]
    pem = RSAKey.import_key(public).as_pem(private=False)
    claims = logout_claims(peer, sub=person)
    unsigned = by_hand({"alg": "none"}, claims, lambda _: b"")
    header = {"alg": "HS256", "kid": public["kid"]}
    confused = by_hand(header, claims, lambda text: hmac.digest(pem, text, "sha256"))
    stolen = jwt.encode({"alg": "RS256", "kid": public["kid"]}, claims, RSAKey.generate_key())
    for token in (unsigned, confused, stolen, "", "a.b.c", "é.é.é"):
        assert await told_to_end(browser, token) == 400
    assert await me(browser) == login_of(peer, person)
    assert (await browser.get(BACK_CHANNEL)).status_code == 405
    assert (await browser.post(BACK_CHANNEL, content=b"x" * 20_000)).status_code == 413


async def test_what_is_refused_is_told_in_the_log_and_no_secret_with_it(
    peer: OidcPeer, browser: httpx.AsyncClient, person: str
) -> None:
    with capture_logs() as lines:
        mine = await came_back(browser, peer, person)
        code = query_of(mine)["code"]
        await browser.get(mine.replace(code, "no-code-of-anybody"))
        token = forged_logout(peer, RSAKey.generate_key())
        for _ in range(50):
            await told_to_end(browser, token)
        await signed_in(browser, peer, person)
    events = [one["event"] for one in lines]
    assert events == ["oidc_code_refused", "oidc_token_refused"]
    assert lines[0]["reason"] == "invalid_grant"
    told = str(lines)
    for secret in (code, token, query_of(mine)["state"], peer.client().client_secret, person):
        assert secret not in told


async def test_a_provider_that_is_away_keeps_nobody_with_a_password_out(
    office: Office, node_tools: Path, peer: OidcPeer
) -> None:
    local = await office.somebody(OPERATOR)
    with serving(node_tools) as mortal:
        async with served(office, mortal.client()) as browser:
            address = await came_back(browser, mortal, "agent")
            mortal.process.kill()
            mortal.process.wait()
            answer = await browser.get(address)
            assert (answer.status_code, "does not answer" in answer.text) == (503, True)
            assert await told_to_end(browser, forged_logout(peer, RSAKey.generate_key())) == 503
        async with served(office, mortal.client()) as browser:
            answer = await browser.get(START)
            assert (answer.status_code, "does not answer" in answer.text) == (503, True)
            found = re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.text)
            assert found is not None
            fields = {"login": local, "password": PASSWORD, "csrf": found[1]}
            assert (await browser.post(SIGN_IN, data=fields)).status_code == 303
            assert await me(browser) == local
