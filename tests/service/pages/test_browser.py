"""The page in a real browser: accessible, narrow, alive."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import TOOLS, require_part
from tests.service.pages.serving import Served, served
from tests.service.sample_snapshot import NOW, sample_snapshot

pytestmark = pytest.mark.browser

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with served(sample_snapshot()) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    require_part(program is not None, "chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield running
        running.close()


def open_page(browser: Browser, url: str, **options: Any) -> Page:
    page = browser.new_context(**options).new_page()
    page.goto(url, wait_until="domcontentloaded")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_wcag_violation(browser: Browser, site: Served, lang: str, scheme: str) -> None:
    axe = TOOLS / "node_modules" / "axe-core" / "axe.min.js"
    require_part(axe.is_file(), "axe-core")
    page = open_page(browser, f"{site.url}/{lang}/", bypass_csp=True, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.add_script_tag(path=str(axe))

    found = page.evaluate("(rules) => axe.run({ runOnly: rules })", _RULES)

    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_scrolls_sideways(browser: Browser, site: Served, width: int) -> None:
    page = open_page(browser, f"{site.url}/fr/", viewport={"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_updates_in_place_and_keeps_what_the_reader_opened(
    browser: Browser, site: Served
) -> None:
    page = open_page(browser, f"{site.url}/en/")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.locator("#elsewhere > summary").click()
    page.locator("#elsewhere > summary").focus()

    site.publish(replace(sample_snapshot(), taken_at=NOW + timedelta(seconds=4)))
    page.get_by_text("14:32:11").wait_for(timeout=5_000)

    assert page.locator("#elsewhere").get_attribute("open") is not None
    assert page.evaluate("document.activeElement.parentElement.id") == "elsewhere"
    assert errors == []


def test_the_page_is_light(browser: Browser, site: Served) -> None:
    page = browser.new_context().new_page()
    sizes: list[int] = []
    page.on("response", lambda r: sizes.append(len(r.body()) if "/events" not in r.url else 0))
    page.goto(f"{site.url}/fr/", wait_until="domcontentloaded")
    page.wait_for_timeout(300)

    assert 0 < sum(sizes) < 80_000  # uncompressed


def test_without_scripts_the_figures_are_there(browser: Browser, site: Served) -> None:
    page = open_page(browser, f"{site.url}/fr/", java_script_enabled=False)

    assert "1,602" in page.locator("main").inner_text()
