"""The way to the provider and back, and out again both ways."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import structlog

from service.accounts.account import Identity
from service.accounts.beginning import SignedIn, VouchedBy
from service.log_throttle import Throttle
from service.oidc.client import OidcClient
from service.oidc.errors import (
    FlowLostError,
    OidcError,
    ProviderAwayError,
    ProviderRefusedError,
    TokenRefusedError,
)
from service.oidc.flow import Flow, cookie_of, flow_key, flow_of, new_flow
from service.oidc.provider import Provider
from service.oidc.tokens import (
    Expected,
    check_id_token,
    check_logout_token,
    check_userinfo,
    sid_of,
    subject_of,
)
from service.oidc.vouching import Vouched, Vouching, email_in, name_in

log: structlog.stdlib.BoundLogger = structlog.get_logger()

# More does not go into an address; the provider then knows us by our id alone.
_LONGEST_HINT: Final = 4096


class SignOn:
    """Signing in with one provider."""

    def __init__(self, client: OidcClient, provider: Provider, vouching: Vouching) -> None:
        self._client = client
        self._provider = provider
        self._vouching = vouching
        self._key = flow_key(client.client_secret)
        # Whoever wants to can bring a token that nobody signed.
        self._throttle = Throttle(most=1)

    @property
    def name(self) -> str:
        """What people call the provider."""
        return self._client.name

    async def leave(self, lang: str) -> tuple[str, str]:
        """Where to send a browser, and the cookie that it comes back with.

        Raises
        ------
        ProviderAwayError
        """
        metadata = await self._provider.there()
        flow = new_flow(lang, self._vouching.now())
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_uri,
            "scope": " ".join(self._client.scopes),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
            "ui_locales": lang,
        }
        if self._client.acr:
            asked["acr_values"] = " ".join(self._client.acr)
        return _with(metadata.authorization_endpoint, asked), cookie_of(flow, self._key)

    def flow(self, cookie: str | None, answer: Mapping[str, str]) -> Flow:
        """The way that a browser comes back on.

        Raises
        ------
        FlowLostError
        """
        if cookie is None:
            raise FlowLostError
        return flow_of(cookie, answer.get("state", ""), self._key, self._vouching.now())

    async def come_back(
        self, flow: Flow, answer: Mapping[str, str], address: str | None
    ) -> SignedIn:
        """Begin the session of whoever the provider vouches for.

        Raises
        ------
        OidcError, SignInRefusedError, StoreUnreachableError
        """
        try:
            return await self._brought_in(flow, answer, address)
        except TokenRefusedError as error:
            self._tell(str(error))
            raise

    async def _brought_in(
        self, flow: Flow, answer: Mapping[str, str], address: str | None
    ) -> SignedIn:
        metadata = await self._provider.metadata()
        issuer, code = answer.get("iss"), answer.get("code")
        if issuer != metadata.issuer and (issuer is not None or metadata.names_issuer_in_answer):
            msg = "the answer is another provider's"
            raise TokenRefusedError(msg)
        if "error" in answer or not code:
            msg = "the provider vouches for nobody"
            raise ProviderRefusedError(msg)
        granted = await self._provider.exchanged(code, flow.verifier)
        heading, claims = await self._provider.verified(granted.id_token)
        expected = self._expected()
        check_id_token(
            claims,
            heading,
            expected,
            nonce=flow.nonce,
            access_token=granted.access_token,
            acr=self._client.acr,
        )
        subject = subject_of(claims)
        told, signed = await self._provider.userinfo(granted.access_token)
        if told:
            check_userinfo(told, subject, expected, signed=signed)
        known = {**claims, **told}
        vouched = Vouched(
            identity=Identity(issuer=self._client.issuer, subject=subject),
            name=name_in(known),
            email=email_in(known),
            by=VouchedBy(sid=sid_of(claims), id_token=granted.id_token),
            state=flow.state,
            ends_at=flow.ends,
        )
        return await self._vouching.sign_in(vouched, address)

    async def way_out(self, id_token: str, lang: str) -> str | None:
        """Where a browser signs out of the provider, too; None when that has no such place."""
        try:
            metadata = await self._provider.there()
        except ProviderAwayError:
            return None
        if metadata.end_session_endpoint is None:
            return None
        asked = {
            "client_id": self._client.client_id,
            "post_logout_redirect_uri": self._client.signed_out_uri,
            "state": lang,
        }
        if len(id_token) <= _LONGEST_HINT:
            asked["id_token_hint"] = id_token
        return _with(metadata.end_session_endpoint, asked)

    async def farewell(self, logout_token: str) -> int:
        """End what the provider says is over; how many people's sessions.

        Raises
        ------
        OidcError, StoreUnreachableError
        """
        try:
            heading, claims = await self._provider.verified(logout_token)
            told = check_logout_token(claims, heading, self._expected())
            return await self._vouching.farewell(self._client.issuer, told)
        except OidcError as error:
            self._tell(f"sign-out: {error}")
            raise

    def _tell(self, reason: str) -> None:
        left_out = self._throttle.count(("oidc_token_refused", "", 0))
        if left_out is not None:
            log.warning("oidc_token_refused", reason=reason, left_out=left_out)

    def _expected(self) -> Expected:
        return Expected(
            issuer=self._client.issuer,
            client_id=self._client.client_id,
            now=self._vouching.now(),
        )


def _with(address: str, fields: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(fields)}"
