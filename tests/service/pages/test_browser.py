"""The page in a real browser."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.service.pages.sample_snapshot import NOW, sample_snapshot
from tests.service.pages.serving import served
from tests.service.pages.troubled_snapshot import branch

pytestmark = pytest.mark.browser

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
_OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


@pytest.mark.parametrize(("lang", "scheme", "width"), [("fr", "light", 1280), ("en", "dark", 390)])
def test_wcag_a_and_aa(
    browser: Browser, axe_source: str, lang: str, scheme: str, width: int
) -> None:
    with served(sample_snapshot()) as server:
        # The checker is put into the page, which its own policy would refuse.
        page = browser.new_page(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            bypass_csp=True,
        )
        page.goto(f"{server.url}/{lang}/")
        page.evaluate(_OPEN_ALL)
        page.evaluate(axe_source)
        result = page.evaluate("tags => axe.run(document, {runOnly: tags})", _RULES)
        page.close()
    assert [(v["id"], v["nodes"][0]["html"]) for v in result["violations"]] == []


@pytest.mark.parametrize(
    ("path", "scheme", "width"), [("/fr/connexion", "dark", 390), ("/en/sign-in", "light", 1280)]
)
def test_the_form_to_sign_in_is_for_everybody(
    browser: Browser, axe_source: str, path: str, scheme: str, width: int
) -> None:
    with served(None) as server:
        page = browser.new_page(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            bypass_csp=True,
        )
        page.goto(f"{server.url}{path}")
        page.keyboard.press("Tab")
        for _ in range(3):
            page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.locator("#login")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(axe_source)
        result = page.evaluate("tags => axe.run(document, {runOnly: tags})", _RULES)
        page.close()
    assert [(v["id"], v["nodes"][0]["html"]) for v in result["violations"]] == []


def test_the_page_follows_without_reload_and_without_errors(browser: Browser) -> None:
    with served(sample_snapshot()) as server:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{server.url}/fr/")
        page.evaluate("window.sameDocument = true")
        page.locator(".rules summary").first.click()
        server.publish(sample_snapshot(NOW + timedelta(seconds=2), step=1))
        expect(page.locator(".live")).to_contain_text("20:32:09")
        expect(page.locator(".rules details").first).to_have_attribute("open", "")
        focused = "document.activeElement === document.querySelector('.rules summary')"
        assert page.evaluate(focused)
        assert page.evaluate("window.sameDocument")
        page.close()
    assert said == []


def test_the_documentation_leads_to_its_shapes(browser: Browser) -> None:
    with served(sample_snapshot()) as server:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        answer = page.goto(f"{server.url}/docs")
        assert answer is not None
        assert answer.status == 200
        page.get_by_role("link", name="BreachState").first.click()
        expect(page.locator("#BreachState")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.close()
    assert said == []


def test_without_script_the_page_is_whole_and_reloads_itself(browser: Browser) -> None:
    with served(sample_snapshot()) as server:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{server.url}/fr/")
        expect(page.locator("h1")).to_be_visible()
        assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
        context.close()


@pytest.mark.parametrize("count", [0, 1, 4, 7])
def test_any_number_of_heat_branches_is_drawn_inside_the_diagram(
    browser: Browser, count: int
) -> None:
    snapshot = sample_snapshot()
    branches = tuple(
        branch(f"b{place}", f"Preneur de chaleur au nom {'long ' * place}", "", 10.0, 60.0, 40.0)
        for place in range(count)
    )
    shown = replace(snapshot, flow=replace(snapshot.flow, heat_branches=branches))
    with served(shown) as server:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{server.url}/fr/")
        drawing = page.locator("svg.flow").bounding_box()
        assert drawing is not None
        for text in page.locator("svg.flow text").all():
            box = text.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= drawing["x"] + drawing["width"]
            assert box["y"] + box["height"] <= drawing["y"] + drawing["height"]
        assert page.locator("svg.flow rect.node.branch").count() == count
        context.close()
