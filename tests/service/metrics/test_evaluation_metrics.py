"""What the evaluation tells of itself, served while it works and while it stands by."""

import asyncio
import time

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from charter_rules.law.loader import load_rulebook
from service.evaluation.evaluator import Evaluator
from service.evaluation.ports import EvaluationPart
from service.evaluation_server import evaluation_app
from service.live.board import SnapshotBoard
from service.metrics.evaluating import EvaluationMetrics
from service.site.facts import facts_of
from tests.service.board_outlet import BoardOutlet
from tests.service.evaluation.test_evaluator import SITE, PlantHistory

pytestmark = pytest.mark.asyncio


async def scraped(seen: EvaluationMetrics) -> tuple[dict[str, float], str]:
    transport = httpx.ASGITransport(evaluation_app(seen))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        text = (await client.get("/metrics")).text
        health = (await client.get("/healthz")).json()
    samples = {
        f"{s.name} {s.labels.get('part', '')}".strip(): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }
    return samples, health["status"]


async def test_who_stands_by_says_so_and_claims_nothing() -> None:
    samples, status = await scraped(EvaluationMetrics("chapelle"))
    assert status == "standing by"
    assert samples["boucle_evaluation_at_work"] == 0.0
    assert "boucle_database_up" not in samples
    assert not any("last_success" in name for name in samples)


async def test_a_store_that_is_away_leaves_the_last_success_where_it_was() -> None:
    seen = EvaluationMetrics("chapelle")
    last = f"boucle_evaluation_last_success_timestamp_seconds {EvaluationPart.LIVE}"
    began_s = time.time()
    with seen.at_work():
        seen.worked(EvaluationPart.LIVE, 0.1, is_done=True)
        well, status = await scraped(seen)
        assert (well["boucle_database_up"], status) == (1.0, "evaluating")
        assert began_s <= well[last] <= time.time()
        assert well[f"boucle_evaluation_duration_seconds_sum {EvaluationPart.LIVE}"] == 0.1

        seen.worked(EvaluationPart.LIVE, 2.5, is_done=False)
        away, _ = await scraped(seen)
        assert away["boucle_database_up"] == 0.0
        assert away[last] == well[last]
        assert away[f"boucle_evaluation_failures_total {EvaluationPart.LIVE}"] == 1.0
        assert away[f"boucle_evaluation_duration_seconds_sum {EvaluationPart.LIVE}"] == 0.1
    assert last not in (await scraped(seen))[0]


async def test_the_evaluator_tells_of_both_parts() -> None:
    seen, history, stop = EvaluationMetrics(SITE.identity.id), PlantHistory(), asyncio.Event()
    history.away = True
    outlet = BoardOutlet(SnapshotBoard())
    facts = facts_of(SITE)
    evaluator = Evaluator(SITE, load_rulebook(), facts, history, outlet, watch=seen)
    running = asyncio.create_task(evaluator.run(stop), name="evaluator")
    async with asyncio.timeout(30):
        while True:
            samples, _ = await scraped(seen)
            failed = [samples[f"boucle_evaluation_failures_total {one}"] for one in EvaluationPart]
            if min(failed) > 0:
                break
            await asyncio.sleep(0.05)
    stop.set()
    await running
