"""Asks every route of a server with nothing stored, and prints what was imported meanwhile."""

import asyncio
import re
import sys

import service.commands.serve  # noqa: F401 - what `boucle serve` has before it listens
from service.api.permissions import api_routes
from service.live.board import SnapshotBoard
from tests.service.application import application, client_of
from tests.service.pages.sample_snapshot import sample_site, sample_snapshot

FORMATS = ("json", "csv", "arrow", "parquet")
FILLED = {
    "site_id": sample_site().identity.id,
    "key": "intake_a.active_power_kw",
    "kpi": "pue",
    "period": "2026",
    "charter_id": "paris",
    "rule_id": "paris_wue",
}
ASKED = {
    "span": "day",
    "period": "2026",
    "resolution": "auto",
    "point": FILLED["key"],
    "rule": "paris_wue",
}


async def ask() -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    app = application(board)
    told = app.openapi()["paths"]
    asked = [
        (re.sub(r"{(\w+)[^}]*}", lambda found: FILLED.get(found[1], "x"), route.path), known)
        for route in api_routes(app.routes)
        if "GET" in (route.methods or ()) and "events" not in route.path
        for known in [told.get(route.path, {}).get("get", {}).get("parameters", ())]
    ]
    async with client_of(app) as client:
        before = set(sys.modules)
        answers = [
            await client.get(
                path,
                params={
                    one["name"]: ({**ASKED, "format": kind})[one["name"]]
                    for one in known
                    if one["name"] in {*ASKED, "format"}
                },
            )
            for path, known in asked
            for kind in FORMATS
        ]
    answered = sum(one.status_code == 200 for one in answers)
    print(answered, *sorted(set(sys.modules) - before))


asyncio.run(ask())
