"""The public keys of a provider: kept for an hour, and fetched anew for a key we do not know."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from service.oidc.errors import ProviderAwayError, TokenRefusedError
from service.oidc.tokens import KEY_TYPES, Heading

_KEPT_S: Final = 3600.0
# Anybody can show a token with a key that nobody has: the provider is asked no more often for it.
_ASK_AGAIN_S: Final = 30.0


class ProviderKeys:
    """Finds the key of a token."""

    def __init__(
        self, fetch: Callable[[], Awaitable[Mapping[str, Any]]], clock: Callable[[], float]
    ) -> None:
        """``clock`` is monotonic, in seconds."""
        self._fetch = fetch
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._fetched_at: float | None = None
        self._asked_at: float | None = None
        self._one_at_a_time = asyncio.Lock()

    async def key_of(self, heading: Heading) -> Key:
        """The key that a token says it is signed with.

        Raises
        ------
        TokenRefusedError
            If the provider has no such key.
        ProviderAwayError
            If it cannot be asked.
        """
        async with self._one_at_a_time:
            if self._fetched_at is None or self._clock() - self._fetched_at >= _KEPT_S:
                await self._renew()
            found = self._found(heading)
            if found is None and self._may_ask_again():
                self._asked_at = self._clock()
                await self._renew()
                found = self._found(heading)
        if found is None:
            msg = "its key is not one of the provider's"
            raise TokenRefusedError(msg)
        return found

    def _may_ask_again(self) -> bool:
        return self._asked_at is None or self._clock() - self._asked_at >= _ASK_AGAIN_S

    async def _renew(self) -> None:
        self._keys = keys_in(await self._fetch())
        self._fetched_at = self._clock()

    def _found(self, heading: Heading) -> Key | None:
        fitting = [one for one in self._keys if one.key_type == KEY_TYPES[heading.alg]]
        if heading.kid is None:
            # A provider with a single key need not name it.
            return fitting[0] if len(fitting) == 1 else None
        return next((one for one in fitting if one.kid == heading.kid), None)


def keys_in(document: Mapping[str, Any]) -> tuple[Key, ...]:
    """The keys of a JWK set that can check a signature; others are left aside.

    Raises
    ------
    ProviderAwayError
        If it is no JWK set.
    """
    listed = document.get("keys")
    if not isinstance(listed, list):
        msg = "its keys are no JWK set"
        raise ProviderAwayError(msg)
    return tuple(key for one in listed if (key := _imported(one)) is not None)


def _imported(one: object) -> Key | None:
    if not isinstance(one, dict) or one.get("kty") not in KEY_TYPES.values():
        return None
    if one.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(one)
    except (JoseError, ValueError, TypeError):
        return None
