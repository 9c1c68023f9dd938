"""KPIs of closed periods: right, revised when readings come late, and known as they were."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytest_asyncio

from models.kpi.result import KpiResult
from service.api import history
from service.collection import point_specs
from service.evaluation.closed_periods import ClosedPeriods, ClosedSpan, KnownResult
from service.evaluation.on_demand import PeriodReader
from service.storage.connection import Connection, open_pool
from service.storage.history import StoredHistory
from service.storage.kpi_results import StoredKpis
from service.storage.points import register_points
from service.storage.rollups import roll_all, roll_up
from service.storage.writer import write_batch
from tests.service.application import API, application, client_of
from tests.service.evaluation.test_evaluator import SITE, PlantHistory
from tests.service.storage.batches import batch_of

pytestmark = pytest.mark.asyncio

START = datetime(2026, 10, 29, 23, tzinfo=UTC)
END = datetime(2026, 11, 3, 5, tzinfo=UTC)
LATE_FROM, LATE_UPTO = (datetime(2026, 11, 1, hour, tzinfo=UTC) for hour in (9, 12))


class Kept:
    """The closed periods of the shipped site, fed from its plant."""

    def __init__(self, conn: Connection, history: StoredHistory, store: StoredKpis) -> None:
        self.conn, self.history, self.store = conn, history, store
        self.keeper = ClosedPeriods(SITE, history, store)

    async def write(
        self, start: datetime, end: datetime, *, but: str = "", also: Sequence[str] = ()
    ) -> None:
        """What the registers showed, every five minutes; one device may be silent."""
        counters = [one for one in SITE.points.values() if one.kind == "counter"]
        keys = [*(one.key for one in counters if one.device != but), *also]
        shown = await PlantHistory().samples(keys, start, end, timedelta(minutes=5))
        ids = await register_points(self.conn, SITE.identity.id, point_specs(SITE))
        for key, one in shown.items():
            point = [ids[key]] * len(one)
            await write_batch(self.conn, batch_of(point, one.ts_us.tolist(), one.value.tolist()))

    async def keep_up(self, now: datetime) -> None:
        await roll_all(self.conn)
        while await self.keeper.step(now):
            pass

    async def known(
        self, kpi: str, span: ClosedSpan, known_at: datetime | None
    ) -> list[KnownResult]:
        return await self.store.results(kpi, span, (START, END), known_at=known_at, limit=1000)


@pytest_asyncio.fixture
async def kept(conn: Connection, database_url: str) -> AsyncIterator[Kept]:
    async with open_pool(database_url) as pool:
        site = SITE.identity.id
        yield Kept(conn, StoredHistory(pool, site), StoredKpis(pool, site))


def figure(one: KnownResult | KpiResult) -> tuple[object, ...]:
    return one.value, one.expanded_uncertainty, one.coverage_ratio


async def test_a_closed_period_has_the_figure_that_is_measured_when_somebody_asks(
    kept: Kept,
) -> None:
    await kept.write(START, END)
    await kept.keep_up(END)

    for span, at in ((ClosedSpan.DAY, "2026-10-31"), (ClosedSpan.HOUR, "2026-11-02T08:00Z")):
        start = datetime.fromisoformat(at if "T" in at else f"{at}T00:00+01:00").astimezone(UTC)
        length = timedelta(days=1) if span is ClosedSpan.DAY else timedelta(hours=1)
        (known,) = [one for one in await kept.known("pue", span, END) if one.start == start]
        text = f"{start.isoformat()}/{(start + length).isoformat()}"
        asked = await PeriodReader(SITE, kept.history).kpis_over(text, datetime.now(UTC))
        (live,) = [one for one in asked if one.kpi == "pue"]
        assert known.value is not None
        assert live.value is not None
        assert live.expanded_uncertainty is not None
        assert known.value == pytest.approx(live.value, abs=live.expanded_uncertainty / 50)
        assert known.coverage_ratio == pytest.approx(live.coverage_ratio, abs=1e-6)
        assert known.end == start + length


async def test_late_readings_revise_what_hangs_on_them_and_nothing_else(kept: Kept) -> None:
    meter = SITE.tree.meters[next(iter(SITE.tree.meters))]
    device = SITE.points[meter.point].device
    await kept.write(START, LATE_FROM)
    await kept.write(LATE_FROM, LATE_UPTO, but=device)
    await kept.write(LATE_UPTO, END)
    first, second, later = (END + timedelta(hours=n) for n in (1, 2, 3))
    await kept.keep_up(first)
    before = {one.start: one for one in await kept.known("facility_energy", ClosedSpan.HOUR, first)}

    await kept.write(LATE_FROM, LATE_UPTO)
    await kept.keep_up(second)

    after = {one.start: one for one in await kept.known("facility_energy", ClosedSpan.HOUR, later)}
    assert before.keys() == after.keys()
    changed = {start for start, one in after.items() if figure(one) != figure(before[start])}
    hours = {LATE_FROM + n * timedelta(hours=1) for n in range(3)}
    assert hours & changed
    assert changed <= hours | {LATE_FROM - timedelta(hours=1), LATE_UPTO}
    for start, one in after.items():
        assert one.computed_at == (second if start in changed else first)
    # As it was known then, and every figure that ever was.
    then = {one.start: one for one in await kept.known("facility_energy", ClosedSpan.HOUR, first)}
    assert {at: figure(one) for at, one in then.items()} == {
        at: figure(one) for at, one in before.items()
    }
    ever = await kept.known("facility_energy", ClosedSpan.HOUR, None)
    assert len(ever) == len(after) + len(changed)
    assert {one.revised_at for one in ever} == {None, second}


async def test_a_heat_meter_that_its_temperatures_contradict_is_named_with_every_period(
    kept: Kept,
) -> None:
    """A register that counts a third too much from the second day on: as measured when asked."""
    heat = "heat_meter_loop.heat_energy_kwh"
    gauges = ("heat_meter_loop.supply_temp_degc", "heat_meter_loop.return_temp_degc")
    wrong_from = START + timedelta(days=1)
    await kept.write(START, wrong_from, also=gauges)
    await kept.write(wrong_from, END, but="heat_meter_loop", also=gauges)
    ids = await register_points(kept.conn, SITE.identity.id, point_specs(SITE))
    for key in (heat, "heat_meter_loop.volume_m3"):
        shown = await PlantHistory().samples((key,), wrong_from, END, timedelta(minutes=5))
        one = shown[key]
        value = one.value[0] + (1.35 if key == heat else 1.0) * (one.value - one.value[0])
        point = [ids[key]] * len(one)
        await write_batch(kept.conn, batch_of(point, one.ts_us.tolist(), value.tolist()))
    await kept.keep_up(END)

    doubt = "heat_meter_loop:second_calculation"
    days = {one.start: one.doubts for one in await kept.known("erf", ClosedSpan.DAY, END)}
    assert [doubt in days[at] for at in sorted(days)] == [False, True, True, True, True]
    hours = {one.start: one.doubts for one in await kept.known("erf", ClosedSpan.HOUR, END)}
    assert not any(doubt in told for at, told in hours.items() if at < wrong_from)
    assert all(
        doubt in told for at, told in hours.items() if at >= wrong_from + timedelta(hours=23)
    )
    text = f"{wrong_from.isoformat()}/{(wrong_from + timedelta(days=1)).isoformat()}"
    asked = await PeriodReader(SITE, kept.history).kpis_over(text, datetime.now(UTC))
    (erf,) = [one for one in asked if one.kpi == "erf"]
    assert doubt in {f"{one.meter}:{one.reason.value}" for one in erf.doubts}


async def test_measured_again_without_a_change_nothing_is_revised(kept: Kept) -> None:
    await kept.write(START, START + timedelta(days=2))
    await kept.keep_up(END)
    known = await kept.known("pue", ClosedSpan.DAY, None)
    await kept.conn.execute("delete from kpi_progress")
    await kept.keep_up(END + timedelta(hours=1))

    assert known
    assert await kept.known("pue", ClosedSpan.DAY, None) == known


async def test_a_period_that_has_not_ended_is_not_kept(kept: Kept) -> None:
    upto = datetime(2026, 11, 2, 10, tzinfo=UTC)
    await kept.write(START, END)
    await kept.conn.execute("update rollup_state set rolled_upto = $1", upto)
    while await kept.conn.fetchval("select count(*) from rollup_queue"):
        await roll_up(kept.conn)
    while await kept.keeper.step(END):
        pass

    rows = await kept.conn.fetch("select span, max(end_ts) as last from kpi_result group by span")
    assert {row["span"]: row["last"] for row in rows} == {
        "hour": upto,
        "day": datetime(2026, 11, 1, 23, tzinfo=UTC),
        "month": datetime(2026, 10, 31, 23, tzinfo=UTC),
    }


async def test_the_api_tells_what_is_known_and_what_was(kept: Kept) -> None:
    await kept.write(START, START + timedelta(days=3))
    await kept.keep_up(END)
    client = client_of(application(results=kept.store))
    path = "/api/v1/sites/chapelle_international/kpis/pue"

    found = await client.get(f"{path}/history", params={"span": "day", "period": "2026"})
    asked = {"span": "day", "period": "2026", "known_at": "2026-11-01T00:00:00Z"}
    before = await client.get(f"{path}/history", params=asked)
    ever = await client.get(f"{path}/revisions", params={"span": "day", "period": "2026"})
    wrong = await client.get(
        "/api/v1/sites/chapelle_international/kpis/peu/history",
        params={"span": "day", "period": "2026"},
    )
    when = await client.get(f"{path}/history", params={"span": "day", "period": "twenty"})

    days = found.json()
    assert [one["start"] for one in days] == [
        "2026-10-29T23:00:00Z",
        "2026-10-30T23:00:00Z",
        "2026-10-31T23:00:00Z",
    ]
    assert all(1.0 < one["value"] < 2.0 and one["expanded_uncertainty"] for one in days)
    assert before.json() == []
    assert ever.json() == found.json()
    assert (wrong.status_code, wrong.json()["code"]) == (404, "kpi_not_found")
    assert (when.status_code, when.json()["code"]) == (400, "period_unknown")


async def test_a_kpi_is_the_same_to_the_digit_in_every_format(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_PAGE_OF_A_FILE", 7)
    await kept.write(START, START + timedelta(days=3))
    await kept.keep_up(END)
    known = await kept.known("pue", ClosedSpan.HOUR, END)
    path = f"{API}/kpis/pue/history"
    asked = {"span": "hour", "period": "2026"}
    async with client_of(application(results=kept.store)) as client:
        told = (await client.get(path, params=asked)).json()
        files = {
            kind: (await client.get(path, params={**asked, "format": kind})).content
            for kind in ("csv", "arrow", "parquet")
        }
        french = await client.get(path, params={**asked, "format": "csv", "csv": "fr"})
        wrong = await client.get(path.replace("pue", "peu"), params={**asked, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    arrow = pa.ipc.open_stream(files["arrow"]).read_all().to_pylist()
    parquet = pq.read_table(io.BytesIO(files["parquet"])).to_pylist()
    fr = list(csv.DictReader(io.StringIO(french.content.decode("utf-8-sig")), delimiter=";"))

    assert len(known) == 72
    numbers = ("value", "expanded_uncertainty", "coverage_ratio", "numerator", "denominator")
    for one, *others in zip(known, told, rows, arrow, parquet, fr, strict=True):
        answer, row, *tables, in_french = others
        for name in numbers:
            true = getattr(one, name)
            assert [answer[name], *(table[name] for table in tables)] == [true] * 3
            assert (float(row[name]) if row[name] else None) == true
            assert (float(in_french[name].replace(",", ".")) if in_french[name] else None) == true
        assert [datetime.fromisoformat(x["start"]) for x in (answer, row)] == [one.start] * 2
        assert [table["start"] for table in tables] == [one.start] * 2
        assert row["doubts"].split() == list(one.doubts)
        assert {x["unit"] for x in (answer, row, *tables)} == {one.unit}
    assert (wrong.status_code, wrong.json()["code"]) == (404, "kpi_not_found")
