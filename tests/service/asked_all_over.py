"""``python -m tests.service.asked_all_over``: asks every route of a server of its own.

Prints as JSON which modules were loaded meanwhile, and which routes failed.
"""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

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
    "charter_id": "paris",
    "rule_id": "paris_wue",
}
# Parameters with which a route does its whole work; of the format each is tried.
_ASKED: Final[Mapping[str, str]] = {
    "span": "day",
    "period": "2026",
    "resolution": "auto",
    "point": _NAMES["key"],
    "rule": _NAMES["rule_id"],
}
_FORMATS: Final = ("json", "csv", "arrow", "parquet")
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


def _addresses(told: Mapping[str, Any]) -> list[str]:
    """Each route without parameters, and with all that it knows of ours in each format."""
    found = []
    for path, operations in told.items():
        # A name that nothing has is as good: it is refused.
        plain = re.sub(r"{(\w+)}", lambda name: _NAMES.get(name[1], "none"), path)
        known = {one["name"] for one in operations.get("get", {}).get("parameters", ())}
        given = [f"{name}={value}" for name, value in _ASKED.items() if name in known]
        formats = [f"format={one}" for one in _FORMATS] if "format" in known else [""]
        found += [plain, *(f"{plain}?{'&'.join([*given, one])}".rstrip("?&") for one in formats)]
    return list(dict.fromkeys(found))


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
    paths = (*_addresses(app.openapi()["paths"]), *_PAGES)
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
