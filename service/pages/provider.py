"""To the provider and back: no page of their own, but redirects, and words on the sign-in page."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from service.accounts.errors import SignInRefusedError
from service.accounts.signing_in import SigningIn
from service.api.caller import address_of
from service.api.cookies import Cookies
from service.api.credentials import form_fields, small_body
from service.api.permissions import EVERYBODY
from service.api.recording import RECORDS_ITSELF
from service.oidc.client import BACK_CHANNEL_PATH, CALLBACK_PATH, SIGNED_OUT_PATH
from service.oidc.errors import (
    FlowLostError,
    OidcError,
    ProviderAwayError,
    ProviderRefusedError,
    TokenRefusedError,
)
from service.oidc.flow import FLOW_LASTS
from service.oidc.sign_on import SignOn
from service.pages.accounts import AccountPages, moved, welcomed
from service.pages.paths import PROVIDER_PATHS, SIGN_IN_PATHS
from service.pages.routes import preferred_language
from service.storage.errors import StoreUnreachableError

# What people read, and the status.
_REASONS: Final[Mapping[type[Exception], tuple[str, int]]] = {
    FlowLostError: ("lost", 400),
    ProviderRefusedError: ("refused", 401),
    TokenRefusedError: ("token", 502),
    ProviderAwayError: ("away", 503),
    SignInRefusedError: ("disabled", 403),
}
_NO_STORE: Final = {"Cache-Control": "no-store"}


def provider_router(
    pages: AccountPages, signing_in: SigningIn, sign_on: SignOn, cookies: Cookies
) -> APIRouter:
    """The routes that a browser and the provider use."""
    router = APIRouter(include_in_schema=False, dependencies=EVERYBODY)
    for lang, path in PROVIDER_PATHS.items():
        _add_leaving(router, path, pages, sign_on, cookies, lang)
    _add_coming_back(router, pages, signing_in, sign_on, cookies)
    _add_signed_out(router)
    _add_back_channel(router, sign_on)
    return router


def _add_leaving(
    router: APIRouter,
    path: str,
    pages: AccountPages,
    sign_on: SignOn,
    cookies: Cookies,
    lang: str,
) -> None:
    @router.get(path, response_class=HTMLResponse)
    async def leave(request: Request) -> Response:
        # Another site's link does not sign somebody in who did not want to.
        if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return moved(SIGN_IN_PATHS[lang])
        try:
            address, cookie = await sign_on.leave(lang)
        except ProviderAwayError:
            return pages.not_vouched(request, lang, "away", 503)
        answer = moved(address)
        cookies.set_flow(answer, cookie, FLOW_LASTS)
        return answer


def _add_coming_back(
    router: APIRouter,
    pages: AccountPages,
    signing_in: SigningIn,
    sign_on: SignOn,
    cookies: Cookies,
) -> None:
    async def brought_in(request: Request) -> Response:
        lang = preferred_language(request.headers.get("accept-language", ""))
        try:
            flow = sign_on.flow(cookies.flow_of(request), request.query_params)
            lang = flow.lang
            begun = await sign_on.come_back(flow, request.query_params, address_of(request))
        except StoreUnreachableError:
            return pages.store_away(request, lang)
        except (OidcError, SignInRefusedError) as error:
            reason, status = _REASONS[type(error)]
            return pages.not_vouched(request, lang, reason, status)
        earlier = cookies.session_of(request)
        if earlier is not None:
            await signing_in.sign_out(earlier, address_of(request))
        return welcomed(begun, cookies, lang)

    @router.get(CALLBACK_PATH, response_class=HTMLResponse)
    async def come_back(request: Request) -> Response:
        answer = await brought_in(request)
        cookies.end_flow(answer)
        return answer


def _add_signed_out(router: APIRouter) -> None:
    @router.get(SIGNED_OUT_PATH, response_class=HTMLResponse)
    async def signed_out(request: Request) -> Response:
        lang = request.query_params.get("state", "")
        return moved(SIGN_IN_PATHS.get(lang, SIGN_IN_PATHS["fr"]))


def _add_back_channel(router: APIRouter, sign_on: SignOn) -> None:
    @router.post(BACK_CHANNEL_PATH, dependencies=RECORDS_ITSELF)
    async def back_channel_logout(request: Request) -> Response:
        token = form_fields(await small_body(request)).get("logout_token", "")
        try:
            await sign_on.farewell(token)
        except (ProviderAwayError, StoreUnreachableError):
            return JSONResponse({"error": "temporarily_unavailable"}, 503, headers=_NO_STORE)
        except OidcError:
            return JSONResponse({"error": "invalid_request"}, 400, headers=_NO_STORE)
        return Response(status_code=200, headers=_NO_STORE)
