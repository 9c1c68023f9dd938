"""``python -m tests.bench.load_writer DSN FOLDER``: writes 10,000 readings a second.

At the end of its input it prints as JSON how many were offered, acknowledged, lost and doubled.
"""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from service.storage.connection import connected
from service.storage.points import fetch_store_id
from service.storage.spooled_writer import open_spooled_writer
from tests.service.storage.paced_load import PacedLoad


async def _main(dsn: str, folder: Path) -> None:
    async with connected(dsn, command_timeout_s=300.0) as conn:
        store_id = await fetch_store_id(conn)
        async with open_spooled_writer(dsn, folder, store_id=store_id) as writer:
            load = PacedLoad(writer)
            async with load.running():
                await asyncio.to_thread(sys.stdin.read)
        damage = await load.damage(conn)
    told = {"offered": load.offered_rows, "acknowledged": load.acknowledged_rows}
    print(json.dumps(told | asdict(damage)))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], Path(sys.argv[2])))
