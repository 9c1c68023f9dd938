"""A pack of a named period is of exactly that period, and judged by the law of its last day."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from charter_rules.law.loader import load_rulebook
from models.legal_time.days import day_start
from models.legal_time.periods import parse_period
from service.evaluation.on_demand import PeriodReader
from service.evidence.build import Request, build_parts
from service.evidence.canonical import canonical, utc_text
from service.evidence.moments import period_upto
from service.evidence.pack import sealed, write_into_chain
from service.evidence.printed import report_lines
from service.evidence.reading import parse_json
from service.evidence.report import Outcome
from tests.service.evaluation.test_evaluator import SITE as SITE_MODEL
from tests.service.evidence.conftest import (
    KEY,
    NOW,
    SITE,
    SITE_FILE,
    TRUSTING,
    MemoryChain,
    Pack,
    PlantPast,
    checked,
    request_for,
)
from tests.service.evidence.test_tampering import sign_again

NOISE = load_rulebook(charter="fr_noise_csp")
NAMED = [
    ("2026-10", date(2026, 10, 1), date(2026, 11, 1)),
    ("2026-Q3", date(2026, 7, 1), date(2026, 10, 1)),
    ("2026-W41", date(2026, 10, 5), date(2026, 10, 12)),
]


def made(name: str, at: datetime | None = None) -> Pack:
    """The pack of a period by a charter of two rules; by default as of its end."""
    whole, past, chain = parse_period(name, NOW), PlantPast(), MemoryChain()
    until = at or whole.end
    site = SITE_FILE.site.model_copy(update={"charter": NOISE.charter})
    request: Request = replace(
        request_for(*(rule.id for rule in NOISE.rules)),
        site_file=SITE_FILE.model_copy(update={"site": site}),
        rulebook=NOISE,
        at=until,
        period=period_upto(name, until),
    )
    scope = {
        "kind": "period",
        "period": name,
        "start": utc_text(whole.start),
        "end": utc_text(whole.end),
    }

    async def make() -> Any:
        built = await build_parts(request, past, past)
        await write_into_chain(built, SITE, chain, KEY, NOW)
        return sealed(built, chain.all, scope, KEY, NOW)

    pack: Pack = parse_json(canonical(asyncio.run(make())), "pack")
    return pack


@pytest.mark.parametrize(("name", "first", "until"), NAMED)
def test_every_figure_is_over_exactly_the_period(name: str, first: date, until: date) -> None:
    pack = made(name)
    start, end = utc_text(day_start(first)), utc_text(day_start(until))

    figures = {one["kpi"]: one for one in pack["parts"]["kpi"]["period"]}
    assert {"pue", "wue", "erf"} <= figures.keys()
    for one in figures.values():
        assert one["window"] == {"name": name, "start": start, "end": end, "closed": True}
    assert figures["pue"]["coverage_ratio"] > 0.99
    assert pack["parts"]["inputs"]["at"] == end
    last = (until - timedelta(days=1)).isoformat()
    assert {one["on"] for one in pack["parts"]["verdict"]["findings"]} == {last}
    raw = pack["parts"]["raw_hashes"]["points"]
    assert min(min(days) for days in raw.values()) == first.isoformat()

    report = checked(pack, TRUSTING)
    assert report.outcome is Outcome.GOOD
    assert any(f"PUE over {name}: 1." in line for line in report_lines(report, "en"))
    assert any(f"PUE sur {name}" in line for line in report_lines(report, "fr"))


def test_the_figures_are_those_that_the_api_gives_for_the_period() -> None:
    told = asyncio.run(PeriodReader(SITE_MODEL, PlantPast()).kpis_over("2026-10", NOW))

    packed = {one["kpi"]: one for one in made("2026-10")["parts"]["kpi"]["period"]}

    assert set(packed) == {one.kpi for one in told}
    for one in told:
        value = None if one.value is None else pytest.approx(one.value, rel=1e-9)
        assert packed[one.kpi]["value"] == value
    assert sum(one.value is not None for one in told) > 5


def test_a_period_that_is_not_over_says_until_when() -> None:
    at = day_start(date(2026, 10, 20))

    pack = made("2026-10", at)
    report = checked(pack, TRUSTING)

    assert report.outcome is Outcome.GOOD
    assert f"was not over: figures up to {utc_text(at)}" in str(report.remarks)
    assert {one["window"]["end"] for one in pack["parts"]["kpi"]["period"]} == {utc_text(at)}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("period", "2026-09", "is not from"),
        ("start", "2026-10-02T22:00:00.000000Z", "is not from"),
        ("end", "2026-10-30T23:00:00.000000Z", "is not from"),
    ],
)
def test_a_pack_that_calls_itself_of_another_period_is_refused(
    field: str, value: str, said: str
) -> None:
    pack = made("2026-10", day_start(date(2026, 10, 12)))
    pack["head"]["scope"][field] = value

    report = checked(sign_again(pack, KEY), TRUSTING)

    assert report.outcome is Outcome.REFUSED
    assert said in str(report.problems)
