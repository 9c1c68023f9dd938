"""What a provider says of itself and its keys, and what is believed of it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc.jwk import ECKey, Key, RSAKey

from service.oidc.discovery import discovery_url, metadata_of
from service.oidc.errors import ProviderAwayError, TokenRefusedError
from service.oidc.keys import ProviderKeys, keys_in
from service.oidc.tokens import Heading

ISSUER = "https://sso.example/realm"


def described(**changes: object) -> bytes:
    document = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/auth",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/keys",
        **changes,
    }
    return json.dumps({k: v for k, v in document.items() if v is not None}).encode()


def test_what_is_left_out_has_the_defaults_of_the_standard() -> None:
    found = metadata_of(described(), ISSUER)
    assert found.secret_in_header
    assert found.userinfo_endpoint is None
    assert not found.names_issuer_in_answer
    posted = described(token_endpoint_auth_methods_supported=["client_secret_post"])
    assert not metadata_of(posted, ISSUER).secret_in_header
    assert discovery_url(f"{ISSUER}/") == f"{ISSUER}/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"issuer": f"{ISSUER}/"}, "issuer"),
        ({"issuer": None}, "issuer"),
        ({"token_endpoint": "http://sso.example/token"}, "https"),
        ({"userinfo_endpoint": "http://sso.example/me"}, "https"),
        ({"end_session_endpoint": "javascript:alert(1)"}, "https"),
        ({"jwks_uri": "file:///etc/passwd"}, "https"),
        ({"jwks_uri": "https://[bad/"}, "https"),
        ({"jwks_uri": 7}, "jwks_uri"),
        ({"response_types_supported": ["id_token"]}, "code"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "RS256"),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "secret"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
    ],
)
def test_a_description_that_cannot_be_used_names_why(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ProviderAwayError, match=told):
        metadata_of(described(**changes), ISSUER)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff", b"7"])
def test_what_is_no_description_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderAwayError):
        metadata_of(body, ISSUER)


class Served:
    """Keys as a provider publishes them, with a clock."""

    def __init__(self, *keys: Key) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.now_s = 0.0
        self.ring = ProviderKeys(self.fetch, lambda: self.now_s)

    async def fetch(self) -> Mapping[str, Any]:
        self.asked += 1
        return {"keys": [one.as_dict(private=False) for one in self.keys]}

    async def kid_of(self, kid: str | None, alg: str = "RS256") -> str | None:
        found: str | None = (await self.ring.key_of(Heading(alg, kid, ""))).kid
        return found


def rsa(kid: str) -> Key:
    return RSAKey.generate_key(parameters={"kid": kid})


@pytest.mark.asyncio
async def test_an_unknown_key_is_asked_for_once_in_half_a_minute() -> None:
    served = Served(rsa("a"))
    assert await served.kid_of("a") == "a"
    for _ in range(5):
        with pytest.raises(TokenRefusedError):
            await served.kid_of("b")
    assert served.asked == 2
    served.keys = [rsa("b")]
    served.now_s += 30
    assert await served.kid_of("b") == "b"
    with pytest.raises(TokenRefusedError):
        await served.kid_of("a")
    assert served.asked == 3
    served.now_s += 3600
    assert await served.kid_of("b") == "b"
    assert served.asked == 4


@pytest.mark.asyncio
async def test_a_key_without_a_name_is_taken_only_where_there_is_one() -> None:
    served = Served(rsa("a"), ECKey.generate_key("P-256", parameters={"kid": "e"}))
    assert await served.kid_of(None) == "a"
    assert await served.kid_of(None, "ES256") == "e"
    with pytest.raises(TokenRefusedError):
        await served.kid_of("a", "ES256")
    two = Served(rsa("a"), rsa("b"))
    with pytest.raises(TokenRefusedError):
        await two.kid_of(None)


def test_keys_that_check_no_signature_are_left_aside() -> None:
    good = rsa("a").as_dict(private=False)
    secret = {"kty": "oct", "k": "AAAA", "kid": "s"}
    others: list[object] = [secret, {**good, "use": "enc"}, {"kty": "RSA"}, {"kty": "??"}, 7, None]
    assert [one.kid for one in keys_in({"keys": [*others, good]})] == ["a"]
    with pytest.raises(ProviderAwayError):
        keys_in({"keys": {}})
