"""One meter that stopped counting, from its register to every place that tells of it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pytest

from charter_rules.findings import Verdict
from models.kpi.result import Doubt, DoubtReason, Flag, KpiResult, Withheld
from models.legal_time.days import to_us
from models.registers.samples import Samples
from service.evaluation.evaluator import Evaluator
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.site.facts import facts_of
from tests.service.application import application, client_of
from tests.service.board_outlet import BoardOutlet
from tests.service.evaluation.test_evaluator import SITE
from tests.service.evidence.conftest import (
    NOW,
    RULEBOOK,
    PlantPast,
    checked,
    packed,
    request_for,
)

METER, POINT = "heat_meter_loop", "heat_meter_loop.heat_energy_kwh"
SINCE = NOW - timedelta(days=3)
_MINUTE = timedelta(minutes=1)
RULE = "paris_erf"
FROZEN = Doubt(METER, DoubtReason.FROZEN)


class FrozenPast(PlantPast):
    """The plant, but for one register that shows the same index since three days."""

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        found = await super().samples(keys, start, end, step)
        if POINT in found:
            found[POINT] = await self._frozen(found[POINT])
        return found

    async def _frozen(self, shown: Samples) -> Samples:
        at = await super().samples(
            [POINT], SINCE, SINCE + timedelta(minutes=1), timedelta(minutes=1)
        )
        stands = shown.ts_us >= to_us(SINCE)
        return replace(shown, value=np.where(stands, at[POINT].value[0], shown.value))


@cache
def live() -> LiveSnapshot:
    """What the evaluation makes of it."""
    board = SnapshotBoard()
    evaluator = Evaluator(SITE, RULEBOOK, facts_of(SITE), FrozenPast(), BoardOutlet(board))

    async def step() -> None:
        await evaluator.look(NOW)
        await evaluator.show(NOW)

    asyncio.run(step())
    assert board.current is not None
    return board.current


@cache
def served(path: str) -> str:
    board = SnapshotBoard()
    board.publish(live())

    async def get() -> str:
        async with client_of(application(board)) as client:
            return (await client.get(path)).text

    return asyncio.run(get())


def erf(window: str) -> KpiResult:
    result = live().kpi("erf", window)
    assert result is not None
    return result


def test_the_register_is_found_standing_since_it_stands() -> None:
    [standing] = live().standing

    assert standing.meter == METER
    # The quarter of an hour is read so far back; the day knows the rest.
    assert to_us(NOW - timedelta(hours=1)) <= standing.since_us <= to_us(NOW)


def test_a_window_that_it_stood_through_has_no_figure_and_says_why() -> None:
    for window in ("15min", "hour", "today", "previous_day"):
        result = erf(window)
        assert (result.value, result.withheld) == (None, Withheld.FROZEN), window
        assert result.doubts == (FROZEN,)


def test_a_year_says_what_is_missing_and_which_meter_is_why() -> None:
    result, before = erf("12months"), erf("previous_month")

    assert result.value is not None
    assert result.coverage_ratio == pytest.approx(1.0 - 3.0 / 365.0, abs=2e-4)
    assert (result.flags, result.doubts) == ((Flag.PARTLY_MISSING,), (FROZEN,))
    assert (before.flags, before.doubts) == ((), ())


def test_the_api_serves_that_figure_flag_and_reason() -> None:
    [told] = json.loads(served("/api/v1/sites/chapelle_international/kpis?kpi=erf&window=12months"))

    result = erf("12months")
    assert (told["value"], told["coverage_ratio"]) == (result.value, result.coverage_ratio)
    assert told["flags"] == ["partly_missing"]
    assert told["doubts"] == [{"meter": METER, "reason": "frozen"}]


def test_the_metrics_carry_that_figure_and_flag() -> None:
    lines = dict(
        one.rsplit(" ", 1) for one in served("/metrics").splitlines() if not one.startswith("#")
    )

    def value(name: str, *labels: str) -> float:
        [found] = [
            float(value)
            for key, value in lines.items()
            if key.startswith(f"{name}{{") and all(label in key for label in labels)
        ]
        return found

    year = 'window="12months"'
    assert value("boucle_erf_ratio", year) == erf("12months").value
    assert value("boucle_kpi_doubtful", 'kpi="erf"', year) == 1.0
    assert value("boucle_meter_in_doubt", f'meter="{METER}"', 'reason="frozen"') == 1.0


def test_the_page_names_the_meter_and_the_figures() -> None:
    page = served("/en/")

    assert "The register of “Heat handed to the district loop” has stood still since" in page
    assert "its register stands still" in page


def test_the_verdict_that_hangs_on_it_is_not_proven() -> None:
    [finding] = [one for one in live().findings if one.rule_id == RULE]

    assert finding.kpi == erf("12months")
    assert finding.verdict is Verdict.COMPLIANT_NOT_PROVEN


def test_the_evidence_pack_holds_the_same_and_is_computed_again_to_the_same() -> None:
    pack = packed(request_for(RULE), FrozenPast())

    [kpi] = pack["parts"]["kpi"]["results"]
    result = erf("12months")
    assert kpi["value"] == pytest.approx(result.value, rel=1e-9)
    assert kpi["expanded_uncertainty"] == pytest.approx(result.expanded_uncertainty, rel=1e-9)
    assert kpi["flags"] == ["partly_missing"]
    assert kpi["doubts"] == [{"meter": METER, "reason": "frozen"}]
    [finding] = pack["parts"]["verdict"]["findings"]
    assert finding["verdict"] == "compliant_not_proven"
    assert checked(pack).problems == []
