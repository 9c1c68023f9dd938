"""A meter that stands still: page, API and metrics name it, and the figures that rest on it."""

import re
from datetime import timedelta

import pytest

from service.live.board import SnapshotBoard
from service.pages.page_stream import troubles
from tests.service.application import application, client_of
from tests.service.pages.sample_snapshot import (
    FROZEN_METER,
    NOW,
    frozen_heat_meter,
    sample_snapshot,
)


async def _get(path: str) -> str:
    board = SnapshotBoard()
    board.publish(frozen_heat_meter())
    async with client_of(application(board)) as client:
        return (await client.get(path)).text


def _words(html: str) -> str:
    text = re.sub(r"<[^>]+>", " ", html)
    return re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("\u00a0", " "))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "banner", "withheld"),
    [
        (
            "/en/",
            "The register of “Heat handed to the district loop” has stood still since 20:02 "
            "although it should count. Not to be trusted: Recovered heat, ERF, ERE, Carbon "
            "avoided.",
            "Recovered heat where it is handed over ! Meter “Heat handed to the district loop” is "
            "in doubt: its register stands still 15 min — a meter stands still",
        ),
        (
            "/fr/",
            "L’index de « Chaleur livrée à la boucle du quartier » n’avance plus depuis "
            "20:02, alors qu’il devrait compter. Chiffres à ne pas croire : Chaleur récupérée, "
            "ERF, ERE, Carbone évité.",
            "Chaleur récupérée là où elle est livrée ! Le compteur « Chaleur livrée à la boucle du "
            "quartier » est douteux : son index n’avance pas 15 min — un compteur n’avance pas",
        ),
    ],
)
async def test_the_page_says_it_at_the_top_and_beside_the_figures(
    path: str, banner: str, withheld: str
) -> None:
    html = await _get(path)
    text = _words(html)

    assert banner in text
    assert withheld in text
    assert html.index('class="banner bad"') < html.index('class="axes"')
    assert html.count('class="doubt"') == 4  # once a row, where it holds for every window


@pytest.mark.asyncio
async def test_the_api_names_the_meter_and_since_when() -> None:
    board = SnapshotBoard()
    board.publish(frozen_heat_meter())
    async with client_of(application(board)) as client:
        snapshot = (await client.get("/api/v1/sites/chapelle_international/snapshot")).json()
        [erf] = (
            await client.get("/api/v1/sites/chapelle_international/kpis?kpi=erf&window=15min")
        ).json()
        [pue] = (
            await client.get("/api/v1/sites/chapelle_international/kpis?kpi=pue&window=today")
        ).json()

    since = (NOW - timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    assert snapshot["standing"] == [{"meter": FROZEN_METER, "since": since}]
    assert (erf["value"], erf["withheld"]) == (None, "frozen")
    assert erf["doubts"] == [{"meter": FROZEN_METER, "reason": "frozen"}]
    assert (pue["doubts"], pue["quality"]) == ([], "good")


@pytest.mark.asyncio
async def test_the_metrics_say_it_without_a_value_that_looks_sound() -> None:
    text = await _get("/metrics")

    def value(name: str, *labels: str) -> float:
        [line] = [
            one
            for one in text.splitlines()
            if one.startswith(f"{name}{{") and all(label in one for label in labels)
        ]
        return float(line.rsplit(" ", 1)[1])

    meter = f'meter="{FROZEN_METER}"'
    assert value("boucle_kpi_doubtful", 'kpi="erf"', 'window="15min"') == 1.0
    assert value("boucle_kpi_doubtful", 'kpi="pue"', 'window="today"') == 0.0
    assert value("boucle_meter_in_doubt", meter, 'reason="frozen"') == 1.0
    since = value("boucle_register_frozen_since_timestamp_seconds", meter)
    assert since == (NOW - timedelta(minutes=30)).timestamp()
    assert value("boucle_kpi_withheld", 'kpi="erf"', 'window="15min"', 'reason="frozen"') == 1.0
    assert "# HELP boucle_erf_ratio ERF: reused heat over energy of the data" in text
    assert not re.search(r'boucle_erf_ratio\{[^}]*window="15min"', text)


def test_a_meter_that_stands_still_is_sent_at_once() -> None:
    sound, frozen = sample_snapshot(), frozen_heat_meter()

    assert troubles(sound) == troubles(sample_snapshot(step=1))
    assert troubles(sound) != troubles(frozen)
