"""Since when stored readings show a breach, through the evaluation and a real database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from charter_rules.findings import Verdict
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import Rule, RuleBook
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from service.breaches.keeper import BreachKeeper
from service.evaluation.evaluator import Evaluator
from service.evaluation.past_verdicts import PastVerdicts
from service.live.snapshot import LiveSnapshot
from service.site.facts import facts_of
from service.site.loader import load_site
from service.storage.breach_trail import disagreeing
from service.storage.breaches import StoredBreaches
from service.storage.connection import open_pool
from service.storage.history import StoredHistory
from tests.service.storage.breach_findings import KEY
from tests.service.storage.file_site import imported, site_file

pytestmark = pytest.mark.asyncio

HOUR = timedelta(hours=1)
(WATER,) = (one for one in load_rulebook().rules if one.id == "paris_wue")
START = datetime(2024, 9, 1, tzinfo=UTC)
# A pipe bursts: 200 m3 in twelve hours, the use of nine months.
BURST = datetime(2025, 10, 10, 6, tzinfo=UTC)
NOW = datetime(2026, 2, 20, 10, tzinfo=UTC)


def limit(name: str, value: float, in_force_from: date) -> Rule:
    """The rule on water with another figure, known from the day on which it binds."""
    values = WATER.parameter.values
    entry = replace(values.entries[0], value=value, in_force_from=in_force_from, published_on=None)
    parameter = replace(WATER.parameter, values=replace(values, entries=(entry,)))
    return replace(WATER, id=name, parameter=parameter)


def readings_file(folder: Path) -> Path:
    """100 kW of IT and 0.03 m3/h of water, 0.3 L/kWh, and the burst."""

    def water(hours: float) -> float:
        burst_h = (BURST - START) / HOUR
        return 1e3 + 0.03 * hours + 200.0 * min(max((hours - burst_h) / 12.0, 0.0), 1.0)

    columns: dict[str, Callable[[float], float]] = {
        "intake.active_energy_kwh": lambda hours: 1e6 + 120.0 * hours,
        "it.active_energy_kwh": lambda hours: 1e6 + 100.0 * hours,
        "water.volume_m3": water,
    }
    lines = ["ts," + ",".join(columns)]
    for n in range((NOW - START) // HOUR + 2):
        values = ",".join(repr(index(float(n))) for index in columns.values())
        lines.append(f"{(START + n * HOUR).isoformat()},{values}")
    path = folder / "indexes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class _Unseen:
    async def publish(self, snapshot: LiveSnapshot) -> None:
        """Nobody looks at the page here."""


async def noticed(
    database_url: str, site_path: Path, book: RuleBook
) -> dict[str, tuple[datetime, Verdict | None]]:
    """When each breach began, and what was before, when the evaluation looks for the first time."""
    site = load_site(site_path, load_profiles(SHIPPED_PROFILES)).site
    async with open_pool(database_url) as pool:
        history = StoredHistory(pool, site.identity.id)
        store = StoredBreaches(pool, site.identity.id, KEY)
        keeper = BreachKeeper(store, book, PastVerdicts(site, history, book))
        evaluator = Evaluator(site, book, facts_of(site), history, _Unseen(), breaches=keeper)
        await evaluator.look(NOW)
        # A minute later they are the same breaches.
        await evaluator.look(NOW + timedelta(minutes=1))
        breaches, trail = await store.all_with_trail()
    assert disagreeing(breaches, trail) == []
    assert {one.noticed_at for one in breaches} == {NOW}
    assert len({one.rule_id for one in breaches}) == len(breaches)
    return {one.rule_id: (one.began_at, one.preceded_by) for one in breaches}


async def test_a_breach_begins_where_stored_readings_show_it(
    database_url: str, tmp_path: Path
) -> None:
    site = site_file(tmp_path, most_kw=600.0, site_id=f"site_{uuid4().hex[:8]}")
    await imported(database_url, site, readings_file(tmp_path))
    rules = (
        limit("since_the_burst", 0.4, date(2020, 1, 1)),
        limit("since_the_law", 0.4, date(2026, 1, 1)),
        limit("since_there_are_readings", 0.2, date(2020, 1, 1)),
        limit("kept", 0.6, date(2020, 1, 1)),
    )

    found = await noticed(database_url, site, replace(load_rulebook(), rules=rules))

    # The days of Paris end at 22:00 UTC in summer.
    assert found == {
        "since_the_burst": (datetime(2025, 10, 10, 22, tzinfo=UTC), Verdict.COMPLIANT),
        "since_the_law": (datetime(2026, 1, 1, 23, tzinfo=UTC), Verdict.NOT_IN_FORCE),
        # 95 % of the twelve months are covered from here on.
        "since_there_are_readings": (
            datetime(2025, 8, 13, 22, tzinfo=UTC),
            Verdict.INSUFFICIENT_DATA,
        ),
    }
