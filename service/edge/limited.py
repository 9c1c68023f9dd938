"""Refuses whoever asks too often, by address and by account, or holds too many streams open."""

from collections.abc import Hashable
from math import ceil
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.accounts.throttle import throttled_address
from service.api.problems import ApiProblem, respond
from service.edge.limits import Allowance, Places, RequestLimits

# Who watches over the process is answered whatever else is asked; a page has a dozen files.
_EXEMPT: Final = frozenset({"/healthz", "/readyz"})
_FILES: Final = "/static/"
_EVENT_STREAM: Final = b"text/event-stream"
# When the next stream ends is not known: a page asks again after some seconds.
_STREAM_AGAIN_S: Final = 10


class LimitedAddresses:
    """Counts by the address of the connection, as uvicorn tells it behind a proxy."""

    def __init__(self, app: ASGIApp, limits: RequestLimits) -> None:
        self._app = app
        self._allowance = Allowance(limits.requests_per_minute)
        self._places = Places(limits.streams_per_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429 to whoever asks too often."""
        address = _address(scope)
        if address is None:
            await self._app(scope, receive, send)
            return
        wait_s = 0.0 if _is_exempt(scope) else self._allowance.wait_s(address)
        if wait_s > 0.0:
            await _refuse(_too_often("this address"), wait_s, scope, receive, send)
            return
        stream = _Stream(self._places, address, send)
        try:
            await self._app(scope, receive, stream.send)
        except _TooManyStreamsError:
            problem = ApiProblem.of("too_many_streams", "this address holds as many as it may")
            await _refuse(problem, _STREAM_AGAIN_S, scope, receive, send)
        finally:
            stream.end()


class LimitedAccounts:
    """Counts by account, wherever it asks from; inside of what finds out who asks."""

    def __init__(self, app: ASGIApp, limits: RequestLimits) -> None:
        self._app = app
        self._allowance = Allowance(limits.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429 to whoever asks too often."""
        caller = scope.get("state", {}).get("caller")
        if caller is not None and not _is_exempt(scope):
            wait_s = self._allowance.wait_s(caller.account_id)
            if wait_s > 0.0:
                await _refuse(_too_often("this account"), wait_s, scope, receive, send)
                return
        await self._app(scope, receive, send)


class _TooManyStreamsError(Exception):
    """Raised where a stream would begin: nothing of it was sent."""


class _Stream:
    """What is sent to one that asks; has a place from when it turns out to be a stream."""

    def __init__(self, places: Places, who: Hashable, send: Send) -> None:
        self._places, self._who, self._send = places, who, send
        self._has_place = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = dict(message.get("headers", ())).get(b"content-type", b"")
            if kind.startswith(_EVENT_STREAM):
                if not self._places.take(self._who):
                    raise _TooManyStreamsError
                self._has_place = True
        await self._send(message)

    def end(self) -> None:
        if self._has_place:
            self._places.give_back(self._who)


def _address(scope: Scope) -> str | None:
    """None for what is no request, and of a socket that has no address."""
    client = scope.get("client")
    if scope["type"] != "http" or client is None:
        return None
    return throttled_address(str(client[0]))


def _is_exempt(scope: Scope) -> bool:
    return scope["path"] in _EXEMPT or scope["path"].startswith(_FILES)


def _too_often(who: str) -> ApiProblem:
    return ApiProblem.of("too_many_requests", f"{who} asks more often than it may")


async def _refuse(
    problem: ApiProblem, wait_s: float, scope: Scope, receive: Receive, send: Send
) -> None:
    answer = respond(problem, scope)
    answer.headers["Retry-After"] = str(max(1, ceil(wait_s)))
    await answer(scope, receive, send)
