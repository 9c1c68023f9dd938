"""The cookie of the way to the provider, names out of claims, and the settings of a client."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.accounts.account import Identity
from service.errors import UserError
from service.oidc.client import client_of
from service.oidc.errors import FlowLostError
from service.oidc.flow import cookie_of, flow_key, flow_of, new_flow
from service.oidc.vouching import email_in, login_for, name_in
from service.settings import Settings

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
KEY = flow_key("secret of the client")
FULL = {
    "oidc_issuer": "https://sso.example",
    "oidc_client_id": "boucle",
    "oidc_client_secret": "s3cret",
    "public_url": "https://boucle.example/",
}


def test_a_browser_comes_back_with_its_own_cookie_and_state() -> None:
    flow = new_flow("en", NOW)
    cookie = cookie_of(flow, KEY)
    found = flow_of(cookie, flow.state, KEY, NOW + timedelta(minutes=9))
    assert found == flow
    assert flow.secret not in repr(flow)
    assert len({flow.secret, flow.state, flow.nonce, flow.verifier, flow.challenge}) == 5
    assert flow.ends == NOW + timedelta(minutes=10)


def test_another_cookie_or_state_or_hour_is_lost() -> None:
    flow, other = new_flow("en", NOW), new_flow("en", NOW)
    cookie = cookie_of(flow, KEY)
    in_french = cookie.replace(".en.", ".fr.")
    later = cookie.replace(str(flow.ends_at), str(flow.ends_at + 600))
    foreign = cookie_of(flow, flow_key("another"))
    for shown in (in_french, later, foreign, "", "...", cookie[:-1], "é", cookie_of(other, KEY)):
        with pytest.raises(FlowLostError):
            flow_of(shown, flow.state, KEY, NOW)
    for state in ("", "x", other.state, "é"):
        with pytest.raises(FlowLostError):
            flow_of(cookie, state, KEY, NOW)
    with pytest.raises(FlowLostError):
        flow_of(cookie, flow.state, KEY, NOW + timedelta(minutes=10))


def test_a_login_name_is_of_issuer_and_subject_and_tells_neither() -> None:
    one = login_for(Identity(issuer="https://a.example", subject="lea"))
    assert one == login_for(Identity(issuer="https://a.example", subject="lea"))
    assert one != login_for(Identity(issuer="https://b.example", subject="lea"))
    assert "lea" not in one


def test_names_are_taken_from_claims_that_have_them() -> None:
    assert name_in({"name": " Léa\x00 Martin "}) == "Léa Martin"
    assert name_in({"given_name": "Léa", "usual_name": "Martin"}) == "Léa Martin"
    assert name_in({"given_name": "Léa", "family_name": "Martin"}) == "Léa Martin"
    assert name_in({"name": 7, "given_name": ["x"]}) is None
    assert len(name_in({"given_name": "a" * 100, "usual_name": "b" * 100}) or "") == 120
    assert email_in({"email": "a@b.example"}) == "a@b.example"
    assert email_in({"email": "nobody"}) is None


def settings_of(**fields: object) -> Settings:
    return Settings.model_validate(fields)


def test_without_a_provider_there_is_none() -> None:
    assert client_of(settings_of(public_url="https://boucle.example")) is None


def test_a_client_is_what_the_settings_say(tmp_path: Path) -> None:
    client = client_of(settings_of(**FULL, oidc_acr="eidas1 eidas2"))
    assert client is not None
    assert client.redirect_uri == "https://boucle.example/oidc/callback"
    assert (client.name, client.acr) == ("sso.example", ("eidas1", "eidas2"))
    assert client.scopes == ("openid", "email", "profile")
    assert "s3cret" not in repr(client)
    assert "s3cret" not in repr(settings_of(**FULL))
    file = tmp_path / "secret"
    file.write_text("s3cret\n", encoding="utf-8")
    from_file = {**FULL, "oidc_client_secret": None, "oidc_client_secret_file": file}
    same = client_of(settings_of(**from_file, oidc_acr="eidas1 eidas2"))
    assert same == client


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"oidc_issuer": None}, "set BOUCLE_OIDC_ISSUER$"),
        ({"oidc_client_id": None}, "BOUCLE_OIDC_CLIENT_ID"),
        ({"oidc_client_secret": None}, "BOUCLE_OIDC_CLIENT_SECRET"),
        ({"oidc_client_secret": ""}, "empty"),
        ({"oidc_client_secret_file": "/nowhere"}, "both set"),
        ({"public_url": None}, "BOUCLE_PUBLIC_URL"),
        ({"oidc_scopes": "email"}, "openid"),
        ({"oidc_issuer": "http://sso.example"}, "https"),
        ({"oidc_issuer": "sso.example"}, "no address"),
        ({"oidc_issuer": "https://u:p@sso.example"}, "no address"),
        ({"oidc_issuer": "https://sso.example/?a=b"}, "no address"),
        ({"oidc_issuer": "ftp://sso.example"}, "https"),
    ],
)
def test_a_client_that_cannot_work_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(UserError, match=told) as refused:
        client_of(settings_of(**{**FULL, **changes}))
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "alone", [{"oidc_name": "ProConnect"}, {"oidc_acr": "eidas1"}, {"oidc_scopes": "openid uid"}]
)
def test_a_part_alone_is_a_provider_forgotten(alone: dict[str, object]) -> None:
    with pytest.raises(UserError, match="BOUCLE_OIDC_ISSUER"):
        client_of(settings_of(**alone))
