"""Query parameters of the API: unknown ones are refused, moments and numbers have bounds."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Annotated, Final

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator

from service.api.problem_codes import PROBLEMS
from service.api.problems import ApiProblem

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_END: Final = datetime(2100, 1, 1, tzinfo=UTC)
# A bigint of PostgreSQL.
GREATEST_INTEGER: Final = 2**63 - 1


def bounded(moment: datetime) -> datetime:
    """The same; ValueError outside of the years that there can be data of."""
    # Without an offset it is refused by whoever needs one, with words of its own.
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if not _FIRST <= aware < _END:
        msg = f"must be in {_FIRST.year} to {_END.year - 1}"
        raise ValueError(msg)
    return moment


def dated(value: object) -> object:
    """The same; ValueError for what does not begin with a date: pydantic takes 0 for 1970."""
    if isinstance(value, str) and _DATE.match(value):
        return value
    msg = "write it as RFC 3339 has it, such as 2026-01-31 or 2026-01-31T00:00:00Z"
    raise ValueError(msg)


# A moment with its offset, from which windows can be reckoned without leaving the calendar.
Instant = Annotated[AwareDatetime, BeforeValidator(dated), AfterValidator(bounded)]
Day = Annotated[date, BeforeValidator(dated)]


async def refuse_unknown_parameters(request: Request) -> None:
    """A misspelt parameter would silently do nothing, and the answer would be another."""
    if not request.url.path.startswith("/api/"):
        return
    known = set(query_names(request.scope["route"].dependant))
    for name in request.query_params:
        if name in known:
            continue
        shown = name[:60]
        close = get_close_matches(name, known, n=1)
        if close:
            remedy = f"did you mean {close[0]}?"
        elif known:
            remedy = f"use one of {', '.join(sorted(known))}"
        else:
            remedy = "this route takes none"
        kind = PROBLEMS["unknown_parameter"]
        detail = f"there is no parameter {shown!r} here"
        raise ApiProblem(kind.status, kind.code, kind.title, detail, remedy)


def query_names(dependant: Dependant) -> Iterator[str]:
    """The query parameters that a route takes."""
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, inner in kind.model_fields.items():
                yield inner.alias or name
        else:
            yield field.alias
    for one in dependant.dependencies:
        yield from query_names(one)
