"""What a provider signed, checked claim by claim.

OpenID Connect Core 1.0, 3.1.3.7 and 5.3.2; Back-Channel Logout 1.0, 2.6.
"""

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key

from service.oidc.errors import TokenRefusedError

# What each algorithm is checked with. No "none", and nothing with a secret: the key of RS256 is
# public, and as a secret it would sign anything.
KEY_TYPES: Final[Mapping[str, str]] = {
    "RS256": "RSA",
    "PS256": "RSA",
    "ES256": "EC",
    "EdDSA": "OKP",
    "Ed25519": "OKP",
}
ALGORITHMS: Final = tuple(KEY_TYPES)
_SHA512: Final = frozenset({"EdDSA", "Ed25519"})
_LEEWAY_S: Final = 60
# A token is made for us a moment before we see it.
_OLDEST_S: Final = 600
_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_TYPE: Final = "logout+jwt"
_LONGEST: Final = 255

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heading:
    """What a token says of its own signature, before that is checked."""

    alg: str
    kid: str | None
    typ: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What every token must be about."""

    issuer: str
    client_id: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """Whose sessions a provider ends: of one sign-in, or all of a person."""

    subject: str | None
    sid: str | None
    token_id: str
    ends_at: datetime


def heading_of(text: str) -> Heading:
    """How a token says that it is signed.

    Raises
    ------
    TokenRefusedError
        If it is no signed token, or signed in a way that proves nothing.
    """
    try:
        header = jws.extract_compact(text.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError) as error:
        msg = "it is no signed token"
        raise TokenRefusedError(msg) from error
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "")
    if not isinstance(alg, str) or alg not in KEY_TYPES:
        msg = "alg is not one that proves anything"
        raise TokenRefusedError(msg)
    if not isinstance(kid, str | None) or not isinstance(typ, str):
        msg = "its header has another form"
        raise TokenRefusedError(msg)
    return Heading(alg, kid, typ.lower().removeprefix("application/"))


def signed_claims(text: str, heading: Heading, key: Key) -> Claims:
    """The claims of a token whose signature is right.

    Raises
    ------
    TokenRefusedError
        If it is not.
    """
    try:
        return jwt.decode(text, key, algorithms=[heading.alg]).claims
    except (JoseError, ValueError, TypeError) as error:
        msg = "its signature is wrong"
        raise TokenRefusedError(msg) from error


def check_id_token(
    claims: Claims,
    heading: Heading,
    expected: Expected,
    *,
    nonce: str,
    access_token: str,
    acr: Collection[str],
) -> None:
    """Refuse a token that is not of this sign-in, for us, now.

    Raises
    ------
    TokenRefusedError
    """
    if heading.typ == _LOGOUT_TYPE:
        msg = "it is a logout token"
        raise TokenRefusedError(msg)
    _check_common(claims, expected)
    subject_of(claims)
    if claims.get("nonce") != nonce:
        msg = "nonce is not of this sign-in"
        raise TokenRefusedError(msg)
    at_hash = claims.get("at_hash")
    if at_hash is not None and at_hash != half_hash(access_token, heading.alg):
        msg = "at_hash is of another access token"
        raise TokenRefusedError(msg)
    if acr and claims.get("acr") not in acr:
        msg = "acr is not what BOUCLE_OIDC_ACR asks for"
        raise TokenRefusedError(msg)


def check_logout_token(claims: Claims, heading: Heading, expected: Expected) -> Farewell:
    """What a provider tells us to end.

    Raises
    ------
    TokenRefusedError
        If it is another kind of token, or not for us, or old.
    """
    if heading.typ not in {_LOGOUT_TYPE, "jwt", ""}:
        msg = "typ is not logout+jwt"
        raise TokenRefusedError(msg)
    _check_common(claims, expected)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT), dict):
        msg = "events names no logout"
        raise TokenRefusedError(msg)
    if "nonce" in claims:
        msg = "nonce has no place in a logout token"
        raise TokenRefusedError(msg)
    token_id, sid, subject = (_name(claims, one) for one in ("jti", "sid", "sub"))
    if token_id is None:
        msg = "jti is missing"
        raise TokenRefusedError(msg)
    if sid is None and subject is None:
        msg = "neither sub nor sid is there"
        raise TokenRefusedError(msg)
    ends_at = datetime.fromtimestamp(_instant(claims, "exp") + _LEEWAY_S, UTC)
    return Farewell(subject=subject, sid=sid, token_id=token_id, ends_at=ends_at)


def check_userinfo(claims: Claims, subject: str, expected: Expected, *, signed: bool) -> None:
    """Refuse what is told of somebody else.

    Raises
    ------
    TokenRefusedError
    """
    if claims.get("sub") != subject:
        msg = "sub of the user's claims is another person's"
        raise TokenRefusedError(msg)
    if signed:
        _check_addressed(claims, expected)


def subject_of(claims: Claims) -> str:
    """What the provider calls somebody.

    Raises
    ------
    TokenRefusedError
    """
    subject = _name(claims, "sub")
    if subject is None:
        msg = "sub is missing"
        raise TokenRefusedError(msg)
    return subject


def sid_of(claims: Claims) -> str | None:
    """What the provider calls this sign-in, if it does.

    Raises
    ------
    TokenRefusedError
    """
    return _name(claims, "sid")


def half_hash(text: str, alg: str) -> str:
    """Left half of a hash, as at_hash has it."""
    digest = (hashlib.sha512 if alg in _SHA512 else hashlib.sha256)(text.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")


def _check_common(claims: Claims, expected: Expected) -> None:
    _check_addressed(claims, expected)
    now = expected.now.timestamp()
    issued_at, ends_at = _instant(claims, "iat"), _instant(claims, "exp")
    if now >= ends_at + _LEEWAY_S:
        msg = "exp is past"
        raise TokenRefusedError(msg)
    if not now - _OLDEST_S - _LEEWAY_S <= issued_at <= now + _LEEWAY_S:
        msg = "iat is not of now"
        raise TokenRefusedError(msg)


def _check_addressed(claims: Claims, expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        msg = "iss is another provider"
        raise TokenRefusedError(msg)
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or expected.client_id not in named:
        msg = "aud is not this server"
        raise TokenRefusedError(msg)
    party = claims.get("azp")
    if party != expected.client_id and (party is not None or len(named) > 1):
        msg = "azp is not this server"
        raise TokenRefusedError(msg)


def _name(claims: Claims, name: str) -> str | None:
    """A short text that identifies something, None when it is not there."""
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= _LONGEST:
        msg = f"{name} has another form"
        raise TokenRefusedError(msg)
    return value


def _instant(claims: Claims, name: str) -> float:
    value = claims.get(name)
    # NaN would be neither past nor future.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        msg = f"{name} is missing"
        raise TokenRefusedError(msg)
    return value
