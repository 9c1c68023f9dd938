"""Which readings are asked for: from when, up to when, and how finely."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Query

from service.api.parameters import Instant
from service.api.permissions import Here
from service.api.problems import ApiProblem
from service.api.resolution import Fineness, Resolution, fitting
from service.evaluation.ports import RollupSpan

_LAST_HOUR: Final = timedelta(hours=1)

_Start = Annotated[
    Instant | None,
    Query(
        description="from then on; left out, an hour before the end",
        examples=["2026-11-01T00:00:00Z"],
    ),
]
_End = Annotated[
    Instant | None,
    Query(
        description="up to then, which is not inside; left out, now",
        examples=["2026-12-01T00:00:00+01:00"],
    ),
]
_Resolution = Annotated[
    Resolution,
    Query(
        description="raw: every reading; auto: as finely as max_points allows, extremes kept",
        examples=["auto"],
    ),
]
_MaxPoints = Annotated[
    int, Query(ge=100, le=5_000, description="of auto: how many items at most", examples=[500])
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsAsked:
    """What was asked of each point."""

    start: datetime
    end: datetime
    # None for every reading.
    fineness: Fineness | None
    # How many items a page has at most, where what was asked says so.
    max_points: int | None


def _no_window(why: str) -> ApiProblem:
    return ApiProblem(
        422,
        "malformed_window",
        "Malformed window",
        why,
        "give start and end with an offset, such as 2026-01-01T00:00:00Z, in order",
    )


async def _asked(
    here: Here,
    start: _Start = None,
    end: _End = None,
    resolution: _Resolution = Resolution.RAW,
    max_points: _MaxPoints = 1000,
) -> ReadingsAsked:
    upto = datetime.now(UTC) if end is None else end.astimezone(UTC)
    since = upto - _LAST_HOUR if start is None else start.astimezone(UTC)
    if upto <= since:
        why = f"{since.isoformat()} to {upto.isoformat()} is no window"
        raise _no_window(why)
    if resolution is Resolution.RAW:
        return ReadingsAsked(start=since, end=upto, fineness=None, max_points=None)
    if resolution is not Resolution.AUTO:
        fineness = Fineness(span=RollupSpan(resolution.value))
        return ReadingsAsked(start=since, end=upto, fineness=fineness, max_points=None)
    fineness = fitting(since, upto, max_points, await here.store.points.reach())
    return ReadingsAsked(start=since, end=upto, fineness=fineness, max_points=max_points)


AskedReadings = Annotated[ReadingsAsked, Depends(_asked)]
