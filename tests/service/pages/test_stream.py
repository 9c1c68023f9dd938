"""The stream and what the reader sees of it, with a real server and a real browser."""

import logging
import threading
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser, expect

from charter_rules.findings import Verdict
from tests.service.pages.sample_snapshot import NOW, sample_snapshot
from tests.service.pages.serving import served


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
        page = httpx.get(f"{server.url}/fr/").text
        came = page.partition('<main id="main">')[2].partition("</main>")[0]
        lines: list[str] = []
        with httpx.stream("GET", f"{server.url}/events?lang=fr", timeout=10.0) as answer:
            for line in answer.iter_lines():
                if lines and not line:
                    break
                if line.startswith("data:"):
                    lines.append(line.removeprefix("data:").removeprefix(" "))

    assert "\n".join(lines) == came


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
