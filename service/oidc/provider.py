"""Everything that a provider is asked over the wire; each question has its time and its size."""

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import structlog

from service.exchange import Answer, ExchangeError, Request, exchange
from service.log_throttle import Throttle
from service.oidc.client import OidcClient
from service.oidc.discovery import Metadata, discovery_url, json_object, metadata_of
from service.oidc.errors import ProviderAwayError, ProviderRefusedError, TokenRefusedError
from service.oidc.keys import ProviderKeys
from service.oidc.tokens import Claims, Heading, heading_of, signed_claims

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_TIMEOUT_S: Final = 5.0
_MOST_BYTES: Final = 262_144
_KEPT_S: Final = 3600.0
_THERE_S: Final = 10.0
# Whoever wants to may send a browser here again and again: the provider sees no more at once.
_AT_ONCE: Final = 8
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a code was exchanged for."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


class Provider:
    """One provider; its description and keys are kept for an hour."""

    def __init__(self, client: OidcClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._metadata: Metadata | None = None
        self._described_at = 0.0
        self._keys = ProviderKeys(self._fetch_keys, clock)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._is_away = False
        # Whoever wants to can bring a code that the provider never gave.
        self._throttle = Throttle(most=1)

    async def there(self) -> Metadata:
        """What it says of itself, a moment ago at most: a browser is sent to no dead end.

        Raises
        ------
        ProviderAwayError
        """
        return await self.metadata(kept_s=_THERE_S)

    async def metadata(self, *, kept_s: float = _KEPT_S) -> Metadata:
        """Where it is asked for what, as it said within so many seconds.

        Raises
        ------
        ProviderAwayError
        """
        if self._metadata is None or self._clock() - self._described_at >= kept_s:
            answer = await self._asked(Request(url=discovery_url(self._client.issuer)))
            self._metadata = self._described(answer)
            self._note_back()
            self._described_at = self._clock()
        return self._metadata

    async def exchanged(self, code: str, verifier: str) -> Granted:
        """The tokens for a code.

        Raises
        ------
        ProviderRefusedError
            If the code is not of this sign-in, or was used before.
        TokenRefusedError
            If we are not who the provider knows.
        ProviderAwayError
        """
        metadata = await self.metadata()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        if metadata.secret_in_header:
            headers["Authorization"] = f"Basic {self._basic()}"
        else:
            fields["client_id"] = self._client.client_id
            fields["client_secret"] = self._client.client_secret
        request = Request(
            url=metadata.token_endpoint,
            method="POST",
            headers=headers,
            body=urlencode(fields).encode("ascii"),
        )
        answer = await self._asked(request)
        self._note_back()
        if answer.status in {400, 401, 403}:
            reason = _error_of(answer)
            left_out = self._throttle.count(("oidc_code_refused", "", 0))
            if left_out is not None:
                log.warning("oidc_code_refused", reason=reason, left_out=left_out)
            msg = f"the provider gives no token for the code: {reason}"
            # Whatever else it says is about us, such as a wrong secret, not about this person.
            raise (ProviderRefusedError if reason == "invalid_grant" else TokenRefusedError)(msg)
        found = json_object(self._whole(answer))
        return Granted(id_token=_text(found, "id_token"), access_token=_text(found, "access_token"))

    async def userinfo(self, access_token: str) -> tuple[Claims, bool]:
        """What it tells of somebody, and whether it signed that; nothing when it tells nothing.

        Raises
        ------
        ProviderAwayError, TokenRefusedError
        """
        endpoint = (await self.metadata()).userinfo_endpoint
        if endpoint is None:
            return {}, False
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = await self._asked(Request(url=endpoint, headers=headers))
        body = self._whole(answer)
        if answer.media_type != "application/jwt":
            return json_object(body), False
        _, claims = await self.verified(body.decode("latin-1"))
        return claims, True

    async def verified(self, text: str) -> tuple[Heading, Claims]:
        """The claims of a token that this provider signed, otherwise not looked at.

        Raises
        ------
        TokenRefusedError, ProviderAwayError
        """
        heading = heading_of(text)
        return heading, signed_claims(text, heading, await self._keys.key_of(heading))

    async def _fetch_keys(self) -> Mapping[str, Any]:
        metadata = await self.metadata()
        return json_object(self._whole(await self._asked(Request(url=metadata.jwks_uri))))

    def _described(self, answer: Answer) -> Metadata:
        try:
            return metadata_of(self._whole(answer), self._client.issuer)
        except ProviderAwayError as error:
            # Whoever runs it must mend it: for people it is away.
            self._note_away(str(error))
            raise

    async def _asked(self, request: Request) -> Answer:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await self._places.acquire()
        except TimeoutError as error:
            msg = "too many people are signing in at once"
            raise ProviderAwayError(msg) from error
        try:
            answer = await exchange(request, timeout_s=_TIMEOUT_S, most_bytes=_MOST_BYTES)
        except ExchangeError as error:
            self._note_away(str(error))
            raise ProviderAwayError(str(error)) from error
        finally:
            self._places.release()
        if answer.status >= 500:
            msg = f"it answers {answer.status}"
            self._note_away(msg)
            raise ProviderAwayError(msg)
        return answer

    def _note_away(self, reason: str) -> None:
        if not self._is_away and self._throttle.count(("oidc_provider_away", "", 0)) is not None:
            log.warning("oidc_provider_away", reason=reason)
            self._is_away = True

    def _note_back(self) -> None:
        if self._is_away:
            log.info("oidc_provider_back")
        self._is_away = False

    def _whole(self, answer: Answer) -> bytes:
        if answer.status != 200:
            msg = f"it answers {answer.status}"
            self._note_away(msg)
            raise ProviderAwayError(msg)
        return answer.body

    def _basic(self) -> str:
        pair = f"{quote_plus(self._client.client_id)}:{quote_plus(self._client.client_secret)}"
        return base64.b64encode(pair.encode("ascii")).decode("ascii")


def _error_of(answer: Answer) -> str:
    """The provider's own word for it, if it is one."""
    try:
        word = json_object(answer.body).get("error")
    except ProviderAwayError:
        word = None
    is_word = isinstance(word, str) and word.replace("_", "").isalpha() and len(word) <= 40
    return str(word) if is_word else f"status {answer.status}"


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.isascii():
        msg = f"it answers without {name}"
        raise ProviderAwayError(msg)
    return value
