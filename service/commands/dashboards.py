"""``boucle dashboards``: Grafana's dashboards, data sources and role, into a folder."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from models.site.disclosure import Confidentiality
from service.dashboards.boards import BOARDS
from service.dashboards.grafana_json import dashboard_json
from service.dashboards.provisioning import (
    DATASOURCES,
    PROVIDERS,
    SQL_DATASOURCE,
    read_only_role,
)
from service.dashboards.text import WORDS, Words
from service.errors import UserError
from service.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the files and name them."""
    del settings
    page_url = _page_url(arguments.page_url)
    clearance = None if arguments.prometheus_only else Confidentiality[arguments.clearance.upper()]
    for name, text in files(WORDS[arguments.lang], page_url, clearance):
        path = arguments.into / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            msg = f"{path} cannot be written ({error.strerror}): choose another folder with --into"
            raise UserError(msg) from error
        print(path)
    return 0


def files(
    words: Words, page_url: str, clearance: Confidentiality | None
) -> Iterator[tuple[Path, str]]:
    """Everything Grafana needs, each file with its place in the folder.

    ``clearance`` is what it may read of the database; None: nothing, it reads Prometheus only.
    """
    for board in BOARDS:
        shown = board.without_sql() if clearance is None else board
        made = dashboard_json(shown, words, page_url)
        text = json.dumps(made, ensure_ascii=False, indent=1)
        yield Path("dashboards", f"{board.uid}.json"), f"{text}\n"
    sources = DATASOURCES if clearance is None else f"{DATASOURCES}{SQL_DATASOURCE}"
    yield Path("provisioning", "datasources", "boucle.yaml"), sources
    yield Path("provisioning", "dashboards", "boucle.yaml"), PROVIDERS
    if clearance is not None:
        yield Path("read-only-role.sql"), read_only_role(clearance)


def _page_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        msg = f"--page-url {text!r} is no address of a page: write it as http://host:8000"
        raise UserError(msg)
    return text.rstrip("/")
