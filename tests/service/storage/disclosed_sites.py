"""Sites that disclose more or less of themselves, with something in every view."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from charter_rules.breaches import actions
from collectors.ports import DeviceHealth
from models.kpi.registry import KPIS
from models.kpi.result import KpiResult
from models.readings import DeviceState, Window
from models.site.disclosure import OPEN, Confidentiality, Disclosure
from service.access.levels import levels_of
from service.evaluation.closed_periods import ClosedSpan, Progress
from service.evidence.recording import VerdictChain
from service.journal.happening import Happening, HappeningKind
from service.storage.breaches import BreachTrail, StoredBreaches
from service.storage.connection import Connection, Pool
from service.storage.devices import upsert_device_states
from service.storage.disclosure import StoredDisclosure
from service.storage.evidence import StoredChain
from service.storage.holds import set_hold
from service.storage.importer import import_file
from service.storage.journal_book import JournalBook
from service.storage.kpi_results import StoredKpis
from service.storage.points import register_points
from service.storage.rollups import roll_all
from tests.models.kpi.small_site import IDENTITY
from tests.service.storage.batches import energy_point
from tests.service.storage.breach_findings import FACTS, KEY
from tests.service.storage.test_breaches import BOOK, findings, live
from tests.service.storage.test_importer import quiet, write_npz

NOW: Final = datetime.now(UTC).replace(microsecond=0)
PERSON: Final = "Claire Durand"
HOUR: Final = timedelta(hours=1)
# None: its evaluation never told what it discloses.
SITES: Final[dict[str, Disclosure | None]] = {
    "closed": Disclosure(kpis={"pue": Confidentiality.PUBLIC}),
    "guarded": Disclosure(kpis={"wue": Confidentiality.OPERATOR}),
    "open": OPEN,
    "untold": None,
}


async def fill_site(pool: Pool, conn: Connection, name: str, folder: Path) -> None:
    """A breach, verdicts, KPIs with a revision, readings, a device, an import and a hold."""
    await live(pool, name, [0.6] * 2, start=NOW - 9 * HOUR)
    chain = VerdictChain(name, StoredChain(pool, name), KEY)
    await chain.observe(findings(0.6, NOW), FACTS, NOW)
    store = StoredKpis(pool, name)
    for value, at in ((1.5, NOW - 2 * HOUR), (1.25, NOW - HOUR)):
        found = [(ClosedSpan.DAY, _result(kpi, value)) for kpi in ("pue", "wue")]
        await store.record(found, Progress(revision=1, waiting=None), at)
    await register_points(conn, name, [energy_point(n) for n in range(3)])
    write_npz(folder / f"{name}.npz", 10)
    await import_file(conn, name, folder / f"{name}.npz", quiet)
    [begun] = await BreachTrail(pool, name).all()
    comment = partial(actions.comment, who=PERSON, why="looked at", at=NOW)
    await StoredBreaches(pool, name, KEY).act(begun.id, comment)
    await set_hold(conn, name, NOW - 2 * HOUR, NOW, who=PERSON, why="disputed")
    await upsert_device_states(conn, name, [_HEALTH])
    charge = Happening(
        at=NOW, kind=HappeningKind.CHARGE, subject="meter_0", after="taken", why={"name": PERSON}
    )
    await JournalBook(pool, name).add([charge])
    await roll_all(conn)
    disclosure = SITES[name]
    if disclosure is not None:
        await disclose(pool, name, disclosure)


async def disclose(pool: Pool, name: str, disclosure: Disclosure) -> None:
    """As an evaluation does at its start."""
    levels = levels_of(disclosure, {one.id: one.kpi for one in BOOK.rules})
    await StoredDisclosure(pool, replace(IDENTITY, id=name), list(levels)).write()


def _result(kpi: str, value: float) -> KpiResult:
    return KpiResult(
        kpi=kpi,
        window=Window(name="day", start=NOW - 30 * HOUR, end=NOW - 6 * HOUR),
        unit=KPIS[kpi].unit,
        value=value,
        expanded_uncertainty=0.25,
        coverage_ratio=1.0,
    )


_HEALTH: Final = DeviceHealth(
    device="meter_0",
    state=DeviceState.OK,
    since=NOW,
    last_ok_at=NOW,
    polls_total=3,
    failures_total=0,
    consecutive_failures=0,
    bad_points=0,
    last_error=None,
    trouble=None,
    last_poll_s=0.1,
)
