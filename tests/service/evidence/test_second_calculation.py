"""A heat meter that its own volume and temperatures contradict is in doubt in packs and periods."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from models.kpi.result import Doubt, DoubtReason
from models.registers.samples import Samples
from service.evaluation.diagnosis import doubts_at
from service.evaluation.on_demand import PeriodReader
from tests.service.evaluation.test_evaluator import SITE
from tests.service.evidence.conftest import (
    NOW,
    RULEBOOK,
    PlantPast,
    checked,
    packed,
    request_for,
)

POINT = "heat_meter_loop.heat_energy_kwh"
SECOND = Doubt("heat_meter_loop", DoubtReason.SECOND_CALCULATION)


class FastPast(PlantPast):
    """The plant, but for one register that counts half as much again."""

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        found = await super().samples(keys, start, end, step)
        if POINT in found:
            found[POINT] = replace(found[POINT], value=1.5 * found[POINT].value)
        return found


@pytest.mark.parametrize(("past", "doubts"), [(PlantPast(), False), (FastPast(), True)])
def test_the_diagnosis_of_an_instant_names_the_meter(past: PlantPast, doubts: bool) -> None:
    found = asyncio.run(doubts_at(SITE, RULEBOOK, past, NOW))

    assert (SECOND in found) is doubts
    assert doubts or found == ()


def test_any_period_names_it() -> None:
    results = asyncio.run(PeriodReader(SITE, FastPast()).kpis_over("2026-10", NOW))

    [erf] = [one for one in results if one.kpi == "erf"]
    [pue] = [one for one in results if one.kpi == "pue"]
    assert SECOND in erf.doubts
    assert not pue.doubts


def test_a_pack_holds_it_and_its_reader_comes_to_the_same_verdict() -> None:
    pack = packed(request_for("paris_erf"), FastPast())
    report = checked(pack)

    assert report.problems == []
    [finding] = pack["parts"]["verdict"]["findings"]
    assert finding["verdict"] == "compliant_not_proven"
    assert {"meter": SECOND.meter, "reason": SECOND.reason.value} in pack["parts"]["inputs"][
        "doubts"
    ]
