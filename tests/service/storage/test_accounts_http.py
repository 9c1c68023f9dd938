"""Accounts over HTTP: the real application on a real PostgreSQL."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
import structlog
from fastapi import FastAPI

from models.site.disclosure import OPEN, Disclosure
from service.access.roles import Action, Role
from service.access.visitor import Grant
from service.accounts.api_tokens import TokenScope
from service.accounts.people import People
from service.deployment import Deployment
from tests.service.application import application
from tests.service.pages.sample_snapshot import sample_site
from tests.service.storage.office import ADMINISTRATOR, BY, OPERATOR, PASSWORD, Clock, Office

pytestmark = pytest.mark.asyncio

HTTP = "http://boucle.test"
HTTPS = "https://boucle.test"
FORM = "/en/sign-in"


def app_of(office: Office, public_url: str | None = None) -> FastAPI:
    people = People(signing_in=office.signing_in, directory=office.directory, tokens=office.tokens)
    return application(people=people, deployment=Deployment(public_url=public_url))


def browser_of(office: Office, app: FastAPI, base_url: str = HTTP) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(office.address, 50_000))
    return httpx.AsyncClient(transport=transport, base_url=base_url)


@pytest_asyncio.fixture
async def browser(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(office, app_of(office)) as client:
        yield client


def csrf_in(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None
    return found[1]


async def sign_in(
    browser: httpx.AsyncClient, login: str, password: str = PASSWORD, path: str = FORM
) -> httpx.Response:
    csrf = csrf_in(await browser.get(path))
    return await browser.post(path, data={"login": login, "password": password, "csrf": csrf})


async def test_sign_in_and_out_with_forms_alone(office: Office, browser: httpx.AsyncClient) -> None:
    login = await office.somebody(OPERATOR)
    assert (await browser.get("/api/v1/me")).json()["login"] is None
    answer = await sign_in(browser, login)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/")
    me = (await browser.get("/api/v1/me")).json()
    assert me["login"] == login
    assert me["roles"] == [{"role": "operator", "site": OPERATOR.site, "taker": None}]

    page = await browser.get(FORM)
    assert f"({login})" in page.text
    stolen = browser.cookies["boucle"]
    answer = await browser.post("/en/sign-out", data={"csrf": csrf_in(page)})
    assert (answer.status_code, answer.headers["location"]) == (303, FORM)
    assert "boucle" not in browser.cookies
    browser.cookies.set("boucle", stolen)
    assert (await browser.get("/api/v1/me")).json()["login"] is None


async def test_the_cookie_over_https_is_bound_to_this_host(office: Office) -> None:
    login = await office.somebody(OPERATOR)
    async with browser_of(office, app_of(office, HTTPS), HTTPS) as browser:
        answer = await sign_in(browser, login)
    name, _, attributes = answer.headers["set-cookie"].partition("=")
    assert name == "__Host-boucle"
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert attribute in attributes
    assert "Domain" not in attributes


async def test_pages_with_forms_are_not_kept_and_post_to_themselves_only(
    browser: httpx.AsyncClient,
) -> None:
    page = await browser.get("/fr/connexion")
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "form-action 'none'" in (await browser.get("/fr/")).headers["content-security-policy"]
    assert 'autocomplete="current-password"' in page.text


async def test_a_session_gets_a_secret_that_nobody_could_plant(
    office: Office, browser: httpx.AsyncClient
) -> None:
    login = await office.somebody(OPERATOR)
    browser.cookies.set("boucle", "planted", domain="boucle.test")
    await sign_in(browser, login)
    assert browser.cookies["boucle"] != "planted"
    async with browser_of(office, app_of(office)) as thief:
        thief.cookies.set("boucle", "planted")
        assert (await thief.get("/api/v1/me")).json()["login"] is None


async def test_signing_in_again_ends_the_session_of_before(
    office: Office, browser: httpx.AsyncClient
) -> None:
    login, other = await office.somebody(OPERATOR), await office.somebody(OPERATOR)
    csrf = csrf_in(await browser.get(FORM))
    await sign_in(browser, login)
    earlier = browser.cookies["boucle"]
    csrf = (await browser.get("/api/v1/me")).json()["csrf"]
    fields = {"login": other, "password": PASSWORD, "csrf": csrf}
    assert (await browser.post(FORM, data=fields)).status_code == 303
    assert (await browser.get("/api/v1/me")).json()["login"] == other
    assert await office.signing_in.session(earlier) is None


async def test_an_expired_session_is_nobody(
    office: Office, browser: httpx.AsyncClient, clock: Clock
) -> None:
    await sign_in(browser, await office.somebody(ADMINISTRATOR))
    assert (await browser.get("/api/v1/accounts")).status_code == 200
    clock.pass_by(minutes=30)
    assert (await browser.get("/api/v1/accounts")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://boucle.test.evil.example"},
    ],
)
async def test_a_page_from_elsewhere_does_nothing_even_with_the_token(
    office: Office, browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await sign_in(browser, await office.somebody(ADMINISTRATOR))
    csrf = (await browser.get("/api/v1/me")).json()["csrf"]
    body = {"name": "n"}
    sent = {**headers, "x-csrf-token": csrf}
    refused = await browser.post("/api/v1/tokens", json=body, headers=sent)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_refused")
    form = await browser.post("/fr/deconnexion", data={"csrf": csrf}, headers=headers)
    assert form.status_code == 403
    assert (await browser.get("/api/v1/me")).json()["login"] is not None
    ours = {"origin": HTTP, "sec-fetch-site": "same-origin", "x-csrf-token": csrf}
    assert (await browser.post("/api/v1/tokens", json=body, headers=ours)).status_code == 201


async def test_every_unsafe_method_needs_the_token_of_its_own_session(
    office: Office, browser: httpx.AsyncClient
) -> None:
    login = await office.somebody(ADMINISTRATOR)
    begun = await office.signing_in.sign_in(login, PASSWORD, office.address)
    async with browser_of(office, app_of(office)) as other:
        other.cookies.set("boucle", begun.secret)
        others = (await other.get("/api/v1/me")).json()["csrf"]
    await sign_in(browser, login)
    for shown in ({}, {"x-csrf-token": ""}, {"x-csrf-token": others}):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            refused = await browser.request(method, "/api/v1/tokens", headers=shown)
            assert (refused.status_code, refused.json()["code"]) == (403, "csrf_refused")
    # A form of text/plain, which needs no leave of a browser to be sent, is no way around.
    refused = await browser.post("/en/sign-out", headers={"content-type": "text/plain"})
    assert refused.status_code == 403


async def test_nobody_is_signed_in_by_a_form_from_elsewhere(
    office: Office, browser: httpx.AsyncClient
) -> None:
    login = await office.somebody(OPERATOR)
    fields = {"login": login, "password": PASSWORD}
    assert (await browser.post(FORM, data=fields)).status_code == 403
    await browser.get(FORM)
    refused = await browser.post(FORM, data={**fields, "csrf": "0" * 64})
    assert refused.status_code == 403
    assert "not sent from this page" in refused.text
    assert "boucle" not in browser.cookies
    big = await browser.post(FORM, data={**fields, "more": "x" * 20_000})
    assert (big.status_code, big.json()["code"]) == (413, "form_too_large")


async def test_guessing_is_told_how_long_to_wait(
    office: Office, browser: httpx.AsyncClient, clock: Clock
) -> None:
    login = await office.somebody(OPERATOR)
    for _ in range(4):
        refused = await sign_in(browser, login, "not the password")
        assert refused.status_code == 401
        assert "not the password" not in refused.text
    refused = await sign_in(browser, login)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    clock.pass_by(seconds=2)
    assert (await sign_in(browser, login)).status_code == 303


async def test_a_password_of_somebody_else_is_changed_before_anything(
    office: Office, browser: httpx.AsyncClient
) -> None:
    login = await office.somebody(ADMINISTRATOR)
    await office.directory.set_password(BY, login, "given by another one")
    answer = await sign_in(browser, login, "given by another one")
    assert answer.headers["location"] == "/en/password"
    assert (await browser.get("/api/v1/accounts")).status_code == 403
    page = await browser.get("/en/password")
    fields = {"old": "given by another one", "new": "short", "csrf": csrf_in(page)}
    refused = await browser.post("/en/password", data=fields)
    assert refused.status_code == 422
    assert "fewer than 12" in refused.text
    fields |= {"old": "wrong", "new": "chosen by myself now"}
    assert (await browser.post("/en/password", data=fields)).status_code == 401
    fields |= {"old": "given by another one"}
    assert (await browser.post("/en/password", data=fields)).headers["location"] == "/en/"
    assert (await browser.get("/api/v1/accounts")).status_code == 200


async def test_an_administrator_manages_accounts_and_reads_the_audit(
    office: Office, browser: httpx.AsyncClient
) -> None:
    boss = await office.somebody(ADMINISTRATOR)
    await sign_in(browser, boss)
    browser.headers["x-csrf-token"] = (await browser.get("/api/v1/me")).json()["csrf"]
    login = f"{boss}.new"
    role = {"role": "heat_taker", "site": "a", "taker": "pool"}
    body = {"login": login, "display_name": "New", "password": PASSWORD, "roles": [role]}
    assert (await browser.post("/api/v1/accounts", json=body)).status_code == 201
    again = await browser.post("/api/v1/accounts", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "account_exists")
    shown = (await browser.get("/api/v1/accounts")).json()
    made = next(one for one in shown if one["login"] == login)
    assert made["must_change_password"]
    assert "argon2" not in str(shown)
    given = await browser.post(
        f"/api/v1/accounts/{login}/roles", json={"role": "operator", "site": "a"}
    )
    number = given.json()["id"]
    assert (await browser.delete(f"/api/v1/accounts/{login}/roles/{number}")).status_code == 204
    missing = await browser.delete(f"/api/v1/accounts/{login}/roles/{number}")
    assert (missing.status_code, missing.json()["code"]) == (404, "role_not_found")
    weak = await browser.post("/api/v1/accounts", json={**body, "password": "azertyuiop123"})
    assert (weak.status_code, weak.json()["code"]) == (422, "password_refused")
    assert "azertyuiop123" not in weak.text
    assert (await browser.post(f"/api/v1/accounts/{login}/disable")).status_code == 204

    page = (await browser.get("/api/v1/audit?limit=4")).json()
    told = [(one["action"], one["object"], one["who"]) for one in page["entries"]]
    assert told == [
        ("account_disabled", login, boss),
        ("role_revoked", login, boss),
        ("role_given", login, boss),
        ("role_given", login, boss),
    ]
    assert page["entries"][2]["site"] == "a"
    older = await browser.get("/api/v1/audit", params={"before": page["next_before"], "limit": 1})
    assert older.json()["entries"][0]["action"] == "account_created"


@pytest.mark.parametrize("who", ["nobody", "operator"])
async def test_others_manage_nothing(office: Office, browser: httpx.AsyncClient, who: str) -> None:
    if who == "operator":
        await sign_in(browser, await office.somebody(OPERATOR))
        browser.headers["x-csrf-token"] = (await browser.get("/api/v1/me")).json()["csrf"]
    body = {"login": "x1", "display_name": "X"}
    status = 401 if who == "nobody" else 403
    for answer in (
        await browser.get("/api/v1/accounts"),
        await browser.post("/api/v1/accounts", json=body),
        await browser.post("/api/v1/accounts/x/disable"),
        await browser.post("/api/v1/accounts/x/enable"),
        await browser.post("/api/v1/accounts/x/roles", json={"role": "planner"}),
        await browser.delete("/api/v1/accounts/x/roles/1"),
        await browser.get("/api/v1/audit"),
    ):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_token_is_shown_once_and_does_what_its_scope_says(
    office: Office, browser: httpx.AsyncClient, clock: Clock
) -> None:
    await sign_in(browser, await office.somebody(ADMINISTRATOR))
    browser.headers["x-csrf-token"] = (await browser.get("/api/v1/me")).json()["csrf"]
    asked = {"name": "export", "lasts_days": 30}
    made = (await browser.post("/api/v1/tokens", json=asked)).json()
    listed = (await browser.get("/api/v1/tokens")).json()
    assert made["token"] not in str(listed)
    assert [one["actions"] for one in listed] == [[]]

    async with browser_of(office, app_of(office)) as program:
        program.headers["authorization"] = f"Bearer {made['token']}"
        me = (await program.get("/api/v1/me")).json()
        assert me["token_actions"] == []
        assert me["csrf"] is None
        # What the scope leaves out: to administer, to write, to make tokens.
        assert (await program.get("/api/v1/accounts")).status_code == 403
        written = await program.post("/api/v1/accounts/x/disable")
        assert (written.status_code, written.json()["code"]) == (403, "token_only_reads")
        # What nobody can do there is not a matter of the token.
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            nothing = await program.request(method, "/api/v1/accounts")
            assert (nothing.status_code, nothing.headers["allow"]) == (405, "GET, HEAD, POST")
        assert (await program.get("/api/v1/tokens")).status_code == 403
        clock.pass_by(days=30)
        ended = await program.get("/api/v1/me")
        assert (ended.status_code, ended.json()["code"]) == (401, "token_refused")
        assert ended.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_that_administers_needs_no_form_token_and_ends_when_revoked(
    office: Office, browser: httpx.AsyncClient
) -> None:
    login, other = await office.somebody(ADMINISTRATOR), await office.somebody()
    account = await office.tokens.account_of(login)
    scope = TokenScope(
        name="sync",
        actions=frozenset({Action.MANAGE_ACCOUNTS}),
        sites=None,
        lasts=timedelta(days=1),
    )
    text, number = await office.tokens.create(BY, account, scope)
    browser.headers["authorization"] = f"bearer {text}"
    assert (await browser.post(f"/api/v1/accounts/{other}/disable")).status_code == 204
    await office.tokens.revoke(BY, account, number)
    assert (await browser.get("/api/v1/accounts")).status_code == 401


async def test_a_refused_token_is_not_made_good_by_a_cookie(
    office: Office, browser: httpx.AsyncClient
) -> None:
    await sign_in(browser, await office.somebody(ADMINISTRATOR))
    shown = {"authorization": "Bearer boucle_no"}
    assert (await browser.get("/api/v1/accounts", headers=shown)).status_code == 401


async def test_who_was_known_reads_on_while_the_database_is_away(
    office: Office, browser: httpx.AsyncClient
) -> None:
    await sign_in(browser, await office.somebody(OPERATOR))
    me = (await browser.get("/api/v1/me")).json()
    office.store.pool.terminate()
    assert (await browser.get("/api/v1/me")).json() == me
    header = {"x-csrf-token": me["csrf"]}
    away = await browser.post("/api/v1/tokens", json={"name": "n"}, headers=header)
    assert (away.status_code, away.json()["code"]) == (503, "store_away")
    browser.cookies.set("boucle", "somebody else")
    assert (await browser.get("/api/v1/me")).status_code == 503


async def test_who_reads_is_known_for_a_while_and_what_ends_here_ends_at_once(
    office: Office,
) -> None:
    people = People(signing_in=office.signing_in, directory=office.directory, tokens=office.tokens)
    app = application(people=people, known_for_s=3600.0)
    login = await office.somebody(OPERATOR)
    async with browser_of(office, app) as browser, browser_of(office, app) as copied:
        await sign_in(browser, login)
        copied.cookies = browser.cookies
        me = (await copied.get("/api/v1/me")).json()
        assert me["login"] == login
        # A role that is taken away elsewhere: who changes something is asked for each time, and
        # whoever did so makes this server ask for everybody.
        [given] = [roles for one, roles in await office.directory.all() if one.login == login]
        await office.directory.revoke(BY, login, given[0].grant_id)
        assert (await copied.get("/api/v1/me")).json() == me
        path = f"/api/v1/sites/{sample_site().identity.id}/breaches/none/acknowledgement"
        refused = await copied.post(
            path, json={"why": "seen"}, headers={"x-csrf-token": me["csrf"]}
        )
        assert refused.status_code == 403
        assert (await copied.get("/api/v1/me")).json()["roles"] == [
            {"role": "public", "site": None, "taker": None}
        ]
        # A session that ends here is over for whoever has its cookie.
        await browser.post("/en/sign-out", data={"csrf": me["csrf"]})
        assert (await copied.get("/api/v1/me")).json()["login"] is None


async def test_no_secret_is_in_a_log_or_an_address(
    office: Office, browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with structlog.testing.capture_logs() as logged:
        login = await office.somebody(ADMINISTRATOR)
        refused = await sign_in(browser, login, "not the right one")
        welcomed = await sign_in(browser, login)
        browser.headers["x-csrf-token"] = (await browser.get("/api/v1/me")).json()["csrf"]
        made = await browser.post("/api/v1/tokens", json={"name": "n"})
    secrets = (PASSWORD, "not the right one", browser.cookies["boucle"], made.json()["token"])
    told = " ".join(
        [
            str(logged),
            caplog.text,
            *(str(one.url) + str(one.headers.get("location")) for one in (refused, welcomed, made)),
        ]
    )
    for secret in secrets:
        assert secret not in told
        assert secret.replace(" ", "+") not in told


async def test_downloads_of_what_is_not_public_are_recorded_once_an_hour(office: Office) -> None:
    site = sample_site().identity.id
    login = await office.somebody(Grant(role=Role.OPERATOR, site=site))
    people = People(signing_in=office.signing_in, directory=office.directory, tokens=office.tokens)
    chain = f"/api/v1/sites/{site}/evidence/chain"
    for disclosure, recorded in ((OPEN, 0), (Disclosure(), 1)):
        app = application(people=people, disclosure=disclosure)
        async with browser_of(office, app) as browser:
            await sign_in(browser, login)
            for _ in range(3):
                answer = await browser.get(chain)
                assert answer.status_code == 200
                assert answer.headers["cache-control"] == "private, no-cache"
                assert "Cookie" in answer.headers["vary"]
        assert (await office.audited(login)).count("list_chain_entries") == recorded
    newest = (await office.directory.audit(None, 1))[0]
    assert (newest.who, newest.object, newest.site) == (login, chain, site)
    # Who may not has taken nothing away.
    other = await office.somebody(OPERATOR)
    async with browser_of(office, app) as browser:
        await sign_in(browser, other)
        assert (await browser.get(chain)).status_code == 403
    assert "list_chain_entries" not in await office.audited(other)


async def test_what_somebody_does_at_a_site_is_recorded(office: Office) -> None:
    site = sample_site().identity.id
    login = await office.somebody(Grant(role=Role.OPERATOR, site=site))
    async with browser_of(office, app_of(office)) as browser:
        await sign_in(browser, login)
        browser.headers["x-csrf-token"] = (await browser.get("/api/v1/me")).json()["csrf"]
        path = f"/api/v1/sites/{site}/breaches/none/acknowledgement"
        assert (await browser.post(path, json={"why": "seen"})).status_code == 404
        decided = path.replace("acknowledgement", "deadline")
        body = {"why": "later", "deadline": "2027-01-01"}
        assert (await browser.post(decided, json=body)).status_code == 403
    told = await office.audited(login)
    assert told.count("acknowledge_breach") == 1
    assert "move_breach_deadline" not in told
