"""A client that a program makes of the document, asking a real server."""

import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from service.access.roles import Role
from tests.service.storage.whole_site import SITE_ID, WholeSite

_NAME = "boucle_client"
# Nothing is formatted, and what is gzip is bytes.
_CONFIG = """\
post_hooks: []
content_type_overrides: {application/gzip: application/octet-stream}
"""
_GENERATE_S = 60.0

Load = Callable[[str], Any]


@pytest.fixture(scope="module")
def load(whole_site: WholeSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """Imports a module of a client that was made of what the server says of itself."""
    folder = tmp_path_factory.mktemp("client")
    document, config = folder / "openapi.json", folder / "config.yaml"
    document.write_bytes(httpx.get(f"{whole_site.url}/openapi.json").content)
    config.write_text(_CONFIG, encoding="utf-8")
    made = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", str(document), "--config", str(config)),
            *("--output-path", str(folder / _NAME), "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        timeout=_GENERATE_S,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"{_NAME}.{name}")
    sys.path.remove(str(folder))
    for name in [one for one in sys.modules if one.partition(".")[0] == _NAME]:
        del sys.modules[name]


def test_it_lists_what_there_is(whole_site: WholeSite, load: Load) -> None:
    with load("client").Client(base_url=whole_site.url) as client:
        [site] = load("api.sites.list_sites").sync(client=client)
        assert site.id == SITE_ID
        kpis = load("api.live.list_kpis").sync(site.id, client=client)
        assert {"pue", "wue"} <= {one.kpi for one in kpis}
        assert all(type(one).__name__ == "KpiAnswer" for one in kpis)
        verdicts = load("api.live.list_verdicts").sync(site.id, client=client)
        assert any(one.rule_id == "paris_wue" for one in verdicts)
        history = load("api.kpis.list_kpi_history").sync(
            site.id, "pue", client=client, span=load("models").ClosedSpan.DAY, period="2026-11"
        )
        assert history[0].value is not None


def test_an_error_is_a_problem_with_code_and_remedy(whole_site: WholeSite, load: Load) -> None:
    with load("client").Client(base_url=whole_site.url) as client:
        problem = load("api.live.read_site").sync("nowhere", client=client)
    assert type(problem).__name__ == "ProblemAnswer"
    assert (problem.status, problem.code) == (404, "site_not_found")
    assert problem.remedy


def test_it_answers_a_breach_with_a_token(whole_site: WholeSite, load: Load) -> None:
    tokens, models = whole_site.people.tokens, load("models")
    act = load("api.charter.comment_breach")
    said = models.Comment(why="seen by a program")
    with load("client").AuthenticatedClient(whole_site.url, tokens[Role.OPERATOR]) as client:
        page = load("api.charter.list_breaches").sync(SITE_ID, client=client)
        [breach] = [one for one in page.items if one.rule_id == "paris_wue"]
        answered = act.sync(SITE_ID, breach.id, client=client, body=said)
        assert answered.id == breach.id
        shown = load("api.charter.read_breach").sync(SITE_ID, breach.id, client=client)
    assert shown.events[-1].why == said.why
    assert whole_site.people.logins[Role.OPERATOR] in shown.events[-1].who
    with load("client").AuthenticatedClient(whole_site.url, tokens[Role.ADMINISTRATOR]) as client:
        refused = act.sync(SITE_ID, breach.id, client=client, body=said)
    assert (refused.status, refused.code) == (403, "not_allowed")


def test_operations_have_names_that_a_person_would_give(whole_site: WholeSite) -> None:
    paths = httpx.get(f"{whole_site.url}/openapi.json").json()["paths"]
    names = [one["operationId"] for item in paths.values() for one in item.values()]
    assert len(set(names)) == len(names)
    assert [one for one in names if not re.fullmatch(r"[a-z]+(_[a-z]+){0,3}", one)] == []
