"""The routes on accounts, their tokens and the audit log."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse

from service.access.roles import Action, Role
from service.accounts import errors
from service.accounts.api_tokens import TokenScope
from service.accounts.directory import NewAccount
from service.accounts.people import People
from service.accounts.tokens import csrf_token
from service.api.account_shapes import (
    AccountAnswer,
    AuditEntryAnswer,
    AuditPage,
    MeAnswer,
    NewAccountBody,
    NewTokenAnswer,
    NewTokenBody,
    RoleHolder,
    RoleNumber,
    RoleShape,
    TokenAnswer,
)
from service.api.caller import Caller, actor_of, caller_of, require_caller, require_session
from service.api.cookies import Cookies
from service.api.permissions import EVERYBODY, SIGNED_IN, may
from service.api.problems import ApiProblem, problem_response
from service.api.recording import RECORDS_ITSELF

_LARGEST_PAGE = 500
_MANAGES = may(Action.MANAGE_ACCOUNTS)
_CHANGES = [*_MANAGES, *RECORDS_ITSELF]
_OWN = [*SIGNED_IN, *RECORDS_ITSELF]

# Who may is declared with each route; this is who it was.
By = Annotated[Caller, Depends(require_caller)]
Person = Annotated[Caller, Depends(require_session)]


def accounts_router(people: People, cookies: Cookies) -> APIRouter:
    """Routes on people. Only ``/me`` is for everybody."""
    router = APIRouter(prefix="/api/v1", tags=["accounts"])

    @router.get("/me", dependencies=EVERYBODY)
    async def read_me(request: Request) -> MeAnswer:
        """Who asks, with which roles."""
        caller = caller_of(request)
        secret = cookies.session_of(request)
        by_session = caller is not None and caller.actions is None
        return MeAnswer(
            login=None if caller is None else caller.login,
            display_name=None if caller is None else caller.display_name,
            roles=_roles(caller),
            must_change_password=caller is not None and caller.must_change_password,
            token_actions=None
            if caller is None or caller.actions is None
            else sorted(caller.actions),
            csrf=csrf_token(secret) if by_session and secret is not None else None,
        )

    _add_directory(router, people)
    _add_roles(router, people)
    _add_tokens(router, people)

    @router.get("/audit", dependencies=may(Action.READ_AUDIT))
    async def list_audit_entries(
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 100,
    ) -> AuditPage:
        """Who changed what, and who took confidential data away; the newest first."""
        entries = await people.directory.audit(before, limit)
        return AuditPage(
            entries=[AuditEntryAnswer.of(one) for one in entries],
            next_before=entries[-1].seq if len(entries) == limit else None,
        )

    return router


def _roles(caller: Caller | None) -> list[RoleShape]:
    if caller is None or not caller.grants:
        return [RoleShape(role=Role.PUBLIC)]
    return [RoleShape(role=one.role, site=one.site, taker=one.taker) for one in caller.grants]


def _add_directory(router: APIRouter, people: People) -> None:
    @router.get("/accounts", dependencies=_MANAGES)
    async def list_accounts() -> list[AccountAnswer]:
        """Every account with its roles."""
        return [AccountAnswer.of(*one) for one in await people.directory.all()]

    @router.post("/accounts", dependencies=_CHANGES, status_code=201)
    async def create_account(request: Request, by: By, body: NewAccountBody) -> RoleHolder:
        """Make an account."""
        password = body.password
        new = NewAccount(
            login=body.login,
            display_name=body.display_name,
            email=body.email,
            password=None if password is None else password.get_secret_value(),
            grants=tuple(one.grant() for one in body.roles),
        )
        await people.directory.add(actor_of(request, by), new)
        return RoleHolder(login=body.login.strip().lower())

    @router.post("/accounts/{login}/disable", dependencies=_CHANGES, status_code=204)
    async def disable_account(request: Request, by: By, login: str) -> None:
        """No sign-in any more; sessions and tokens end at once."""
        await people.directory.disable(actor_of(request, by), login)

    @router.post("/accounts/{login}/enable", dependencies=_CHANGES, status_code=204)
    async def enable_account(request: Request, by: By, login: str) -> None:
        """May sign in again."""
        await people.directory.enable(actor_of(request, by), login)


def _add_roles(router: APIRouter, people: People) -> None:
    @router.post("/accounts/{login}/roles", dependencies=_CHANGES, status_code=201)
    async def give_role(request: Request, by: By, login: str, body: RoleShape) -> RoleNumber:
        """Give a role."""
        actor = actor_of(request, by)
        return RoleNumber(id=await people.directory.grant(actor, login, body.grant()))

    @router.delete("/accounts/{login}/roles/{role_id}", dependencies=_CHANGES, status_code=204)
    async def revoke_role(request: Request, by: By, login: str, role_id: int) -> None:
        """Take a role back."""
        await people.directory.revoke(actor_of(request, by), login, role_id)


def _add_tokens(router: APIRouter, people: People) -> None:
    @router.get("/tokens", dependencies=SIGNED_IN)
    async def list_tokens(person: Person) -> list[TokenAnswer]:
        """One's own tokens, ended ones included."""
        return [TokenAnswer.of(one) for one in await people.tokens.of(person.account_id)]

    @router.post("/tokens", dependencies=_OWN, status_code=201, response_model=NewTokenAnswer)
    async def create_token(request: Request, person: Person, body: NewTokenBody) -> JSONResponse:
        """Make a token for a program; the answer is the only place where it is shown."""
        scope = TokenScope(
            name=body.name,
            actions=frozenset(body.actions),
            sites=None if body.sites is None else frozenset(body.sites),
            lasts=timedelta(days=body.lasts_days),
        )
        actor = actor_of(request, person)
        text, number = await people.tokens.create(actor, person.account_id, scope)
        shown = NewTokenAnswer(id=number, token=text)
        return JSONResponse(shown.model_dump(), 201, headers={"Cache-Control": "no-store"})

    @router.delete("/tokens/{token_id}", dependencies=_OWN, status_code=204)
    async def revoke_token(request: Request, person: Person, token_id: int) -> None:
        """End a token at once."""
        await people.tokens.revoke(actor_of(request, person), person.account_id, token_id)


# Status, code and remedy of each error.
PROBLEM_CODES: Mapping[type[errors.AccountError], str] = {
    errors.NoSuchAccountError: "account_not_found",
    errors.NoSuchGrantError: "role_not_found",
    errors.NoSuchTokenError: "token_not_found",
    errors.AccountExistsError: "account_exists",
    errors.LastAdministratorError: "last_administrator",
    errors.VouchedAccountError: "vouched_account",
    errors.LoginRefusedError: "login_refused",
    errors.PasswordRefusedError: "password_refused",
    errors.GrantRefusedError: "role_refused",
    errors.TokenScopeError: "scope_refused",
    errors.SignInRefusedError: "sign_in_refused",
    errors.HashingBusyError: "busy",
}


def install_account_problems(app: FastAPI) -> None:
    """Answer errors of accounts as problem+json."""

    @app.exception_handler(errors.AccountError)
    async def _refused(request: Request, error: errors.AccountError) -> JSONResponse:
        del request
        return problem_response(ApiProblem.of(PROBLEM_CODES[type(error)], str(error)))
