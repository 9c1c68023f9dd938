"""The page that each alert's runbook link leads to."""

from html import unescape

import pytest
from playwright.sync_api import Browser

from service.alerts.rule_files import annotations_of
from service.alerts.wording import catalogue
from service.alerts.writing import alerts_of
from service.pages.paths import ALERTS_PATHS
from service.pages.routes import Pages
from tests.service.alerts.small_site import FACTS, TODAY, WRITING, small_charter, small_site
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.pages.serving import served

LANGS = ("fr", "en")


@pytest.mark.parametrize("lang", LANGS)
def test_every_alert_is_explained_and_no_placeholder_is_left(lang: str) -> None:
    html = unescape(Pages().alerts(lang))
    for name, words in catalogue(lang).items():
        assert f'<section class="card" id="{name}">' in html
        assert words.consequence in html
    assert "{" not in html.replace("{{", "")
    assert "Alertmanager" not in html
    assert "http://alerts/" in Pages("http://alerts/").alerts(lang)


def test_links_of_alerts_lead_to_what_is_there() -> None:
    alerts = alerts_of(small_site(), small_charter(), FACTS, TODAY).alerts
    pages = Pages()
    shown = {f"http://boucle{ALERTS_PATHS['fr']}": pages.alerts("fr")}
    shown["http://boucle/fr/charte"] = pages.charter(sample_snapshot(), "fr")
    # And back from what an alert is about.
    assert f'href="{ALERTS_PATHS["fr"]}#BoucleBreach"' in shown["http://boucle/fr/charte"]
    for alert in alerts:
        links = annotations_of(alert, WRITING)
        for link in (links["runbook_url"], links["page_url"]):
            address, _, anchor = link.partition("#")
            if anchor:
                assert f'id="{anchor}"' in shown[address], link
            else:
                assert address == "http://boucle/fr/"


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window_and_is_reached_from_the_live_page(
    browser: Browser, width: int
) -> None:
    with served(sample_snapshot()) as server:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(f"{server.url}/fr/")
        page.click("footer a[href='/fr/alertes']")
        page.wait_for_url("**/fr/alertes")
        assert page.locator("section.card").count() == len(catalogue("fr"))
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        page.close()
