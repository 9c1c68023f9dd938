"""Answers as tables that are streamed: CSV, Arrow and Parquet, a batch of rows at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import pyarrow as pa
import structlog
from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse

from service.api.encoders import ENCODERS, CsvStyle, Encoder, TableFormat
from service.api.problems import ApiProblem, BrokenOff
from service.evaluation.ports import StoreAway

log = structlog.get_logger(__name__)

# A download holds a page of rows in memory, and a thread while it is encoded.
_MOST_DOWNLOADS = 8


MEDIA_TYPES: Final[Mapping[TableFormat, str]] = {
    TableFormat.JSON: "application/json",
    TableFormat.CSV: "text/csv",
    TableFormat.ARROW: "application/vnd.apache.arrow.stream",
    TableFormat.PARQUET: "application/vnd.apache.parquet",
}
_BY_MEDIA_TYPE: Final = {media_type: one for one, media_type in MEDIA_TYPES.items()}
# What a table may be answered as, for the document of the API.
TABLE_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "as JSON, or the whole as a file",
        "content": {
            MEDIA_TYPES[one]: {"schema": {"type": "string", "format": "binary"}}
            for one in TableFormat
            if one is not TableFormat.JSON
        },
    },
    406: {"description": "no such format"},
}


@dataclass(frozen=True, slots=True)
class TableChoice:
    """What was asked for."""

    format: TableFormat
    style: CsvStyle


def _table_choice(
    request: Request,
    format: Annotated[
        TableFormat | None,
        Query(
            description="how rows are written; left out, the Accept header says", examples=["csv"]
        ),
    ] = None,
    csv: Annotated[
        CsvStyle,
        Query(description="of a CSV: fr writes semicolons and decimal commas", examples=["fr"]),
    ] = CsvStyle.PLAIN,
) -> TableChoice:
    accepted = format or _accepted(request.headers.get("accept", "*/*"))
    return TableChoice(accepted, csv)


WantedTable = Annotated[TableChoice, Depends(_table_choice)]


def _accepted(header: str) -> TableFormat:
    """The format that a client likes best of those there are; JSON where it takes anything."""
    weighed: list[tuple[float, TableFormat]] = []
    for part in header.lower().split(","):
        media_type, *parameters = (one.strip() for one in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        named = _BY_MEDIA_TYPE.get(media_type)
        if media_type in {"*/*", "application/*"}:
            named = TableFormat.JSON
        if named is not None:
            weighed.append((_weight(quality), named))
    best = max(weighed, key=lambda one: one[0], default=(0.0, TableFormat.JSON))
    if best[0] <= 0.0:
        raise ApiProblem(
            406,
            "not_acceptable",
            "Not acceptable",
            f"there is nothing of {header!r}",
            f"accept one of {', '.join(_BY_MEDIA_TYPE)}, or give format=",
        )
    return best[1]


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


class Downloads:
    """How many tables are being written; more than some are refused, so that each has its share."""

    def __init__(self) -> None:
        self._running = 0

    def refuse_more(self) -> None:
        """Raise ApiProblem when as many are under way as may be."""
        if self._running >= _MOST_DOWNLOADS:
            raise ApiProblem(
                503,
                "busy",
                "Busy",
                f"{_MOST_DOWNLOADS} downloads are under way",
                "ask again in a minute",
            )

    async def counted(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same chunks, counted as one download until their end."""
        self._running += 1
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            self._running -= 1


def _downloads_of(request: Request) -> Downloads:
    downloads: Downloads = request.app.state.downloads
    return downloads


TheDownloads = Annotated[Downloads, Depends(_downloads_of)]


async def table_answer(
    schema: pa.Schema,
    batches: AsyncIterator[pa.RecordBatch],
    wanted: TableChoice,
    name: str,
    downloads: Downloads,
) -> StreamingResponse:
    """A file of some batches of rows, written as they come.

    The first is fetched before the answer begins: a store that is away is an error and no file. A
    store that goes away later breaks the connection off, so that a file is whole or visibly not.
    """
    downloads.refuse_more()
    kind = wanted.format
    first = await anext(batches, None)
    chunks = _chunks(ENCODERS[kind](schema, wanted.style), first, batches)
    return StreamingResponse(
        downloads.counted(chunks),
        media_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{_file_name(name)}.{kind.value}"',
            "Cache-Control": "private, no-cache",
            "Vary": "Accept",
        },
    )


def _file_name(name: str) -> str:
    return "".join(one if one.isalnum() or one in "._-" else "_" for one in name)


async def _chunks(
    encoder: Encoder, first: pa.RecordBatch | None, batches: AsyncIterator[pa.RecordBatch]
) -> AsyncIterator[bytes]:
    yield encoder.begin()
    batch = first
    while batch is not None:
        for start in range(0, batch.num_rows, encoder.at_once):
            yield await asyncio.to_thread(encoder.rows, batch.slice(start, encoder.at_once))
        try:
            batch = await anext(batches, None)
        except StoreAway as error:
            log.warning("download_broken_off", error=str(error))
            raise BrokenOff from error
    yield encoder.end()
