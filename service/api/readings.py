"""The stored readings of points, over any range: raw, summed, or as finely as fits."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import pyarrow as pa
from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from models.site.disclosure import Matter
from service.api.columns import READINGS, ROLLED, reading_batch, rolled_batch
from service.api.encoders import TableFormat
from service.api.of_a_site import PointKey, site_router
from service.api.paging import link_next
from service.api.parameters import Instant
from service.api.permissions import Here, reads
from service.api.problems import not_found
from service.api.readers import PointPastReader
from service.api.reading_window import AskedReadings, ReadingsAsked
from service.api.recording import RECORDED
from service.api.resolution import Resolution
from service.api.schemas import (
    RawReadingsPage,
    ReadingAnswer,
    RolledReadingsAnswer,
    RolledReadingsPage,
)
from service.api.served import ServedSite
from service.api.tables import (
    TABLE_ANSWERS,
    TableChoice,
    TheDownloads,
    WantedTable,
    table_answer,
)
from service.evaluation.ports import RolledReadings
from service.evaluation.recorded import RecordedPoint

# What one answer in JSON may cost.
_LARGEST_PAGE: Final = 10_000
# A few megabytes, read and written in a tenth of a second.
_PAGE_OF_READINGS: Final = 65_536
_PAGE_OF_ROLLUPS: Final = 5_000
_MOST_POINTS: Final = 100
_US: Final = timedelta.resolution

router = site_router("points")


class _PageAsked:
    """Which part of the items a page of JSON is to have."""

    def __init__(
        self,
        request: Request,
        response: Response,
        limit: Annotated[
            int,
            Query(
                ge=1,
                le=_LARGEST_PAGE,
                description="of JSON: how many items at most",
                examples=[1000],
            ),
        ] = 1000,
        cursor: Annotated[
            Instant | None,
            Query(
                description="of JSON: next of the page before", examples=["2026-11-01T02:46:40Z"]
            ),
        ] = None,
    ) -> None:
        self._request, self._response, self.limit = request, response, limit
        self.cursor = None if cursor is None else cursor.astimezone(UTC)

    def link(self, **parameters: str | None) -> None:
        """Name the page that follows."""
        link_next(self._request, self._response, **parameters)


@router.get(
    "/points/{key}/readings",
    dependencies=[*reads(Matter.POINT), *RECORDED],
    response_model=RawReadingsPage | RolledReadingsPage,
    responses=TABLE_ANSWERS,
)
async def list_readings(
    key: PointKey,
    here: Here,
    page: Annotated[_PageAsked, Depends()],
    asked: AskedReadings,
    wanted: WantedTable,
    downloads: TheDownloads,
) -> RawReadingsPage | RolledReadingsPage | StreamingResponse:
    """One point over any range: a page as JSON, or all of it as CSV, Arrow or Parquet.

    Raw readings are all that are stored. Roll-ups have, for each span that begins in the range,
    the first and last good reading, the extremes, of a gauge the time-weighted mean, and how many
    readings there are of each quality. ``auto`` takes the finest steps or roll-ups of which there
    are at most ``max_points``; no extreme is lost, and ``how`` says what was taken.
    """
    past = here.store.points
    point = await _point(here, key)
    if wanted.format is not TableFormat.JSON:
        return await _file(past, [point], asked, wanted, key, downloads)
    first = max(page.cursor or asked.start, asked.start)
    limit = asked.max_points or page.limit
    answer: RawReadingsPage | RolledReadingsPage
    if asked.fineness is None:
        answer = await _raw_page(past, point, asked, first, limit)
    else:
        answer = await _rolled_page(past, point, asked, first, limit)
    # A window that ends now ends then on the next page, too.
    page.link(start=asked.start.isoformat(), end=asked.end.isoformat(), cursor=answer.next)
    return answer


@router.get(
    "/readings",
    dependencies=[*reads(Matter.POINT), *RECORDED],
    response_class=StreamingResponse,
    responses=TABLE_ANSWERS,
)
async def export_readings(
    here: Here,
    asked: AskedReadings,
    wanted: WantedTable,
    downloads: TheDownloads,
    point: Annotated[
        list[str],
        Query(
            min_length=1,
            max_length=_MOST_POINTS,
            description="key of a point; once for each",
            examples=[["intake_a.active_power_kw"]],
        ),
    ],
) -> StreamingResponse:
    """Several points in one file, one after the other; CSV unless another format is asked for."""
    points = [await _point(here, key) for key in dict.fromkeys(point)]
    if wanted.format is TableFormat.JSON:
        wanted = replace(wanted, format=TableFormat.CSV)
    return await _file(here.store.points, points, asked, wanted, here.id, downloads)


async def _point(here: ServedSite, key: str) -> RecordedPoint:
    """A point that was recorded, or that the site has: one that is gone is known by its past."""
    found = await here.store.points.point(key)
    if found is not None:
        return found
    installed = here.site.points.get(key)
    if installed is None:
        what = "point"
        raise not_found(what, key, "see the site's /points for the names")
    return RecordedPoint(key=key, unit=installed.unit)


async def _raw_page(
    past: PointPastReader, point: RecordedPoint, asked: ReadingsAsked, first: datetime, limit: int
) -> RawReadingsPage:
    found = await past.readings(point.key, first, asked.end, limit + 1)
    items = ReadingAnswer.of_columns(found)
    following = items[limit].ts if len(items) > limit else None
    return RawReadingsPage(
        point=point.key,
        unit=point.unit,
        start=asked.start,
        end=asked.end,
        resolution=Resolution.RAW.value,
        items=items[:limit],
        next=_cursor(following),
    )


async def _rolled_page(
    past: PointPastReader, point: RecordedPoint, asked: ReadingsAsked, first: datetime, limit: int
) -> RolledReadingsPage:
    assert asked.fineness is not None, "raw readings have pages of their own"
    step, span = asked.fineness.step, asked.fineness.span
    reach = await past.reach()
    if step is None:
        assert span is not None, "a fineness is a step or a span"
        found = await past.rollups(point.key, span, (first, asked.end), limit + 1)
    else:
        found = await past.steps(point.key, first, asked.end, step)
    following = found[limit].start if len(found) > limit else None
    return RolledReadingsPage(
        point=point.key,
        unit=point.unit,
        start=asked.start,
        end=asked.end,
        resolution="step" if span is None else span.value,
        step_s=None if step is None else step.total_seconds(),
        how=asked.fineness.how,
        summed_upto=None if span is None else reach.hours_upto,
        items=[RolledReadingsAnswer.of(one) for one in found[:limit]],
        next=_cursor(following),
    )


def _cursor(following: datetime | None) -> str | None:
    return None if following is None else following.isoformat().replace("+00:00", "Z")


async def _file(
    past: PointPastReader,
    points: Sequence[RecordedPoint],
    asked: ReadingsAsked,
    wanted: TableChoice,
    name: str,
    downloads: TheDownloads,
) -> StreamingResponse:
    schema = READINGS if asked.fineness is None else ROLLED
    return await table_answer(schema, _batches(past, points, asked), wanted, name, downloads)


async def _batches(
    past: PointPastReader, points: Sequence[RecordedPoint], asked: ReadingsAsked
) -> AsyncIterator[pa.RecordBatch]:
    """Page after page, point after point."""
    for point in points:
        if asked.fineness is None:
            async for one in _raw_batches(past, point, asked):
                yield one
        else:
            async for found in _rolled_pages(past, point, asked):
                yield rolled_batch(point, found)


async def _raw_batches(
    past: PointPastReader, point: RecordedPoint, asked: ReadingsAsked
) -> AsyncIterator[pa.RecordBatch]:
    start = asked.start
    while True:
        found = await past.readings(point.key, start, asked.end, _PAGE_OF_READINGS)
        if len(found):
            yield reading_batch(point, found)
        if len(found) < _PAGE_OF_READINGS:
            return
        start = found.last_ts + _US


async def _rolled_pages(
    past: PointPastReader, point: RecordedPoint, asked: ReadingsAsked
) -> AsyncIterator[Sequence[RolledReadings]]:
    assert asked.fineness is not None, "raw readings have pages of their own"
    step, span = asked.fineness.step, asked.fineness.span
    if span is None:
        assert step is not None, "a fineness is a step or a span"
        found = await past.steps(point.key, asked.start, asked.end, step)
        if found:
            yield found
        return
    start = asked.start
    while found := await past.rollups(point.key, span, (start, asked.end), _PAGE_OF_ROLLUPS):
        yield found
        if len(found) < _PAGE_OF_ROLLUPS:
            return
        start = found[-1].start + _US
