"""What ties the answer of the provider to the browser that was sent there.

The browser keeps one random secret for ten minutes in a cookie that no script reads. State, nonce
and PKCE verifier follow from it, so that nothing is stored for somebody who does not come back. The
cookie is signed: no other machine can give a browser one of its own making.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from service.accounts.tokens import new_secret
from service.oidc.errors import FlowLostError

FLOW_LASTS: Final = timedelta(minutes=10)
_LANGUAGES: Final = ("fr", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One way to the provider and back."""

    secret: str = field(repr=False)
    lang: str
    ends_at: int

    @property
    def ends(self) -> datetime:
        """From when on it is lost."""
        return datetime.fromtimestamp(self.ends_at, UTC)

    @property
    def state(self) -> str:
        """Comes back with the answer."""
        return _derived(self.secret, "state")

    @property
    def nonce(self) -> str:
        """Comes back in the token."""
        return _derived(self.secret, "nonce")

    @property
    def verifier(self) -> str:
        """Shown when the code is exchanged: whoever stole the code does not have it."""
        return _derived(self.secret, "verifier")

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier before (S256)."""
        return _base64url(hashlib.sha256(self.verifier.encode("ascii")).digest())


def new_flow(lang: str, now: datetime) -> Flow:
    """A way that begins now."""
    ends_at = int((now + FLOW_LASTS).timestamp())
    return Flow(secret=new_secret(), lang=lang, ends_at=ends_at)


def cookie_of(flow: Flow, key: bytes) -> str:
    """What the browser keeps."""
    text = f"{flow.secret}.{flow.lang}.{flow.ends_at}"
    return f"{text}.{_signature(text, key)}"


def flow_of(cookie: str, state: str, key: bytes, now: datetime) -> Flow:
    """The way that a browser comes back on.

    Raises
    ------
    FlowLostError
        If the cookie is not ours or too old, or the state is of another way.
    """
    text, _, signature = cookie.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(text, key).encode()):
        raise FlowLostError
    secret, lang, ends_at = text.split(".")
    flow = Flow(secret=secret, lang=lang, ends_at=int(ends_at))
    if now.timestamp() >= flow.ends_at or lang not in _LANGUAGES:
        raise FlowLostError
    if not hmac.compare_digest(state.encode(), flow.state.encode()):
        raise FlowLostError
    return flow


def flow_key(client_secret: str) -> bytes:
    """What signs the cookies: the same in every process of the server, and after a restart."""
    return hmac.digest(client_secret.encode(), b"boucle oidc flow", "sha256")


def _derived(secret: str, what: str) -> str:
    return _base64url(hmac.digest(secret.encode("ascii"), what.encode("ascii"), "sha256"))


def _signature(text: str, key: bytes) -> str:
    return _base64url(hmac.digest(key, text.encode(), "sha256"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
