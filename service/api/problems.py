"""Errors of the API as problem+json (RFC 9457), with a stable code and a remedy."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import Scope

from service.api.problem_codes import PROBLEMS
from service.api.schemas import ProblemAnswer
from service.edge.error_page import error_page
from service.evaluation.ports import StoreAway
from service.storage.errors import StoreUnreachableError

PROBLEM_MEDIA_TYPE = "application/problem+json"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Whoever asks there is a program, whatever it says that it accepts.
_OF_PROGRAMS = ("/api/", "/metrics", "/static/", "/openapi.json", "/healthz", "/readyz")


class ApiProblem(Exception):
    """An answer other than the one asked for."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        remedy: str,
        *,
        incident: str | None = None,
    ) -> None:
        known = PROBLEMS.get(code)
        self.answer = ProblemAnswer(
            type="about:blank" if known is None else known.address,
            title=title,
            status=status,
            detail=detail,
            code=code,
            remedy=remedy,
            incident=incident,
        )
        super().__init__(detail)

    @classmethod
    def of(cls, code: str, detail: str, *, incident: str | None = None) -> "ApiProblem":
        """With status, title and remedy as the table of codes has them."""
        kind = PROBLEMS[code]
        return cls(kind.status, code, kind.title, detail, kind.remedy, incident=incident)


def respond(problem: ApiProblem, scope: Scope) -> Response:
    """problem+json, or a page for a person who wanted one."""
    answer = problem.answer
    if _wants_page(scope):
        return HTMLResponse(error_page(answer.status, answer.incident), answer.status)
    return problem_response(problem)


def _wants_page(scope: Scope) -> bool:
    if scope["path"].startswith(_OF_PROGRAMS):
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


class BrokenOff(Exception):
    """An answer that has begun cannot be brought to its end; the log says why already."""


def not_found(what: str, name: str, remedy: str) -> ApiProblem:
    """There is no such thing here."""
    code = f"{what.replace(' ', '_')}_not_found"
    return ApiProblem(404, code, "Not found", f"there is no {what} {name!r}", remedy)


def no_snapshot() -> ApiProblem:
    """Nothing was evaluated yet."""
    return ApiProblem.of("not_ready", "the first evaluation is not finished")


def problem_response(problem: ApiProblem) -> JSONResponse:
    """A problem as it is sent."""
    return JSONResponse(
        problem.answer.model_dump(exclude_none=True),
        problem.answer.status,
        media_type=PROBLEM_MEDIA_TYPE,
    )


def install(app: FastAPI) -> None:
    """Answer every known error as a problem."""

    @app.exception_handler(ApiProblem)
    async def _problem(request: Request, problem: ApiProblem) -> Response:
        return respond(problem, request.scope)

    @app.exception_handler(RequestValidationError)
    async def _malformed(request: Request, error: RequestValidationError) -> Response:
        details = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()
        )
        return respond(ApiProblem.of("malformed_request", details), request.scope)

    @app.exception_handler(HTTPException)
    async def _refused(request: Request, error: HTTPException) -> Response:
        code = {404: "path_not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
        detail = f"{request.method} {request.url.path}: {error.detail}"
        problem = ApiProblem(
            error.status_code, code, str(error.detail), detail, PROBLEMS[code].remedy
        )
        response = respond(problem, request.scope)
        response.headers.update(error.headers or {})
        if error.status_code == 405:
            response.headers["Allow"] = ", ".join(sorted(methods_at(request)))
        return response

    @app.exception_handler(StoreUnreachableError)
    @app.exception_handler(StoreAway)
    async def _store_away(request: Request, error: Exception) -> Response:
        del error
        problem = ApiProblem.of("store_away", "the database does not answer")
        return respond(problem, request.scope)


def methods_at(request: Request) -> set[str]:
    """What the address takes, whichever of its routes takes it."""
    scope = request.scope
    whole = {**scope, "root_path": scope.get("app_root_path", scope.get("root_path", ""))}
    found: set[str] = set()
    for route in request.app.routes:
        # Below a mount there are files, which are read.
        for method in ("GET",) if isinstance(route, Mount) else _METHODS:
            if route.matches({**whole, "method": method})[0] is Match.FULL:
                found.add(method)
    return found | {"HEAD"} if "GET" in found else found
