"""Runs the collectors of a site into the store.

The numbers of the points come from the database. They are kept on disk, so that a collector that
starts while the database is away polls at once and spools; only a very first start must wait.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog

from collectors.assemble import assemble
from collectors.errors import InstallationError
from collectors.lessons import LessonsInMemory
from collectors.ports import HealthSink, ReadingSink
from collectors.runner import run_collectors
from models.site.site import Site
from service.collector_board import BoardedHealth, CollectorBoard
from service.collector_server import collector_app
from service.errors import UserError, innermost
from service.http_server import Listening
from service.learned_file import open_learned_file
from service.metrics_server import served
from service.reloading import SiteReload
from service.settings import Settings, require_dsn
from service.site.site import InstalledSite
from service.storage.connection import connected
from service.storage.errors import SchemaError, SpoolError, StoreUnreachableError
from service.storage.health import open_health_sink
from service.storage.migrate import require_schema
from service.storage.pipeline import report_pipeline
from service.storage.point_raw import report_raw
from service.storage.points import PointSpec, fetch_store_id, register_points
from service.storage.settings import SpoolSettings
from service.storage.spooled_writer import open_spooled_writer, spool_folder
from service.storage.store_guard import StoreGuard

log = structlog.get_logger(__name__)

_RETRY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the database calls the points of a site, and which database that is."""

    store_id: UUID
    point_ids: Mapping[str, int]

    def covers(self, site: Site) -> bool:
        """Whether every point of the site has its number."""
        return all(key in self.point_ids for key in site.points)


async def collect(reload: SiteReload, settings: Settings, stop: asyncio.Event) -> None:
    """Poll every device of the site until told to stop, and tell whoever asks how it goes."""
    limit_bytes = settings.spool_max_mb * 1024 * 1024
    board = CollectorBoard(reload.current.site, spool_limit_bytes=limit_bytes)
    where = Listening(
        host=settings.collect_host, port=settings.collect_port, setting="BOUCLE_COLLECT_PORT"
    )
    async with served(collector_app(board), where, stop):
        await _collect(reload, settings, stop, board)


async def _collect(
    reload: SiteReload, settings: Settings, stop: asyncio.Event, board: CollectorBoard
) -> None:
    site, dsn = reload.current.site, require_dsn(settings)
    folder = settings.data_dir
    registration = await _registration(site, dsn, folder, stop)
    if registration is None:
        return
    limits = SpoolSettings(quota_bytes=board.spool_limit_bytes)
    try:
        async with (
            open_spooled_writer(
                dsn, folder, store_id=registration.store_id, settings=limits
            ) as writer,
            open_health_sink(dsn, site.identity.id) as health,
            open_learned_file(folder, site.identity.id) as learned,
            asyncio.TaskGroup() as tasks,
        ):
            board.follow(writer)
            board.memory.lessons = learned
            reporting = report_pipeline(dsn, site.identity.id, writer, board.stats, stop)
            tasks.create_task(reporting, name="pipeline-report")
            words = report_raw(dsn, site.identity.id, board.memory.raw, stop)
            tasks.create_task(words, name="raw-report")
            polling = _Polling(registration, settings, board, writer, BoardedHealth(board, health))
            await reload.poll(polling.run, polling.prepare, board.note_reload, stop)
    except* (SpoolError, InstallationError) as group:
        raise UserError(str(innermost(group))) from group


class _Polling:
    """Polls one site after another into the same spool."""

    def __init__(
        self,
        registration: Registration,
        settings: Settings,
        board: CollectorBoard,
        readings: ReadingSink,
        health: HealthSink,
    ) -> None:
        self._registration = registration
        self._dsn, self._folder = require_dsn(settings), settings.data_dir
        self._board = board
        self._readings = readings
        self._health = health

    async def run(self, installed: InstalledSite, end: asyncio.Event) -> None:
        """Poll until the event is set; what was read is in the spool then."""
        self._board.show(installed.site)
        await run_collectors(
            installed.installation,
            installed.profiles,
            self._ids(installed.site),
            self._readings,
            self._health,
            stop=end,
            stats=self._board.stats,
            memory=self._board.memory,
        )

    async def prepare(self, installed: InstalledSite) -> None:
        """Give new points their numbers, and see whether everything fits together."""
        store_id = self._registration.store_id
        try:
            new = await register(installed.site, self._dsn, data_dir=self._folder)
        except (StoreUnreachableError, SchemaError) as error:
            if not self._registration.covers(installed.site):
                msg = f"there are new points, and no numbers for them: {error}"
                raise UserError(msg) from error
        else:
            if new.store_id != store_id:
                msg = "the database is another one: restart the collector"
                raise UserError(msg)
            await asyncio.to_thread(_write_cache, _cache_path(installed.site, self._folder), new)
            self._registration = new
        ids = self._ids(installed.site)
        assemble(installed.installation, installed.profiles, ids, LessonsInMemory())

    def _ids(self, site: Site) -> dict[str, int]:
        return {key: self._registration.point_ids[key] for key in site.points}


async def _registration(
    site: Site, dsn: str, folder: Path, stop: asyncio.Event
) -> Registration | None:
    """From the database, else from the last time; waits when there was no last time."""
    cache = _cache_path(site, folder)
    waiting = False
    while not stop.is_set():
        try:
            registration = await register(site, dsn, data_dir=folder)
        except StoreUnreachableError as error:
            known = _read_cache(cache)
            if known is not None and known.covers(site):
                log.warning("store_away_at_start", error=str(error))
                return known
            if not waiting:
                log.warning("waiting_for_store", error=str(error))
            waiting = True
            await asyncio.sleep(_RETRY_S)
        except SchemaError as error:
            raise UserError(str(error)) from error
        else:
            await asyncio.to_thread(_write_cache, cache, registration)
            return registration
    return None


async def register(site: Site, dsn: str, *, data_dir: Path | None = None) -> Registration:
    """Make the points of a site known; raises SchemaError when the tables are not ours.

    With ``data_dir``, not in a restored copy of the store whose spool lies there: its points may
    have other numbers.
    """
    async with connected(dsn) as conn:
        await require_schema(conn)
        store_id = await fetch_store_id(conn)
        if data_dir is not None:
            await StoreGuard(spool_folder(data_dir, store_id), store_id).check(conn)
        ids = await register_points(conn, site.identity.id, point_specs(site))
        return Registration(store_id=store_id, point_ids=ids)


def point_specs(site: Site) -> list[PointSpec]:
    """The points of a site as the store keeps them."""
    return [
        PointSpec(
            key=p.key,
            device=p.device,
            name=p.name,
            quantity=p.quantity.value,
            unit=p.unit,
            kind=p.kind,
        )
        for p in site.points.values()
    ]


def known_registration(site: Site, folder: Path) -> Registration | None:
    """What the store called the points the last time it was asked."""
    return _read_cache(_cache_path(site, folder))


def _cache_path(site: Site, folder: Path) -> Path:
    return folder / f"points-{site.identity.id}.json"


def _read_cache(path: Path) -> Registration | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Registration(store_id=UUID(data["store_id"]), point_ids=data["point_ids"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_cache(path: Path, registration: Registration) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"store_id": str(registration.store_id), "point_ids": dict(registration.point_ids)}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(data), encoding="utf-8")
    part.replace(path)
