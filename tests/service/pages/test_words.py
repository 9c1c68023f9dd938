"""The page says what the snapshot says, in both languages, and says what is missing."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest

from charter_rules.findings import Verdict
from models.heat.chain import HeatPumpView
from models.legal_time.days import local_time
from models.readings import DeviceState
from service.live.board import SnapshotBoard
from service.live.snapshot import PipelineView
from service.pages.cards import Cards
from service.pages.insights import Insights
from service.pages.routes import Pages
from service.pages.text import TEXTS
from service.pages.voice import Voice
from tests.service.pages.troubled_snapshot import sample_snapshot, store_away

VOID = {"meta", "link"}


class Tags(HTMLParser):
    """Checks that tags close in order and collects ids."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """SVG shapes close themselves."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def text_of(html: str) -> str:
    text = re.sub(r"<[^>]+>", " ", html)
    return re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("\u00a0", " "))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_page_is_well_formed_and_its_ids_are_unique(lang: str) -> None:
    tags = Tags()
    tags.feed(Pages().page(sample_snapshot(), lang))

    assert tags.open == []
    assert len(tags.ids) == len(set(tags.ids))


def test_both_languages_have_the_same_words() -> None:
    assert set(TEXTS["fr"]) == set(TEXTS["en"])
    for key, french in TEXTS["fr"].items():
        fields = re.findall(r"\{(\w+)\}", french)
        assert sorted(fields) == sorted(re.findall(r"\{(\w+)\}", TEXTS["en"][key])), key


def test_french_figures_have_a_comma_and_their_uncertainty() -> None:
    text = text_of(Pages().page(sample_snapshot(), "fr"))

    assert "1,602 ± 0,009" in text
    assert "1 160 ± 30 MWh" in text
    assert "340 kW" in text


def test_a_withheld_figure_is_a_dash_with_the_reason_and_never_zero() -> None:
    text = text_of(Pages().page(sample_snapshot(), "en"))

    assert "— coverage too low" in text
    assert "Servers — " in text


def test_a_breach_comes_first_and_unverified_sources_are_marked() -> None:
    html = Pages().page(sample_snapshot(), "en")
    rows = html[html.index('class="rules"') :]

    assert rows.index("deviation") < rows.index("compliant")
    noise = html[html.index('id="rules-noise"') :]
    assert noise.index("breach") < noise.index("insufficient")
    assert 'class="unsure"' in rows


def test_the_silent_device_is_named_with_its_error() -> None:
    text = text_of(Pages().page(sample_snapshot(), "en"))

    assert "Device pdu_07" in text
    assert "answers no more" in text
    assert "readings too old: 2 of 2" in text
    assert "no answer within 1 s" in text


def test_a_store_that_is_away_is_said() -> None:
    assert "database does not answer" in text_of(Pages().page(store_away(), "en"))


def test_an_evaluation_that_stopped_is_said_with_the_time_of_the_figures() -> None:
    snapshot = sample_snapshot()
    late = replace(
        snapshot,
        taken_at=snapshot.taken_at + timedelta(minutes=5),
        evaluated_at=snapshot.taken_at,
        evaluation_up=False,
    )
    html = Pages().page(late, "en")

    told = f"values below are of {local_time(snapshot.taken_at):%H:%M:%S}"
    assert told in text_of(html)
    assert 'class="live away"' in html
    assert told not in text_of(Pages().page(snapshot, "en"))


def test_names_from_the_site_file_are_escaped() -> None:
    assert "<Chapelle>" not in Pages().page(sample_snapshot(), "fr")


def test_before_the_first_evaluation_the_page_says_so() -> None:
    assert "Première évaluation" in Pages().page(None, "fr")


@pytest.mark.asyncio
async def test_the_board_wakes_all_who_wait() -> None:
    board, snapshot = SnapshotBoard(), sample_snapshot()
    waiting = [asyncio.create_task(board.wait_newer(0, 5.0)) for _ in range(3)]
    await asyncio.sleep(0)

    board.publish(snapshot)

    assert await asyncio.gather(*waiting) == [snapshot] * 3
    assert await board.wait_newer(board.sequence, 0.01) is None


def test_a_silent_collector_and_lost_readings_are_said() -> None:
    pipeline = PipelineView(
        acknowledged_total=9_000,
        written_total=8_000,
        spooled_rows=1_000,
        spooled_bytes=40_000,
        oldest_age_s=70.0,
        dropped_total=1_234,
        dead_letter_total=0,
        report_age_s=65.0,
    )
    well = replace(pipeline, dropped_total=0, report_age_s=3.0)
    pages = Pages()

    troubled = text_of(pages.page(replace(sample_snapshot(), pipeline=pipeline), "en"))
    assert "silent for 65 s" in troubled
    assert "1,234 readings lost" in troubled
    slow = replace(well, poll_stretch=2.5)
    slowed = text_of(pages.page(replace(sample_snapshot(), pipeline=slow), "en"))
    assert "read 2.5 times less often than planned" in slowed
    assert "than planned" not in text_of(
        pages.page(replace(sample_snapshot(), pipeline=well), "en")
    )
    assert "lost:" not in text_of(pages.page(replace(sample_snapshot(), pipeline=well), "en"))


def test_french_pages_are_typeset_and_say_nothing_in_english() -> None:
    pages, snapshot = Pages(), sample_snapshot()
    for html in (pages.page(snapshot, "fr"), pages.charter(snapshot, "fr")):
        # What a device says is English, and marked so.
        own = re.sub(r'<p class="dim" lang="en">.*?</p>', "", html)
        text = re.sub(r"\s*<[^>]+>\s*", "\n", unescape(own))
        assert not re.findall(r".{12}\w'\w.{12}", text)
        assert not re.findall(r".{12}\w [:;!?»%](?!\w).{0,12}", text)
        assert not re.findall(r"\b(?:allowable|recommended|monitoring|clean energy|stale)\b", text)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_chip_is_that_of_the_rule_whose_limit_stands_beside_it(lang: str) -> None:
    snapshot = sample_snapshot()
    cards = {card.axis: card for card in Cards(snapshot, Voice(lang)).all()}
    findings = {one.rule_id: one for one in snapshot.findings}

    for card in cards.values():
        assert card.chip is not None
        rules = [
            one
            for one in findings.values()
            if card.chip.text == Voice(lang).chip(one.verdict).text
            and any((one.title_fr if lang == "fr" else one.title_en) in li for li in card.lines)
        ]
        assert rules or TEXTS[lang]["no_limit"] in card.lines, card
        for rule, told in card.others:
            assert findings[rule].axis.value == card.axis
            assert Voice(lang).wording.verdicts[findings[rule].verdict] in told
    assert any(card.others for card in cards.values())


def test_a_reference_that_is_missed_is_not_red() -> None:
    chip = Voice("fr").chip(Verdict.DEVIATION)

    assert chip.tone == "reference"
    assert Voice("fr").chip(Verdict.BREACH).tone == "bad"


def test_an_abbreviation_is_spelled_out_in_the_first_row_of_the_table_that_has_it() -> None:
    spelled: set[str] = set()
    voice = Voice("fr")

    assert voice.kpi_in_full("wue", spelled) == "WUE (efficacité d’usage de l’eau)"
    assert voice.kpi_in_full("wue_potable", spelled) == "WUE, eau potable"


def test_no_water_is_a_word_and_not_a_row_of_noughts() -> None:
    snapshot = sample_snapshot()
    none = [
        replace(one, value=0.0, expanded_uncertainty=0.0002, withheld=None)
        if (one.kpi, one.window.name) == ("wue", "15min")
        else one
        for one in snapshot.kpis
    ]
    water = Cards(replace(snapshot, kpis=tuple(none)), Voice("fr")).all()[2]

    assert water.big == "0"
    assert water.big_note == "aucune eau sur 15 minutes"

    (now,) = (one for one in none if (one.kpi, one.window.name) == ("wue", "15min"))
    day = replace(now, window=replace(now.window, name="today"))
    rest = [one for one in none if (one.kpi, one.window.name) != ("wue", "today")]
    water = Cards(replace(snapshot, kpis=(*rest, day)), Voice("fr")).all()[2]
    assert water.big_note == "aucune eau sur la journée"


def test_a_heat_pump_that_stands_still_is_not_one_that_answers_no_more() -> None:
    snapshot = sample_snapshot()
    still = HeatPumpView(
        id="heat_pump_1", label_fr="PAC 1", label_en="Pump 1", cop=None, carnot_ratio=None
    )
    snapshot = replace(snapshot, heat=replace(snapshot.heat, pumps=(still,)))
    told = dict(Insights(snapshot, Voice("fr")).pump_pairs())
    assert list(told.values()) == ["ne répond plus"]

    device = replace(snapshot.devices[0], id=still.id, state=DeviceState.OK, stale_points=0)
    told = dict(Insights(replace(snapshot, devices=(device,)), Voice("fr")).pump_pairs())
    assert list(told.values()) == ["à l’arrêt"]
