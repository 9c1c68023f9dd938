"""Before any route: who calls, and whether the request was meant by them.

A cookie is sent by the browser whoever wrote the page that asks for it. So every unsafe method with
a cookie must come from our own pages (``Sec-Fetch-Site``, ``Origin``) and show the token of the
session (``X-CSRF-Token`` or the field ``csrf``). A request with a token of a program is sent by
nobody but that program, and needs neither.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from urllib.parse import parse_qs, urlsplit

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.accounts.people import People
from service.accounts.store import utc_now
from service.accounts.tokens import is_csrf_token, stored_form
from service.api.caller import Caller
from service.api.cookies import Cookies
from service.api.problems import ApiProblem, methods_at, problem_response
from service.storage.errors import StoreUnreachableError

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM: Final = "application/x-www-form-urlencoded"
_FORM_BYTES: Final = 16_384
_FORM_FIELDS: Final = 20
# Who was known a moment ago goes on seeing the live figures while the database is away.
_GRACE: Final = timedelta(minutes=10)
_REMEMBERED: Final = 512


@dataclass(frozen=True, slots=True)
class _Seen:
    """Somebody who was known; ``asked_at_s`` is before the database was asked, and never jumps."""

    caller: Caller
    at: datetime
    asked_at_s: float


class Credentials:
    """ASGI middleware; the caller is in ``request.state.caller``."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        people: People,
        cookies: Cookies,
        refused_page: Callable[[Request], Response],
        self_proving: Collection[str] = (),
        clock: Callable[[], datetime] = utc_now,
        known_for_s: float = 0.0,
    ) -> None:
        """``refused_page`` answers people whose form was refused.

        What is posted to the paths ``self_proving`` is signed by whoever sent it. Who only reads is
        not asked for again within ``known_for_s``, unless something was changed over this server
        since.
        """
        self._app = app
        self._people = people
        self._cookies = cookies
        self._refused_page = refused_page
        self._self_proving = frozenset(self_proving)
        self._clock = clock
        self._known_for_s = known_for_s
        self._changed_at_s = 0.0
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who calls, and let the request through or not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._answer(scope, receive, send)
        finally:
            if scope["method"] not in _SAFE:
                # It may have ended a session, a token or a role, of whomever.
                self._changed_at_s = monotonic()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/static/") and scope["method"] in _SAFE:
            # The same for everybody: not worth a question to the database.
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if request.url.path in self._self_proving:
            # Nobody's cookie counts there, so that none can be misused.
            scope.setdefault("state", {})["caller"] = None
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._caller(request)
            if request.method not in _SAFE:
                receive = await self._check_unsafe(request, caller, receive)
        except FormRefused:
            await self._refused_page(request)(scope, receive, send)
            return
        except ApiProblem as problem:
            await _refusal(problem)(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, receive, send if caller is None else _private(send))

    async def _caller(self, request: Request) -> Caller | None:
        bearer, secret = bearer_of(request), self._cookies.session_of(request)
        if bearer is None and secret is None:
            return None
        key, asked_at_s = stored_form(bearer or secret or ""), monotonic()
        known = self._seen.get(key)
        if known is not None and request.method in _SAFE and self._is_fresh(known, asked_at_s):
            return known.caller
        try:
            caller = (
                await self._by_token(bearer)
                if bearer is not None
                else await self._by_session(secret or "")
            )
        except StoreUnreachableError:
            return self._remembered(key, request)
        self._seen.pop(key, None)
        if caller is not None:
            self._seen[key] = _Seen(caller, self._clock(), asked_at_s)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        elif bearer is not None:
            raise _unauthorized()
        return caller

    def _is_fresh(self, known: _Seen, now_s: float) -> bool:
        """Whether the database need not be asked again already."""
        recent = now_s - known.asked_at_s < self._known_for_s
        return recent and known.asked_at_s > self._changed_at_s

    async def _by_session(self, secret: str) -> Caller | None:
        found = await self._people.signing_in.session(secret)
        if found is None:
            return None
        session, grants = found
        return Caller(
            account_id=session.account_id,
            login=session.login,
            display_name=session.display_name,
            grants=grants,
            has_password=session.has_password,
            must_change_password=session.must_change_password,
        )

    async def _by_token(self, text: str) -> Caller | None:
        found = await self._people.tokens.known(text)
        if found is None:
            return None
        token, grants = found
        return Caller(
            account_id=token.account_id,
            login=token.login,
            display_name=token.display_name,
            grants=grants,
            actions=token.actions,
        )

    def _remembered(self, key: bytes, request: Request) -> Caller:
        seen = self._seen.get(key)
        if seen is None or request.method not in _SAFE or self._clock() - seen.at > _GRACE:
            raise ApiProblem(
                503,
                "store_away",
                "The store is away",
                "the database that knows accounts does not answer",
                "ask again",
            )
        return seen.caller

    async def _check_unsafe(
        self, request: Request, caller: Caller | None, receive: Receive
    ) -> Receive:
        """Refuse what was not meant; the body that was read is given on."""
        if caller is not None and caller.actions is not None:
            # A method that the address does not take is told so by the router, which does nothing.
            if not caller.actions and request.method in methods_at(request):
                raise ApiProblem(
                    403,
                    "token_only_reads",
                    "The token only reads",
                    f"{request.method} needs a token that may do something",
                    "make a token with the action that this needs",
                )
            return receive
        is_form = request.headers.get("content-type", "").partition(";")[0].strip() == _FORM
        if not is_form and self._cookies.session_of(request) is None:
            # Nobody signed in: what is only for some is refused by its route.
            return receive
        body = await small_body(request) if is_form else None
        shown = request.headers.get("x-csrf-token") or form_fields(body or b"").get("csrf", "")
        secret = self._cookies.form_secret_of(request)
        if secret is None or not self._is_ours(request) or not is_csrf_token(shown, secret):
            raise FormRefused if is_form else _csrf_problem()
        return receive if body is None else _replayed(body, receive)

    def _is_ours(self, request: Request) -> bool:
        """Whether a page of ours asks, as far as the browser says."""
        site = request.headers.get("sec-fetch-site")
        if site is not None and site not in {"same-origin", "none"}:
            return False
        origin = request.headers.get("origin")
        if origin is None:
            return True
        if self._cookies.public_url is not None:
            ours = urlsplit(self._cookies.public_url)
            return origin == f"{ours.scheme}://{ours.netloc}"
        return urlsplit(origin).netloc == request.headers.get("host", "")


class FormRefused(Exception):
    """A form that is not of this browser's session, too old, or sent from elsewhere."""


def bearer_of(request: Request) -> str | None:
    """The token that is shown, whatever it is; never one in the URL, which ends in logs."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def form_fields(body: bytes) -> Mapping[str, str]:
    """The fields of a small form; the last of a name counts, as browsers send each once."""
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_FORM_FIELDS)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in fields.items()}


async def small_body(request: Request) -> bytes:
    """The body of a form; a larger one is refused while it comes."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > _FORM_BYTES:
            raise ApiProblem(
                413,
                "form_too_large",
                "The form is too large",
                f"more than {_FORM_BYTES} bytes",
                "send less",
            )
        parts.append(part)
    return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _private(send: Send) -> Send:
    """What somebody may see by their roles is kept by no cache that others share."""

    async def send_private(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "no-store" not in headers.get("cache-control", ""):
                headers["Cache-Control"] = "private, no-cache"
            headers.add_vary_header("Cookie, Authorization")
        await send(message)

    return send_private


def _unauthorized() -> ApiProblem:
    return ApiProblem(
        401,
        "token_refused",
        "The token is refused",
        "it is unknown, expired, revoked or was not copied whole",
        "'boucle token list' shows which tokens hold",
    )


def _csrf_problem() -> ApiProblem:
    return ApiProblem(
        403,
        "csrf_refused",
        "Not sent by a page of this server",
        "an unsafe method with a session needs the session's token, from the same origin",
        "send the 'csrf' of /api/v1/me as X-CSRF-Token, or use a token instead of the session",
    )


def _refusal(problem: ApiProblem) -> JSONResponse:
    response = problem_response(problem)
    if problem.answer.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="boucle"'
    return response
