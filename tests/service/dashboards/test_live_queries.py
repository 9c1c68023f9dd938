"""Every query is answered by a real Prometheus that scrapes the three programs."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from service.metrics.family import Program
from tests.acceptance.running import free_port
from tests.service.dashboards.showing import a_site_at_work
from tests.service.dashboards.written import WRITTEN, Asked, filled, promql

# What no rule of the charter asks for, or none that applies to the sample's site.
_NO_LIMIT: Final = ("Recovered heat", "ERE", "Seasonal factor", "Delivered temperature")
NOTHING_IN_THE_SAMPLE: Final = {
    *(f"boucle-heat/{panel}/D" for panel in _NO_LIMIT),
    # No rule has a limit for its PUE that is in force.
    "boucle-operator/PUE/D",
    "boucle-charter/Margins: energy/A",
    "boucle-charter/Margins: temperature/A",
}
# One in which the sample's KPIs have figures, and one in which some are withheld.
_WINDOWS: Final = ("today", "15min")
_START_S: Final = 30.0
QUERIES: Final = list(promql())


def configuration(ports: dict[str, int]) -> str:
    jobs = "".join(
        f"""
  - job_name: {job}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]"""
        for job, port in ports.items()
    )
    return f"""
global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
scrape_configs:{jobs}
"""


@asynccontextmanager
async def prometheus(
    program: Path, ports: dict[str, int], folder: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A Prometheus that begins to scrape; it looks for what to scrape after five seconds."""
    (folder / "prometheus.yml").write_text(configuration(ports), encoding="utf-8")
    port = free_port()
    with (folder / "prometheus.log").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            stdout=out,
            stderr=out,
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            yield client
    finally:
        process.terminate()
        await process.wait()


async def asked(client: httpx.AsyncClient, expr: str) -> list[dict[str, Any]]:
    """The series of an answer; none before Prometheus is ready."""
    try:
        answer = await client.get("/api/v1/query", params={"query": expr})
    except httpx.ConnectError:
        return []
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return []
    said = answer.json()
    assert said["status"] == "success", f"{expr}: {said.get('error')}"
    series: list[dict[str, Any]] = said["data"]["result"]
    return series


async def labels_of(client: httpx.AsyncClient, query: Asked) -> set[str]:
    """Labels of the series that answer a query; none when nothing does."""
    for window in _WINDOWS:
        series = await asked(client, filled(query.text, window))
        if series:
            return {"Value"}.union(*(one["metric"] for one in series))
    return set()


async def answered(client: httpx.AsyncClient) -> dict[str, set[str]]:
    """Labels by query, once there are answers: a rate takes two scrapes."""
    found = {query.name: set[str]() for query in QUERIES}
    deadline = asyncio.get_running_loop().time() + _START_S
    while asyncio.get_running_loop().time() < deadline:
        for query in QUERIES:
            found[query.name] = found[query.name] or await labels_of(client, query)
        if {name for name, labels in found.items() if not labels} <= NOTHING_IN_THE_SAMPLE:
            break
        await asyncio.sleep(0.2)
    return found


@pytest.mark.asyncio
async def test_every_query_is_answered(prometheus_programs: Path, tmp_path: Path) -> None:
    ports = {f"boucle-{program.value}": free_port() for program in Program}
    async with (
        prometheus(prometheus_programs / "prometheus", ports, tmp_path) as client,
        a_site_at_work(ports),
    ):
        found = await answered(client)
        await variables_are_filled(client)

    assert len(found) == len(QUERIES) > 90
    assert {name for name, labels in found.items() if not labels} == NOTHING_IN_THE_SAMPLE
    for query in QUERIES:
        named = set(re.findall(r"\{\{(\w+)\}\}", query.legend))
        assert not found[query.name] or named <= found[query.name], query.name
        of_panel: set[str] = set().union(
            *(found[one.name] for one in QUERIES if one.panel_name == query.panel_name)
        )
        columns = {one for one in query.columns if not one.startswith("Value #")}
        assert columns <= of_panel, query.name


async def variables_are_filled(client: httpx.AsyncClient) -> None:
    for dashboard in WRITTEN.values():
        for one in dashboard["templating"]["list"]:
            if one["type"] == "query":
                found = re.fullmatch(r"label_values\((.+), (\w+)\)", one["query"]["query"])
                assert found is not None
                answer = await client.get(
                    f"/api/v1/label/{found[2]}/values",
                    params={"match[]": filled(found[1], "today")},
                )
                assert answer.json()["data"], one["name"]
