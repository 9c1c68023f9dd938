"""Lists that grow are answered a page at a time, from a cursor on."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from service.api.problems import ApiProblem

Item = TypeVar("Item")

_LARGEST_PAGE = 1000


class Page(BaseModel, Generic[Item]):
    """A part of a list."""

    items: Sequence[Item] = Field(description="one after the other")
    next: str | None = Field(
        description="cursor of the page that follows, also in the header Link; null: this is the "
        "last",
        examples=["1201"],
    )


class _PageAsked:
    """Which part of a list is asked for."""

    def __init__(
        self,
        request: Request,
        response: Response,
        limit: Annotated[
            int, Query(ge=1, le=_LARGEST_PAGE, description="how many at most", examples=[100])
        ] = 100,
        cursor: Annotated[
            str | None,
            Query(
                max_length=200,
                description="next of the page before; left out, the page is the first",
                examples=["101"],
            ),
        ] = None,
    ) -> None:
        self._request, self._response = request, response
        self.limit, self.cursor = limit, cursor

    def goes_on(self, cursor: str | None) -> str | None:
        """Name the page that follows in the header, and give its cursor; None for none."""
        link_next(self._request, self._response, cursor=cursor)
        return cursor


PageAsked = Annotated[_PageAsked, Depends()]


def number_of(cursor: str | None) -> int:
    """What a cursor that is a number says; 0 at the beginning."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()) or len(cursor) > 18:
        raise no_such_cursor(cursor)
    return int(cursor)


def no_such_cursor(cursor: str) -> ApiProblem:
    """Refuse a cursor that no page gave."""
    return ApiProblem(
        400,
        "cursor_unknown",
        "No such cursor",
        f"{cursor!r} is no cursor of this list",
        "give next of the page before, or leave the cursor out",
    )


def link_next(request: Request, response: Response, **parameters: str | None) -> None:
    """Name the page that follows in the header, when there is one."""
    if parameters["cursor"] is None:
        return
    url = request.url.include_query_params(**parameters)
    response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
