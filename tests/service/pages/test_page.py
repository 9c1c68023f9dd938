"""The page as the server renders it."""

import gzip
import re

import httpx
import pytest

from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.pages.text import TEXTS
from tests.service.application import application, client_of
from tests.service.pages.sample_snapshot import sample_snapshot, store_away

_PAGE_WEIGHT_BYTES = 60_000


async def _get(snapshot: LiveSnapshot | None, path: str, language: str = "") -> httpx.Response:
    board = SnapshotBoard()
    if snapshot is not None:
        board.publish(snapshot)
    async with client_of(application(board)) as client:
        return await client.get(path, headers={"Accept-Language": language})


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.asyncio
async def test_figures_are_rounded_by_their_uncertainty_as_each_language_writes_them() -> None:
    french = _words((await _get(sample_snapshot(), "/fr/")).text)
    english = _words((await _get(sample_snapshot(), "/en/")).text)
    assert "1,312 ± 0,012" in french.replace("\u00a0", " ")
    assert "1.312 ± 0.012" in english.replace("\u00a0", " ")


@pytest.mark.asyncio
async def test_missing_is_a_dash_with_its_reason_never_zero() -> None:
    html = (await _get(sample_snapshot(), "/fr/")).text
    assert re.search(r"—.{0,120}couverture trop faible", html, re.DOTALL)
    assert re.search(r"Serveurs</tspan> <tspan class=\"kw\">—", html)


@pytest.mark.asyncio
async def test_the_heat_chain_the_forecast_and_the_suspects_are_told() -> None:
    snapshot = sample_snapshot()
    french = _words((await _get(snapshot, "/fr/")).text).replace("\u202f", " ")
    for words in (
        "COP 3,89 (50 % de l’idéal)",
        "échangeur à 81 ± 5 % de son état propre ; à nettoyer dans 64 j (au plus tôt 41)",
        "Chaleur manquée aujourd’hui 12 ± 3 kWh",
        "au-delà de l’incertitude",
        "Prévision au 31/12/2026",
        "sous le minimum : 94 %, vers le 24/11/2026, reste à livrer 412 MWh (409 kW en moyenne)",
        "trop de jours inconnus cette année",
        "Depuis le 03/10/2026",
        "charge non mesurée derrière ce compteur",
        "plusieurs explications possibles",
        "dérive de 7,1 %",
        "les compteurs ne concordent pas",
    ):
        assert words in french.replace("\u00a0", " "), words
    english = _words((await _get(snapshot, "/en/")).text)
    assert "reads too high" not in english
    assert "unmetered load behind this meter" in english
    assert "t CO₂e" in english


@pytest.mark.asyncio
async def test_a_range_is_never_shown_without_both_its_ends() -> None:
    english = _words((await _get(sample_snapshot(), "/en/")).text).replace("\u00a0", " ")

    assert "128.8 to 275.0 t CO₂e" in english


@pytest.mark.asyncio
async def test_what_a_device_says_is_text_not_markup() -> None:
    html = (await _get(sample_snapshot(), "/fr/")).text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


@pytest.mark.asyncio
async def test_trouble_is_said() -> None:
    assert TEXTS["fr"]["store_away"] in (await _get(store_away(), "/fr/")).text
    assert TEXTS["fr"]["simulated"] in (await _get(sample_snapshot(), "/fr/")).text
    healthy = (await _get(sample_snapshot(healthy=True), "/fr/")).text
    assert TEXTS["fr"]["devices_all_ok"] in healthy
    waiting = await _get(None, "/fr/")
    assert TEXTS["fr"]["not_ready"] in waiting.text


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("accept", "lang"),
    [("", "fr"), ("en-GB,en;q=0.9,fr;q=0.8", "en"), ("fr,en;q=0.9", "fr"), ("de", "fr")],
)
async def test_the_root_speaks_the_readers_language(accept: str, lang: str) -> None:
    answer = await _get(sample_snapshot(), "/", accept)
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text


@pytest.mark.asyncio
async def test_the_page_is_light_and_loads_only_its_own_files() -> None:
    answer = await _get(sample_snapshot(), "/fr/")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    assert re.search(r"<script(?![^>]*\bsrc=)", answer.text) is None
    files = re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", answer.text)
    assert len(files) == 3
    weight = len(gzip.compress(answer.content))
    for path in files:
        static = await _get(sample_snapshot(), path)
        assert "immutable" in static.headers["cache-control"]
        weight += len(gzip.compress(static.content))
    assert weight < _PAGE_WEIGHT_BYTES


def test_both_languages_have_the_same_words_with_the_same_blanks() -> None:
    french, english = TEXTS["fr"], TEXTS["en"]
    assert french.keys() == english.keys()
    for key, text in french.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[key])), key
