"""A keeper that observes as fast as it can until it is killed. Script: dsn, site, first step.

Each line on stdout is a step that the keeper had stored before it was printed.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import BreachPolicy
from service.breaches.keeper import BreachKeeper
from service.storage.breaches import StoredBreaches
from service.storage.connection import open_pool
from tests.service.storage.breach_findings import FACTS, KEY, findings

START = datetime(2026, 12, 1, tzinfo=UTC)
STEP = timedelta(minutes=30)
QUICK = BreachPolicy(opens_after_hours=1.0, closes_after_hours=1.0, remediation_days=60)
# Breach, silence and compliance in turn: an event in most steps.
CYCLE: tuple[float | None, ...] = (0.6, 0.6, 0.6, None, 0.2, 0.2, 0.2)

RULES = tuple(one for one in load_rulebook().rules if one.id == "paris_wue")
BOOK = replace(load_rulebook(), rules=tuple(replace(one, breach=QUICK) for one in RULES))


async def step(keeper: BreachKeeper, number: int) -> None:
    """Observe one instant of the cycle."""
    now = START + number * STEP
    await keeper.observe(findings(BOOK, CYCLE[number % len(CYCLE)], now), FACTS, now)


async def _main() -> None:
    dsn, site, first = sys.argv[1:]
    async with open_pool(dsn) as pool:
        keeper = BreachKeeper(StoredBreaches(pool, site, KEY), BOOK)
        number = int(first)
        while True:
            await step(keeper, number)
            sys.stdout.write(f"stored {number}\n")
            sys.stdout.flush()
            number += 1


if __name__ == "__main__":
    asyncio.run(_main())
