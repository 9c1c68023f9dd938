"""The pages of accounts: sign in and out, one's own password. Plain forms, no script."""

from collections.abc import Awaitable, Callable, Collection

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from service.access.roles import Role
from service.access.visitor import Grant
from service.accounts.beginning import SignedIn
from service.accounts.demo import DEMO_LOGINS
from service.accounts.errors import (
    HashingBusyError,
    PasswordRefusedError,
    SignInDelayedError,
    SignInRefusedError,
)
from service.accounts.people import People
from service.accounts.tokens import csrf_token, new_secret
from service.api.caller import Caller, address_of, caller_of
from service.api.cookies import Cookies
from service.api.credentials import form_fields
from service.api.permissions import EVERYBODY
from service.api.recording import RECORDS_ITSELF
from service.pages.paths import (
    DEMO_PATHS,
    PASSWORD_PATHS,
    PROVIDER_PATHS,
    SIGN_IN_PATHS,
    SIGN_OUT_PATHS,
)
from service.pages.templating import statement_links, static_versions, template_environment
from service.pages.text import TEXTS
from service.pages.voice import Voice
from service.storage.errors import StoreUnreachableError

_LANGUAGES = ("fr", "en")
# As every page, but that its forms come back here.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'; object-src 'none'"
    ),
    "Cache-Control": "no-store",
}


class AccountPages:
    """Renders the pages of accounts."""

    def __init__(
        self, cookies: Cookies, demo_roles: Collection[Role], provider: str | None = None
    ) -> None:
        """``demo_roles`` are offered to be clicked: in the demo, and nowhere else.

        ``provider`` is what people call the one that they may sign in with.
        """
        self._cookies = cookies
        self._provider = provider
        self._demo_roles = [one.value for one in demo_roles]
        self._template = template_environment().get_template("account.html")

    def sign_in(
        self, request: Request, lang: str, *, wrong: str = "", login: str = "", status: int = 200
    ) -> Response:
        """The form, or who is signed in."""
        caller = caller_of(request)
        if caller is None or caller.actions is not None:
            return self._page(request, lang, "sign_in", wrong=wrong, login=login, status=status)
        t = TEXTS[lang]
        who = t["signed_in_as"].format(name=caller.display_name, login=caller.login)
        return self._page(
            request,
            lang,
            "signed_in",
            wrong=wrong,
            status=status,
            signed_in_as=who,
            has_password=caller.has_password,
            roles=[_role_words(one, lang) for one in caller.grants],
        )

    def password(
        self, request: Request, lang: str, caller: Caller, *, wrong: str = "", status: int = 200
    ) -> Response:
        """The form to change one's own password."""
        return self._page(
            request,
            lang,
            "password",
            wrong=wrong,
            status=status,
            login=caller.login,
            must_change=caller.must_change_password,
        )

    def not_vouched(self, request: Request, lang: str, reason: str, status: int) -> Response:
        """The form again, with why the provider brought nobody in."""
        wrong = TEXTS[lang][f"provider_{reason}"].format(provider=self._provider)
        return self._page(request, lang, "sign_in", wrong=wrong, status=status)

    def store_away(self, request: Request, lang: str) -> Response:
        """The form again: accounts cannot be read."""
        wrong = TEXTS[lang]["sign_in_store_away"]
        return self._page(request, lang, "sign_in", wrong=wrong, status=503)

    def way_out(self, request: Request, lang: str, address: str) -> Response:
        """Signed out here; the browser goes on to the provider by itself.

        A redirect would do, but that browsers hold it against the page that the form was on.
        """
        return self._page(request, lang, "way_out", wrong="", status=200, way_out=address)

    def refused(self, request: Request) -> Response:
        """What somebody sees whose form was refused; nothing of it was done."""
        lang = "en" if request.url.path.startswith("/en/") else "fr"
        wrong = TEXTS[lang]["form_refused"]
        return self._page(request, lang, "sign_in", wrong=wrong, status=403)

    def _page(
        self,
        request: Request,
        lang: str,
        view: str,
        *,
        wrong: str,
        status: int,
        **shown: object,
    ) -> Response:
        other = "en" if lang == "fr" else "fr"
        addresses = PASSWORD_PATHS if view == "password" else SIGN_IN_PATHS
        secret = self._cookies.form_secret_of(request)
        known = secret or new_secret()
        html = self._template.render(
            lang=lang,
            other=other,
            other_path=addresses[other],
            t=TEXTS[lang],
            title=TEXTS[lang]["account_link" if view == "signed_in" else f"{view}_title"],
            view=view,
            wrong=wrong,
            provider=self._provider,
            csrf=csrf_token(known),
            demo_roles=self._demo_roles,
            paths={
                "sign_in": SIGN_IN_PATHS[lang],
                "sign_out": SIGN_OUT_PATHS[lang],
                "password": PASSWORD_PATHS[lang],
                "demo": DEMO_PATHS[lang],
                "provider": PROVIDER_PATHS[lang],
            },
            statements=statement_links(lang),
            versions=static_versions(),
            **{"login": "", **shown},
        )
        answer = HTMLResponse(html, status, headers={**_HEADERS, "Content-Language": lang})
        if secret is None:
            self._cookies.set_form(answer, known)
        return answer


def accounts_pages_router(
    pages: AccountPages, people: People, cookies: Cookies, demo_roles: Collection[Role]
) -> APIRouter:
    """The pages in each language. The click of the demo has a route only in the demo."""
    router = APIRouter(include_in_schema=False, dependencies=EVERYBODY)
    for lang in _LANGUAGES:
        _add_sign_in(router, pages, people, cookies, lang)
        _add_sign_out(router, pages, people, cookies, lang)
        _add_password(router, pages, people, cookies, lang)
        if demo_roles:
            _add_demo(router, people, cookies, demo_roles, lang)
    return router


def _add_sign_in(
    router: APIRouter, pages: AccountPages, people: People, cookies: Cookies, lang: str
) -> None:
    async def form(request: Request) -> Response:
        return pages.sign_in(request, lang)

    async def sign_in(request: Request) -> Response:
        fields = form_fields(await request.body())
        login = fields.get("login", "")
        try:
            begun = await people.signing_in.sign_in(
                login, fields.get("password", ""), address_of(request)
            )
        except _NOT_SIGNED_IN as error:
            words, status = _told(error, lang)
            answer = pages.sign_in(request, lang, wrong=words, login=login, status=status)
            if isinstance(error, SignInDelayedError):
                answer.headers["Retry-After"] = str(int(error.wait_s) + 1)
            return answer
        earlier = cookies.session_of(request)
        if earlier is not None:
            await people.signing_in.sign_out(earlier, address_of(request))
        return welcomed(begun, cookies, lang)

    _add(router, SIGN_IN_PATHS[lang], "GET", form)
    _add(router, SIGN_IN_PATHS[lang], "POST", sign_in)


def _add_sign_out(
    router: APIRouter, pages: AccountPages, people: People, cookies: Cookies, lang: str
) -> None:
    async def sign_out(request: Request) -> Response:
        secret, way_out = cookies.session_of(request), None
        if secret is not None:
            id_token = await people.signing_in.sign_out(secret, address_of(request))
            if id_token is not None and people.sign_on is not None:
                way_out = await people.sign_on.way_out(id_token, lang)
        if way_out is None:
            answer = moved(SIGN_IN_PATHS[lang])
        else:
            answer = pages.way_out(request, lang, way_out)
        cookies.end_session(answer)
        # Nothing of what was shown stays behind at a machine that others use.
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    _add(router, SIGN_OUT_PATHS[lang], "POST", sign_out)


def _add_password(
    router: APIRouter, pages: AccountPages, people: People, cookies: Cookies, lang: str
) -> None:
    t = TEXTS[lang]

    async def form(request: Request) -> Response:
        caller = caller_of(request)
        if caller is None or caller.actions is not None or not caller.has_password:
            return moved(SIGN_IN_PATHS[lang])
        return pages.password(request, lang, caller)

    async def change(request: Request) -> Response:
        caller, secret = caller_of(request), cookies.session_of(request)
        if caller is None or secret is None or not caller.has_password:
            return moved(SIGN_IN_PATHS[lang])
        fields = form_fields(await request.body())
        try:
            begun = await people.signing_in.change_password(
                secret, fields.get("old", ""), fields.get("new", ""), address_of(request)
            )
        except PasswordRefusedError as error:
            words, status = t[f"password_{error.fault.value}"], 422
        except SignInRefusedError:
            words, status = t["password_wrong"], 401
        except _NOT_SIGNED_IN as error:
            words, status = _told(error, lang)
        else:
            return welcomed(begun, cookies, lang)
        return pages.password(request, lang, caller, wrong=words, status=status)

    _add(router, PASSWORD_PATHS[lang], "GET", form)
    _add(router, PASSWORD_PATHS[lang], "POST", change)


def _add_demo(
    router: APIRouter,
    people: People,
    cookies: Cookies,
    demo_roles: Collection[Role],
    lang: str,
) -> None:
    logins = {role.value: DEMO_LOGINS[role] for role in demo_roles}

    async def click(request: Request) -> Response:
        role = form_fields(await request.body()).get("role", "")
        if role not in logins:
            return moved(SIGN_IN_PATHS[lang])
        begun = await people.signing_in.begin_without_password(logins[role], address_of(request))
        return welcomed(begun, cookies, lang)

    _add(router, DEMO_PATHS[lang], "POST", click)


_NOT_SIGNED_IN = (
    SignInRefusedError,
    SignInDelayedError,
    HashingBusyError,
    StoreUnreachableError,
)


def _told(error: Exception, lang: str) -> tuple[str, int]:
    """Why nobody was signed in, in words, and the status."""
    t = TEXTS[lang]
    if isinstance(error, SignInDelayedError):
        return t["sign_in_delayed"].format(wait=Voice(lang).duration(error.wait_s)), 429
    if isinstance(error, SignInRefusedError):
        return t["sign_in_refused"], 401
    busy = isinstance(error, HashingBusyError)
    return t["sign_in_busy" if busy else "sign_in_store_away"], 503


def welcomed(begun: SignedIn, cookies: Cookies, lang: str) -> Response:
    """To the figures; to the password first where it must be changed.

    Who has no role is told so first: the figures are those that everybody sees.
    """
    if begun.session.must_change_password:
        answer = moved(PASSWORD_PATHS[lang])
    else:
        answer = moved(f"/{lang}/" if begun.grants else SIGN_IN_PATHS[lang])
    cookies.set_session(answer, begun.secret, begun.session.ends_at - begun.session.created_at)
    return answer


def moved(path: str) -> Response:
    """Another page, asked for with GET."""
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})


def _add(
    router: APIRouter, path: str, method: str, route: Callable[[Request], Awaitable[Response]]
) -> None:
    # Who signs in, out or in vain is written down where it is decided.
    told = RECORDS_ITSELF if method == "POST" else []
    router.add_api_route(
        path, route, methods=[method], response_class=HTMLResponse, dependencies=told
    )


def _role_words(grant: Grant, lang: str) -> str:
    t = TEXTS[lang]
    role = t[f"role_{grant.role.value}"]
    if grant.site is None:
        return t["role_everywhere"].format(role=role)
    key = "role_at" if grant.taker is None else "role_taker"
    return t[key].format(role=role, site=grant.site, taker=grant.taker)
