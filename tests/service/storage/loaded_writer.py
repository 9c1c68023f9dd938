"""A process that spools readings as fast as it can and prints what was acknowledged.

Run as a script: dsn, folder, store id, number of the first batch.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from service.storage.settings import SpoolSettings
from service.storage.spooled_writer import SpooledWriter, open_spooled_writer
from tests.service.storage.batches import ticks

POINTS = tuple(range(1, 41))
_WRITERS = 4


async def _accept_for_ever(writer: SpooledWriter, first: int) -> None:
    number = first
    while True:
        await writer.accept(ticks(POINTS, number, 1))
        # The line leaves the process before the next batch: what is read was acknowledged.
        sys.stdout.write(f"acknowledged {number}\n")
        sys.stdout.flush()
        number += _WRITERS
        await asyncio.sleep(0.002)


async def _main() -> None:
    dsn, folder, store_id, first = sys.argv[1:]
    settings = SpoolSettings(linger_s=0.01, max_backoff_s=0.2)
    async with (
        open_spooled_writer(
            dsn, Path(folder), store_id=UUID(store_id), settings=settings
        ) as writer,
        asyncio.TaskGroup() as tasks,
    ):
        for offset in range(_WRITERS):
            tasks.create_task(_accept_for_ever(writer, int(first) + offset))


if __name__ == "__main__":
    asyncio.run(_main())
