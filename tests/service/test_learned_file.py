"""What devices taught outlives the collector, and no file that is found there does harm."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from collectors.backoff import Backoff
from collectors.lessons import BlockLesson, DeviceLesson
from collectors.modbus.book import BlockBook
from collectors.modbus.planning import plan_blocks
from collectors.profiles.schema import ModbusProfile
from service.learned_file import open_learned_file
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate_database
from tests.acceptance.running import open_folder
from tests.collectors.builders import modbus_point, three_block_profile
from tests.collectors.scripted_server import ScriptedServer, Unit
from tests.service.test_collector_server import SITE, process

REFUSED = 1020
BACKOFF = Backoff(base_s=1.0, cap_s=4.0)


def site_text(port: int) -> str:
    """One meter, behind one link."""
    identity = SITE.read_text(encoding="utf-8").partition("\nlinks:")[0]
    rest = {
        "links": [{"id": "gw", "protocol": "modbus", "host": "127.0.0.1", "port": port}],
        "devices": [
            {
                "id": "intake",
                "link": "gw",
                "unit": 1,
                "profile": "energy_meter",
                "poll_s": 0.5,
                "label_fr": "x",
                "label_en": "x",
            }
        ],
        "meters": [
            {
                "id": "intake",
                "device": "intake",
                "register": "active_energy_kwh",
                "role": "utility_intake",
                "max_per_h": 1000,
                "accuracy": {"kind": "electricity", "standard": "class C", "mpe_percent": 0.5},
            }
        ],
    }
    return identity + "\n" + "\n".join(f"{key}: {json.dumps(rest[key])}" for key in rest)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(40.0):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.mark.asyncio
async def test_a_collector_that_starts_again_asks_no_register_that_was_refused_before() -> None:
    with open_folder() as folder:
        async with EmbeddedPostgres(folder / "postgres") as postgres, ScriptedServer() as server:
            await migrate_database(postgres.dsn)
            server.units[1] = Unit(unreadable={REFUSED})
            site, kept = folder / "site.yaml", folder / "learned-chapelle_international.json"
            site.write_text(site_text(server.port), encoding="utf-8")
            environ = {
                **os.environ,
                "BOUCLE_DATABASE_URL": postgres.dsn,
                "BOUCLE_DATA_DIR": str(folder),
                "PYTHONUNBUFFERED": "1",
            }
            first = process("collector", ("service", "collect", str(site)), environ, None)
            await first.start()
            await until(kept.exists)
            await first.stop()
            before = [(a.address, a.count) for a in server.asked]
            assert any(address <= REFUSED < address + count for address, count in before)

            server.asked.clear()
            again = process("collector", ("service", "collect", str(site)), environ, None)
            await again.start()
            # The second poll tests the whole block again.
            await until(lambda: any(a.count > 30 for a in server.asked))
            await again.stop()
            whole = next(i for i, a in enumerate(server.asked) if a.count > 30)
            poll = server.asked[:whole]
            assert len(poll) >= 2
            assert all(not a.address <= REFUSED < a.address + a.count for a in poll)
            read = {a.address + n for a in poll for n in range(a.count)}
            assert {1000, 1022, 1032, 2000} <= read


LESSON = DeviceLesson(
    link="gw",
    unit=1,
    blocks=(BlockLesson(space="holding", address=100, count=1, points=("p100",), is_refused=True),),
)


@pytest.mark.asyncio
async def test_a_file_is_written_when_something_changed_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "learned-here.json"
    async with open_learned_file(tmp_path, "here") as learned:
        assert learned.recall("d") is None
        learned.note("d", None)
    assert not path.exists()
    async with open_learned_file(tmp_path, "here") as learned:
        learned.note("d", LESSON)
    written = path.stat()
    async with open_learned_file(tmp_path, "here") as learned:
        assert learned.recall("d") == LESSON
        learned.note("d", LESSON)
    assert path.stat().st_mtime_ns == written.st_mtime_ns
    assert not path.with_suffix(".part").exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        '{"format": 1, "site": "here", "devices": {"d": {"link": "gw"',
        '{"format": 2, "site": "here", "devices": {}}',
        '{"format": 1, "site": "elsewhere", "devices": {}}',
        '{"format": 1, "site": "here", "devices": {"d": {"link": "gw", "unit": "x"}}}',
        "[1, 2]",
    ],
)
@pytest.mark.asyncio
async def test_a_damaged_or_foreign_file_is_left_out_once_and_kept(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "learned-here.json"
    path.write_text(content, encoding="utf-8")
    with capture_logs() as logs:
        async with open_learned_file(tmp_path, "here") as learned:
            assert learned.recall("d") is None
            learned.note("d", LESSON)
        async with open_learned_file(tmp_path, "here") as learned:
            assert learned.recall("d") == LESSON
    assert [line["event"] for line in logs] == ["learned_file_not_read"]
    assert (tmp_path / "learned-here.unread").read_text(encoding="utf-8") == content


@pytest.mark.asyncio
async def test_a_folder_that_takes_nothing_is_said_once(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    with capture_logs() as logs:
        async with open_learned_file(folder, "here") as learned:
            learned.note("d", LESSON)
            assert learned.recall("d") == LESSON
    assert [line["event"] for line in logs] == ["learned_file_not_written"]


def book_of(profile: ModbusProfile) -> BlockBook:
    return BlockBook(profile.points, plan_blocks(profile), BACKOFF)


def taught() -> BlockBook:
    """Register 201 is refused, in a block of three."""
    book = book_of(three_block_profile())
    [_, block, _] = book.due(0.0)
    first, rest = book.split(block, 0.0)
    book.answered(first)
    bad, _ = book.split(rest, 0.0)
    book.refused(bad, 0.0)
    return book


def test_what_a_book_learned_another_one_goes_on_with() -> None:
    book = book_of(three_block_profile())
    book.learn_again(taught().lessons(), 100.0)

    assert book.learned == taught().learned
    assert book.lessons() == taught().lessons()
    assert [b.address for b in book.due(100.0)] == [100, 200, 202, 300]
    # It is tested again as if it had been learned now: the whole block after one poll.
    assert [b.address for b in book.due(101.0)] == [100, 200, 300]
    [whole] = [b for b in book.due(101.0) if b.address == 200]
    assert whole.count == 3
    book.answered(whole)
    assert book.lessons() == ()


def test_what_does_not_fit_the_plan_of_now_is_left_out() -> None:
    lessons = taught().lessons()
    profile = three_block_profile()
    moved = profile.model_copy(
        update={"points": tuple(p for p in profile.points if p.name != "p202")}
    )
    longer = profile.model_copy(update={"points": (*profile.points, modbus_point("p203", 203))})
    for changed in (moved, longer):
        book = book_of(changed)
        book.learn_again(lessons, 0.0)
        assert book.lessons() == ()
        assert book.due(0.0) == list(plan_blocks(changed))


def test_a_device_that_refuses_everything_teaches_nothing_of_its_registers() -> None:
    book = taught()
    book.refused_everything()
    assert book.lessons() == ()
