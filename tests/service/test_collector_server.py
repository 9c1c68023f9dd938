"""The collector tells of itself over HTTP, whatever became of the database."""

import asyncio
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from collectors.clock_watch import ClockDoubt
from models.readings import DeviceState
from service.collector_board import CollectorBoard, CollectorPicture, judge
from service.collector_server import collector_app
from service.commands.loading import load_the_site
from service.demo.ports import write_site
from service.errors import UserError
from service.http_server import Listening
from service.metrics.devices import DeviceFigures, device_metrics
from service.metrics_server import served
from service.processes import Child
from service.settings import Settings
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate_database
from service.storage.spooled_writer import WriterStats
from tests.acceptance.running import ROOT, free_port, open_folder

SITE = ROOT / "deploy" / "sites" / "chapelle-international.yaml"

Samples = dict[str, list[tuple[dict[str, str], float]]]


@dataclass
class Running:
    """A collector with simulated devices and a database of its own."""

    postgres: EmbeddedPostgres
    port: int

    async def get(self, path: str) -> tuple[int, str]:
        return await asyncio.to_thread(_get, f"http://127.0.0.1:{self.port}{path}")

    async def health(self) -> tuple[int, dict[str, Any]]:
        status, text = await self.get("/healthz")
        return status, json.loads(text)

    async def metrics(self) -> Samples:
        _, text = await self.get("/metrics")
        samples: Samples = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples.setdefault(sample.name, []).append((sample.labels, sample.value))
        return samples

    async def value(self, name: str) -> float:
        [(_, value)] = (await self.metrics())[name]
        return value


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def until(condition: Callable[[], Any], timeout_s: float = 40.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not await condition():
            await asyncio.sleep(0.1)


def process(name: str, argv: tuple[str, ...], environ: dict[str, str], ready: str | None) -> Child:
    return Child(name=name, argv=(sys.executable, "-m", *argv), environ=environ, ready_line=ready)


@pytest_asyncio.fixture
async def running() -> AsyncIterator[Running]:
    with open_folder() as folder:
        site, port = folder / "site.yaml", free_port()
        control = write_site(SITE, site)
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            await migrate_database(postgres.dsn)
            environ = {
                **os.environ,
                "BOUCLE_DATABASE_URL": postgres.dsn,
                "BOUCLE_DATA_DIR": str(folder),
                "BOUCLE_COLLECT_PORT": str(port),
                "PYTHONUNBUFFERED": "1",
            }
            serve = ("simulators", "serve", str(site), "--control-port", str(control))
            simulator = process("simulator", serve, environ, "simulator ready")
            collector = process("collector", ("service", "collect", str(site)), environ, None)
            try:
                await simulator.start()
                await collector.start()
                one = Running(postgres=postgres, port=port)
                await until(lambda: _answers(one))
                yield one
            finally:
                await collector.stop()
                await simulator.stop()


async def _answers(one: Running) -> bool:
    try:
        return (await one.health())[0] == 200
    except urllib.error.URLError:
        return False


@pytest.mark.asyncio
async def test_the_collector_is_seen_with_the_database_and_without(running: Running) -> None:
    async def written() -> bool:
        return await running.value("boucle_readings_written_total") > 0

    await until(written)
    status, health = await running.health()
    assert (status, health["status"], health["failed"]) == (200, "polling", [])
    assert await running.value("boucle_database_up") == 1.0

    await running.postgres.stop()

    async def waiting() -> bool:
        return await running.value("boucle_spool_readings") > 500

    await until(waiting)
    metrics = await running.metrics()
    assert metrics["boucle_database_up"][0][1] == 0.0
    assert 0.0 < time.time() - metrics["boucle_spool_oldest_timestamp_seconds"][0][1] < 60.0
    assert metrics["boucle_spool_limit_bytes"][0][1] == 512 << 20
    assert metrics["boucle_spool_bytes"][0][1] > 500 * 32
    for name in (
        "boucle_readings_dropped_total",
        "boucle_readings_dead_letter_total",
        "boucle_spool_lost_readings_total",
        "boucle_spool_lost_bytes_total",
        "boucle_spool_salvaged_readings_total",
        "boucle_store_adoption_needed",
        "boucle_polls_left_out_total",
    ):
        assert [value for _, value in metrics[name]] == [0.0]
    # An outage slows no poll.
    assert metrics["boucle_poll_stretch_ratio"][0][1] == 1.0
    for part in ("count", "sum"):
        polls = metrics[f"boucle_device_poll_duration_seconds_{part}"]
        assert len(polls) == 49
        assert all(value > 0 for _, value in polls)
    assert {value for _, value in metrics["boucle_device_poll_failures_total"]} == {0.0}
    assert len(metrics["boucle_device_info"]) == 49
    status, health = await running.health()
    assert status == 200
    assert any("the database is away" in reason for reason in health["reasons"])

    await running.postgres.start()

    async def drained() -> bool:
        return await running.value("boucle_database_up") == 1.0

    await until(drained)


def empty_board() -> CollectorBoard:
    return CollectorBoard(load_the_site(SITE, Settings()).site, spool_limit_bytes=1 << 20)


def at(port: int) -> Listening:
    return Listening(host="127.0.0.1", port=port, setting="BOUCLE_COLLECT_PORT")


@pytest.mark.asyncio
async def test_before_the_points_have_numbers_it_says_what_it_waits_for() -> None:
    port, stop = free_port(), asyncio.Event()
    async with served(collector_app(empty_board()), at(port), stop):
        status, text = await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/healthz")
        assert status == 503
        assert json.loads(text)["failed"] == ["registration"]
        assert (await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/metrics"))[0] == 200
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))


@pytest.mark.asyncio
async def test_a_taken_port_is_named_with_the_setting() -> None:
    stop = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {port} .* BOUCLE_COLLECT_PORT"):
            async with served(collector_app(empty_board()), at(port), stop):
                pass


STATS = WriterStats(
    acknowledged_total=10,
    written_total=10,
    already_there_total=0,
    spooled_rows=0,
    spooled_bytes=0,
    oldest_age_s=None,
    database_up=True,
    dropped_total=0,
    lost_total=0,
    lost_bytes_total=0,
    salvaged_total=0,
    dead_letter_total=0,
    store_replaced=None,
    disk_refused=None,
)


def device(name: str, state: DeviceState) -> DeviceFigures:
    return DeviceFigures(id=name, state=state, since=T0, polls_total=3, failures_total=1)


T0 = datetime(2026, 11, 1, tzinfo=UTC)


WELL = CollectorPicture(
    site="s",
    pipeline=STATS,
    queued_rows=0,
    installed=(),
    spool_limit_bytes=1 << 20,
    devices=[device("one", DeviceState.OK), device("two", DeviceState.LOST)],
    poll_age_s=1.0,
    longest_wait_s=62.0,
)


def test_polling_fails_by_its_parts_and_not_by_the_database() -> None:
    away = replace(STATS, database_up=False, spooled_rows=7)
    copied = replace(away, store_replaced="a restored copy")
    lost = [device("one", DeviceState.LOST), device("two", DeviceState.LOST)]
    starting = [device("one", DeviceState.STARTING), device("two", DeviceState.LOST)]

    def failed(picture: CollectorPicture) -> list[str]:
        return list(judge(picture).failed)

    assert failed(WELL) == failed(replace(WELL, pipeline=away)) == []
    assert failed(replace(WELL, pipeline=copied)) == []
    assert failed(replace(WELL, devices=lost)) == ["devices"]
    assert failed(replace(WELL, devices=starting)) == ["devices"]
    assert failed(replace(WELL, poll_age_s=63.0)) == ["polling"]
    assert failed(replace(WELL, pipeline=replace(STATS, disk_refused="full"))) == ["spool"]
    assert failed(replace(WELL, pipeline=None)) == ["registration"]


def test_what_somebody_should_see_to_is_said_while_polling_works() -> None:
    def notes(**changes: Any) -> str:
        return " | ".join(judge(replace(WELL, pipeline=replace(STATS, **changes))).notes)

    assert notes() == "1 of 2 devices do not answer: two"
    assert "7 readings wait on disk" in notes(database_up=False, spooled_rows=7)
    moved = replace(WELL, clock_doubt=ClockDoubt(step_s=3600.0, left_s=3000.0))
    assert "jumped forward by 3600 s" in judge(moved).notes[-1]
    skewed = [replace(WELL.devices[0], clock_offset_s=90.0), *WELL.devices[1:]]
    [_, off] = judge(replace(WELL, devices=skewed)).notes
    assert "one (90 s ahead)" in off
    slowed = replace(WELL, poll_stretch=2.5, late_s=4.6)
    assert "2.5 times further apart than planned, and readings 5 s late" in judge(slowed).notes[-1]
    assert judge(slowed).failed == {}
    assert "adopt" in notes(database_up=False, store_replaced="run adopt")
    assert "12 readings were lost" in notes(dropped_total=12)
    assert "3 readings were refused" in notes(dead_letter_total=3)


def test_what_devices_refuse_is_said() -> None:
    taught = replace(
        device("two", DeviceState.OK), split_blocks=1, refused_points=1, learned="refused: p"
    )
    one = device("one", DeviceState.OK)
    assert judge(replace(WELL, devices=[one, taught])).notes == [
        "read otherwise than planned, because they refuse: two (refused: p)"
    ]
    samples = {
        sample.name: sample.value
        for family in device_metrics("s", [one, taught])
        for sample in family.samples
        if sample.labels["device"] == "two" and "state" not in sample.labels
    }
    assert samples["boucle_device_split_blocks"] == 1.0
    assert samples["boucle_device_refused_points"] == 1.0
