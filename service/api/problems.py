"""Errors of the API as problem+json (RFC 9457), with a stable code and a remedy."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from service.api.schemas import ProblemAnswer
from service.evaluation.ports import StoreAway
from service.storage.errors import StoreUnreachableError

_MEDIA_TYPE = "application/problem+json"


class ApiProblem(Exception):
    """An answer other than the one asked for."""

    def __init__(self, status: int, code: str, title: str, detail: str, remedy: str) -> None:
        self.answer = ProblemAnswer(
            title=title, status=status, detail=detail, code=code, remedy=remedy
        )
        super().__init__(detail)


def not_found(what: str, name: str, remedy: str) -> ApiProblem:
    """There is no such thing here."""
    return ApiProblem(404, f"{what}_not_found", "Not found", f"there is no {what} {name!r}", remedy)


def no_snapshot() -> ApiProblem:
    """Nothing was evaluated yet."""
    return ApiProblem(
        503,
        "not_ready",
        "Not ready",
        "the first evaluation is not finished",
        "ask again in a few seconds; /readyz says what is missing",
    )


def problem_response(problem: ApiProblem) -> JSONResponse:
    """A problem as it is sent."""
    return JSONResponse(problem.answer.model_dump(), problem.answer.status, media_type=_MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every known error of the API as problem+json."""

    @app.exception_handler(ApiProblem)
    async def _problem(request: Request, problem: ApiProblem) -> JSONResponse:
        del request
        return problem_response(problem)

    @app.exception_handler(RequestValidationError)
    async def _malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        del request
        details = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()
        )
        return problem_response(
            ApiProblem(
                422, "malformed_request", "Malformed request", details, "see /docs for the form"
            )
        )

    @app.exception_handler(HTTPException)
    async def _refused(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "path_not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
        detail = f"{request.method} {request.url.path}: {error.detail}"
        problem = ApiProblem(
            error.status_code, code, str(error.detail), detail, "see /docs for what there is"
        )
        response = problem_response(problem)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(StoreUnreachableError)
    @app.exception_handler(StoreAway)
    async def _store_away(request: Request, error: Exception) -> JSONResponse:
        del request, error
        return problem_response(
            ApiProblem(
                503,
                "store_away",
                "The store is away",
                "the database does not answer",
                "ask again; the live figures are still served from memory",
            )
        )
