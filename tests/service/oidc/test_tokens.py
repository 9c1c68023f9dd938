"""Each claim of a token, one wrong at a time; with keys that the test made."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from service.oidc.errors import TokenRefusedError
from service.oidc.tokens import (
    Expected,
    Heading,
    check_id_token,
    check_logout_token,
    check_userinfo,
    half_hash,
    heading_of,
    signed_claims,
    subject_of,
)

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
EXPECTED = Expected(issuer="https://sso.example", client_id="boucle", now=NOW)
ACCESS = "access token"
HEADING = Heading("RS256", "k", "jwt")
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_HEADING = Heading("RS256", "k", "logout+jwt")


def id_claims(**changes: Any) -> dict[str, Any]:
    claims = {
        "iss": "https://sso.example",
        "aud": "boucle",
        "sub": "agent",
        "iat": AT,
        "exp": AT + 300,
        "nonce": "nonce",
        "acr": "eidas1",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def check(claims: dict[str, Any], heading: Heading = HEADING) -> None:
    check_id_token(
        claims, heading, EXPECTED, nonce="nonce", access_token=ACCESS, acr=("eidas1", "eidas2")
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": ["boucle"]},
        {"aud": ["boucle", "other"], "azp": "boucle"},
        {"at_hash": half_hash(ACCESS, "RS256")},
        {"iat": AT + 59},
        {"iat": AT - 600, "exp": AT - 59},
        {"acr": "eidas2"},
    ],
)
def test_a_token_for_us_is_taken(changes: dict[str, Any]) -> None:
    check(id_claims(**changes))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"iss": "https://sso.example/"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "other"}, "aud"),
        ({"aud": "other", "azp": "boucle"}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": {"boucle": 1}}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": ["boucle", "other"]}, "azp"),
        ({"aud": ["boucle", "other"], "azp": "other"}, "azp"),
        ({"azp": "other"}, "azp"),
        ({"exp": AT - 60}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "never"}, "exp"),
        ({"exp": float("nan")}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": AT + 61}, "iat"),
        ({"iat": AT - 661}, "iat"),
        ({"iat": None}, "iat"),
        ({"nonce": "nonce of another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": ["nonce"]}, "nonce"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "a\x00b"}, "sub"),
        ({"sub": "a" * 256}, "sub"),
        ({"at_hash": half_hash("another", "RS256")}, "at_hash"),
        ({"at_hash": half_hash(ACCESS, "EdDSA")}, "at_hash"),
        ({"acr": "eidas0"}, "acr"),
        ({"acr": None}, "acr"),
    ],
)
def test_one_wrong_claim_is_enough(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(TokenRefusedError, match=rf"^{told}\b"):
        check(id_claims(**changes))


def test_a_logout_token_signs_nobody_in() -> None:
    with pytest.raises(TokenRefusedError, match="logout"):
        check(id_claims(), LOGOUT_HEADING)


def logout_claims(**changes: Any) -> dict[str, Any]:
    return id_claims(**{"nonce": None, "sid": "s1", "jti": "j1", "events": {LOGOUT: {}}, **changes})


def test_a_farewell_tells_whose_sessions_end() -> None:
    told = check_logout_token(logout_claims(), LOGOUT_HEADING, EXPECTED)
    assert (told.subject, told.sid, told.token_id) == ("agent", "s1", "j1")
    assert told.ends_at > NOW
    of_all = check_logout_token(logout_claims(sid=None), LOGOUT_HEADING, EXPECTED)
    assert (of_all.subject, of_all.sid) == ("agent", None)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"events": None}, "events"),
        ({"events": {"https://else.example": {}}}, "events"),
        ({"events": {LOGOUT: True}}, "events"),
        ({"nonce": "nonce"}, "nonce"),
        ({"jti": None}, "jti"),
        ({"jti": 7}, "jti"),
        ({"sub": None, "sid": None}, "neither"),
        ({"sid": 7}, "sid"),
        ({"aud": "other"}, "aud"),
        ({"iss": "https://other.example"}, "iss"),
        ({"iat": AT - 661}, "iat"),
        ({"exp": AT - 60}, "exp"),
        ({"exp": None}, "exp"),
    ],
)
def test_what_is_no_farewell_ends_nothing(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(TokenRefusedError, match=rf"^{told}\b"):
        check_logout_token(logout_claims(**changes), LOGOUT_HEADING, EXPECTED)


def test_a_token_of_another_type_ends_nothing() -> None:
    with pytest.raises(TokenRefusedError, match="typ"):
        check_logout_token(logout_claims(), Heading("RS256", "k", "at+jwt"), EXPECTED)


def test_claims_of_another_person_or_for_another_server_are_refused() -> None:
    check_userinfo({"sub": "agent"}, "agent", EXPECTED, signed=False)
    with pytest.raises(TokenRefusedError, match="sub"):
        check_userinfo({"sub": "other"}, "agent", EXPECTED, signed=False)
    with pytest.raises(TokenRefusedError, match="aud"):
        check_userinfo(id_claims(aud="other"), "agent", EXPECTED, signed=True)


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("RS256", RSAKey.generate_key()),
        ("PS256", RSAKey.generate_key()),
        ("ES256", ECKey.generate_key("P-256")),
        ("Ed25519", OKPKey.generate_key("Ed25519")),
        ("EdDSA", OKPKey.generate_key("Ed25519")),
    ],
)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_a_signature_of_each_algorithm_is_checked(alg: str, key: Key) -> None:
    text = jwt.encode({"alg": alg}, id_claims(), key, algorithms=[alg])
    heading = heading_of(text)
    assert subject_of(signed_claims(text, heading, key)) == "agent"
    head, _, signature = text.split(".")
    other = base64url(json.dumps(id_claims(sub="somebody else")).encode())
    with pytest.raises(TokenRefusedError, match="signature"):
        signed_claims(f"{head}.{other}.{signature}", heading, key)
    with pytest.raises(TokenRefusedError, match="signature"):
        signed_claims(f"{text[:-4]}AAAA", heading, key)


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "HS512", "RS1", "RSA-OAEP", "", 7, None])
def test_a_signature_that_proves_nothing_is_not_looked_at(alg: object) -> None:
    pem = RSAKey.generate_key().as_pem(private=False)
    signed = ".".join(base64url(json.dumps(one).encode()) for one in ({"alg": alg}, id_claims()))
    text = f"{signed}.{base64url(hmac.digest(pem, signed.encode(), hashlib.sha256))}"
    with pytest.raises(TokenRefusedError):
        heading_of(text)


@pytest.mark.parametrize("text", ["", ".", "a.b.c", "é.é.é", "." * 5, "e30.e30.", "W10.e30.AA"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenRefusedError):
        heading_of(text)


def test_a_critical_header_that_we_do_not_know_is_refused() -> None:
    key = RSAKey.generate_key()
    header = {"alg": "RS256", "crit": ["exp"], "exp": 1}
    signed = ".".join(base64url(json.dumps(one).encode()) for one in (header, id_claims()))
    honest = jwt.encode({"alg": "RS256"}, id_claims(), key)
    text = f"{signed}.{honest.rpartition('.')[2]}"
    with pytest.raises(TokenRefusedError):
        signed_claims(text, heading_of(text), key)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
