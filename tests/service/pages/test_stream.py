"""The stream and what the reader sees of it, with a real server and a real browser."""

import logging
import random
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import httpx
import pytest
from playwright.sync_api import Browser, expect

from charter_rules.findings import Verdict
from service.live.snapshot import LiveSnapshot
from tests.service.pages.cut_line import CutLine
from tests.service.pages.patched_page import (
    PatchedPage,
    canonical,
    events_of,
    main_of,
    unpacked,
)
from tests.service.pages.sample_snapshot import NOW, sample_snapshot
from tests.service.pages.serving import Served, served

_FRENCH = "/events?lang=fr"


def _alternating(count: int) -> list[LiveSnapshot]:
    """Each of another state than the one before, which is sent at once."""
    made = [sample_snapshot(NOW, step=n, healthy=bool(n % 2)) for n in range(6)]
    return [
        replace(made[n % 6], taken_at=NOW + timedelta(seconds=n + 1)) for n in range(1, count + 1)
    ]


def _hear(server: Served, page: PatchedPage, until: str, at_most: int = 10_000) -> None:
    """One connection: until a time is shown, or so many events came."""
    if page.main is not None and until in page.html:
        return
    headers = {} if page.last_id is None else {"Last-Event-ID": page.last_id}
    with httpx.stream("GET", server.url + _FRENCH, headers=headers, timeout=20.0) as answer:
        for event in islice(events_of(answer.iter_lines()), at_most):
            page.hear(event)
            if page.main is not None and until in page.html:
                return


def test_an_open_stream_ends_cleanly_when_the_process_stops(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, ended = threading.Event(), threading.Event()
    with served(sample_snapshot()) as server:

        def read() -> None:
            with httpx.stream("GET", f"{server.url}/events?lang=fr", timeout=10.0) as answer:
                for line in answer.iter_lines():
                    if line == "event: main":
                        begun.set()
            ended.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert begun.wait(5.0)
        with caplog.at_level(logging.ERROR):
            assert server.stop() < 1.8
        reader.join(5.0)
    assert ended.is_set()
    assert caplog.records == []


def test_the_first_event_is_what_the_page_came_with() -> None:
    """Else the first one moves every part by a place, and closes what the reader opened."""
    with served(sample_snapshot()) as server:
        came = main_of(httpx.get(f"{server.url}/fr/").text)
        with httpx.stream("GET", server.url + _FRENCH, timeout=10.0) as answer:
            heard = events_of(answer.iter_lines())
            assert next(heard) == {"retry": "2000"}
            first = next(heard)

    assert first["event"] == "main"
    assert first["data"] == came


@pytest.mark.parametrize("accepts", ["gzip", "identity"])
def test_a_stream_is_compressed_for_who_takes_it_and_whole_to_its_end(accepts: str) -> None:
    with served(sample_snapshot()) as server:
        bodies: list[bytes] = []
        headers = {"Accept-Encoding": accepts}
        with httpx.stream("GET", server.url + _FRENCH, headers=headers, timeout=20.0) as answer:
            packed = answer.headers.get("content-encoding") == "gzip"
            for body in answer.iter_raw():
                bodies.append(body)
                if len(bodies) == 1:
                    server.publish(sample_snapshot(NOW + timedelta(seconds=2), healthy=True))
                if len(bodies) == 2:
                    threading.Thread(target=server.stop).start()

    assert packed == (accepts == "gzip")
    text = unpacked(bodies) if packed else b"".join(bodies).decode()
    assert [event.get("event") for event in events_of(text.split("\n"))] == [None, "main", "patch"]


def test_no_event_is_lost_to_a_reader_that_is_cut_off_at_random() -> None:
    chance, page, steady = random.Random(13), PatchedPage(), PatchedPage()
    shown = _alternating(30)
    last = f"20:32:{(shown[-1].taken_at).second:02}"
    with served(sample_snapshot()) as server:
        _hear(server, page, "20:32:07")
        # For a second reader each state is made, also while the first is away.
        other = threading.Thread(target=_hear, args=(server, steady, last))
        other.start()
        for place, one in enumerate(shown):
            server.publish(one)
            now = f"20:32:{one.taken_at.second:02}"
            if chance.random() < 0.5:
                _hear(server, page, now, at_most=chance.randint(1, 3))
            # Away for longer it would be sent the whole: that is less than many changes.
            if place % 3 == 0:
                _hear(server, page, now)
        _hear(server, page, last)
        other.join(20.0)
        fresh = main_of(httpx.get(f"{server.url}/fr/").text)

    assert page.html == steady.html == canonical(fresh)
    # Whatever came after the first came as changes: nothing was sent again.
    assert page.wholes == 1
    assert page.patches > 5


def test_a_clock_that_is_set_back_stops_no_stream() -> None:
    with served(sample_snapshot()) as server:
        page = PatchedPage()
        _hear(server, page, "20:32:07")
        server.publish(sample_snapshot(NOW - timedelta(hours=1), step=1))
        _hear(server, page, "19:32:07")
        assert page.html == canonical(main_of(httpx.get(f"{server.url}/fr/").text))
        assert page.wholes == 1


@pytest.mark.parametrize("last_id", ["", "nonsense", "0123456789abcdef-1", "-1", "1-" + "9" * 40])
def test_what_no_server_said_is_answered_with_the_whole(last_id: str) -> None:
    with served(sample_snapshot()) as server:
        page = PatchedPage()
        page.last_id = last_id
        _hear(server, page, "20:32:07")

    assert page.wholes == 1


@pytest.mark.browser
def test_an_explanation_stays_with_its_rule_when_the_order_changes(browser: Browser) -> None:
    first = sample_snapshot()
    later = sample_snapshot(NOW + timedelta(seconds=2))
    better = tuple(
        replace(f, verdict=Verdict.COMPLIANT) if f.verdict is Verdict.SUSPECTED else f
        for f in later.findings
    )
    with served(first) as server:
        page = browser.new_page()
        page.goto(f"{server.url}/fr/")
        opened = "#rule-csp_noise_night details"
        # By key: the place of a mouse moves with whatever loads above it.
        page.locator(f"{opened} summary").press("Enter")
        expect(page.locator(opened)).to_have_attribute("open", "")
        noise = page.locator("#rules-noise tr:not(.group)")
        assert noise.first.get_attribute("id") == "rule-csp_noise_night"
        server.publish(replace(later, findings=better))
        expect(page.locator(".live")).to_contain_text("20:32:09")
        assert noise.first.get_attribute("id") != "rule-csp_noise_night"
        expect(page.locator(opened)).to_have_attribute("open", "")
        assert page.locator(".rules details[open]").count() == 1
        focused = f"document.activeElement === document.querySelector('{opened} summary')"
        assert page.evaluate(focused)
        page.close()


@pytest.mark.browser
def test_after_a_line_was_cut_the_page_is_as_one_freshly_loaded(browser: Browser) -> None:
    later = [sample_snapshot(NOW + timedelta(seconds=n), step=n, healthy=n == 2) for n in (1, 2, 3)]
    with served(sample_snapshot()) as server, CutLine(server.url) as line:
        page, fresh = browser.new_page(), browser.new_page()
        page.goto(f"{line.url}/fr/")
        page.evaluate("window.sameDocument = true")
        opened = "#rule-csp_noise_night details"
        page.locator(f"{opened} summary").press("Enter")
        page.wait_for_function("window.performance.getEntriesByType('resource').length > 2")
        server.publish(later[0])
        expect(page.locator(".live")).to_contain_text("20:32:08")
        line.cut()
        server.publish(later[1])
        server.publish(later[2])
        expect(page.locator(".live")).to_contain_text("20:32:10", timeout=15_000)
        fresh.goto(f"{server.url}/fr/")
        fresh.locator(f"{opened} summary").press("Enter")
        html = "document.getElementById('main').outerHTML"
        assert page.evaluate(html) == fresh.evaluate(html)
        assert page.evaluate("window.sameDocument")
        focused = f"document.activeElement === document.querySelector('{opened} summary')"
        assert page.evaluate(focused)
        page.close()
        fresh.close()
    # The browser resumed by itself: it was told only what changed, and packed.
    asked = [request.lower() for request in line.requests if b"/events" in request]
    assert all(b"gzip" in request for request in asked)
    assert any(b"last-event-id: " in request for request in asked)


@pytest.mark.browser
def test_a_page_that_is_not_what_the_server_thinks_asks_for_the_whole(browser: Browser) -> None:
    with served(sample_snapshot()) as server:
        page = browser.new_page()
        page.goto(f"{server.url}/fr/")
        server.publish(sample_snapshot(NOW + timedelta(seconds=2), step=1))
        expect(page.locator(".live")).to_contain_text("20:32:09")
        page.evaluate("document.querySelector('.title').remove()")
        server.publish(sample_snapshot(NOW + timedelta(seconds=4), step=2))
        expect(page.locator(".live")).to_contain_text("20:32:11")
        page.close()


@pytest.mark.browser
def test_nothing_overflows_at_320_pixels(browser: Browser) -> None:
    with served(sample_snapshot()) as server:
        page = browser.new_page(viewport={"width": 320, "height": 700})
        page.goto(f"{server.url}/fr/")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.close()


@pytest.mark.browser
def test_a_lost_connection_is_said_and_the_page_no_longer_claims_to_be_live(
    browser: Browser,
) -> None:
    with served(sample_snapshot()) as server:
        page = browser.new_page()
        page.clock.install()
        page.goto(f"{server.url}/fr/")
        expect(page.locator(".live .on")).to_be_visible()
        server.stop()
        page.clock.run_for(12_000)
        expect(page.locator("#lost")).to_be_visible()
        expect(page.locator(".live .on")).to_be_hidden()
        expect(page.locator(".live .off")).to_be_visible()
        page.close()
