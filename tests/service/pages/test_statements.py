"""The pages that say who runs the service: what is filled in, and what is not."""

from datetime import date
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from service.accounts.lifetimes import SessionLimits
from service.deployment import Deployment
from service.errors import UserError
from service.pages.paths import STATEMENT_PATHS
from service.pages.statements import StatementPages
from service.pages.text import TEXTS
from service.statements import Audit, Body, Conformity, Shortcoming, Statements, load_statements
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.pages.serving import served

LANGS = ("fr", "en")
CITY = Body(name="Ville de Paris", address="4 rue de Lobau, 75004 Paris", email="dpo@example.org")
FILLED = Statements(
    publisher=CITY,
    publication_director="A. Martin",
    host=CITY,
    controller=CITY,
    data_protection_officer=CITY,
    accessibility_contact=CITY,
    audit=Audit(
        conformity=Conformity.PARTIAL,
        rate=0.83,
        on=date(2027, 1, 15),
        by="Audit SARL",
        shortcomings=(Shortcoming(fr="La carte", en="The map"),),
    ),
)
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", STATEMENT_PATHS)
def test_what_is_left_out_is_said_to_be(name: str, lang: str) -> None:
    to_fill = TEXTS[lang]["to_be_filled_in"]
    assert to_fill in unescape(StatementPages(Deployment()).page(name, lang))
    filled = unescape(StatementPages(Deployment(statements=FILLED)).page(name, lang))
    assert to_fill not in filled
    assert "Ville de Paris" in filled
    assert "{" not in filled


def test_without_an_audit_nothing_is_claimed() -> None:
    page = unescape(StatementPages(Deployment()).page("accessibility", "fr"))
    assert "non conforme" in page
    audited = unescape(StatementPages(Deployment(statements=FILLED)).page("accessibility", "fr"))
    assert "partiellement conforme" in audited
    assert "83,0\N{NARROW NO-BREAK SPACE}%" in audited
    assert "La carte" in audited


def test_the_page_tells_the_settings_that_hold() -> None:
    deployment = Deployment(audit_months=7, sessions=SessionLimits())
    page = unescape(StatementPages(deployment).page("personal_data", "en"))
    assert "7 months" in page
    assert "12 hours without activity, 7 days at most" in page


def test_the_shipped_file_is_read_and_a_wrong_one_is_told_by_its_line(tmp_path: Path) -> None:
    assert load_statements(ROOT / "deploy/statements.yaml") == Statements()
    shipped = (ROOT / "deploy/statements.yaml").read_text("utf-8")
    # What is commented out there is a whole example.
    example = "\n".join(
        line.removeprefix("# ") for line in shipped.splitlines() if line.startswith("# ")
    )
    keys = {line.partition(":")[0] for line in example.splitlines() if ":" in line}
    assert set(Statements.model_fields) <= keys
    wrong = tmp_path / "statements.yaml"
    wrong.write_text("publisher:\n  name: Ville de Paris\n  adress: x\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"statements\.yaml:\d+: publisher\.adress"):
        load_statements(wrong)
    with pytest.raises(UserError, match="BOUCLE_STATEMENTS"):
        load_statements(tmp_path / "none.yaml")


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_are_reached_from_the_foot_and_fit(browser: Browser, width: int) -> None:
    with served(sample_snapshot()) as server:
        page = browser.new_page(viewport={"width": width, "height": 900})
        for paths in STATEMENT_PATHS.values():
            page.goto(f"{server.url}/fr/")
            page.click(f"footer a[href='{paths['fr']}']")
            page.wait_for_url(f"**{paths['fr']}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
