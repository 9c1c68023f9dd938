"""``python -m tests.service.asked_all_over``: asks every route of a server of its own.

Prints as JSON which modules were loaded meanwhile, and which routes failed.
"""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from typing import Final

# What `boucle serve` loads before it listens.
import service.commands.serve
from service.http_server import Listening, listen
from service.live.board import SnapshotBoard
from tests.service.application import application
from tests.service.pages.sample_snapshot import sample_site, sample_snapshot

_NAMES: Final[Mapping[str, str]] = {
    "site_id": sample_site().identity.id,
    "key": "intake_a.active_power_kw",
    "kpi": "pue",
    "name": "it_kw",
    "month": "2026-10",
    "breach_id": "none",
    "period": "2026-10",
}
_PAGES: Final = (
    *("/", "/fr/", "/en/", "/docs", "/docs/problems", "/openapi.json", "/events", "/nowhere"),
    *("/en/charter", "/fr/charte", "/en/alerts", "/static/page.css", "/static/none"),
    *("/api/v1/sites?x=1", "/api/v1/none"),
)
_WAYS: Final = (
    ("GET", "Accept: text/html", "Accept-Encoding: gzip"),
    ("GET", "Accept: application/openmetrics-text; version=1.0.0"),
    ("HEAD",),
    ("POST",),
    ("OPTIONS",),
)


async def _ask(port: int, path: str, method: str, *headers: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    answer = await (reader.read(500) if "/events" in path else reader.read())
    writer.close()
    return int(answer.split()[1])


async def _main() -> None:
    board, stop = SnapshotBoard(), asyncio.Event()
    board.publish(sample_snapshot())
    app = application(board, stop=stop)
    sockets = listen(Listening(host="127.0.0.1", port=0, setting="none"), 0)
    port = sockets[0].getsockname()[1]
    server = service.commands.serve.http_server(app)
    task = asyncio.create_task(server.serve(sockets))
    while not server.started:
        await asyncio.sleep(0.01)
    before = set(sys.modules)
    # A name that nothing has is as good: it is refused.
    routes = [
        re.sub(r"{(\w+)}", lambda found: _NAMES.get(found[1], "none"), path)
        for path in app.openapi()["paths"]
    ]
    paths = (*routes, *(f"{path}?span=day&period=2026-10" for path in routes), *_PAGES)
    failed = [
        f"{way[0]} {path}" for path in paths for way in _WAYS if await _ask(port, path, *way) == 500
    ]
    late = sorted(set(sys.modules) - before)
    stop.set()
    server.should_exit = True
    await task
    print(json.dumps({"asked": len(paths), "failed": failed, "late": late}))


if __name__ == "__main__":
    asyncio.run(_main())
