"""The files of ``boucle alerts`` on disk: rules anew each time, configuration only once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.legal_time.days import legal_day
from models.site.site import Site
from service.alerts.alertmanager import alertmanager_configuration, scrape_configuration
from service.alerts.rule_files import Writing, dump
from service.alerts.writing import alerts_of, rule_texts
from service.errors import UserError
from service.scrape_targets import scrape_targets
from service.settings import Settings
from service.site.charter import charter_of
from service.site.facts import facts_of

_ALERTMANAGER = "127.0.0.1:9093"
_OF_ALERTMANAGER = """\
prometheus-alertmanager --config.file=alertmanager.yml; set your receivers here.
# It does not sign what it posts: let it name itself to a receiver beyond this machine.
#   - url: https://receiver.example.org/boucle
#     send_resolved: true
#     http_config:
#       authorization: {credentials_file: /etc/prometheus/boucle-webhook.token}"""


def write_files(
    site: Site, settings: Settings, folder: Path, lang: str, page_url: str | None
) -> list[Path]:
    """Rules, their tests and the configuration to begin with; the configuration only once.

    Raises
    ------
    UserError
        If the folder cannot be written to.
    """
    writing = Writing(
        site=site.identity.id,
        site_name=site.identity.name,
        lang=lang,
        page_url=page_url or f"http://{settings.http_host}:{settings.http_port}",
    )
    today = legal_day(datetime.now(UTC))
    found = alerts_of(site, charter_of(site), facts_of(site), today)
    rules = {Path("rules") / path: text for path, text in rule_texts(found, writing).items()}
    try:
        written = [_write(folder / path, text) for path, text in rules.items()]
        # Whoever set receivers and targets keeps them.
        return written + [
            _write(folder / name, dump(content, head))
            for name, (content, head) in _configuration(site, settings).items()
            if not (folder / name).exists()
        ]
    except OSError as error:
        msg = f"cannot write to {folder} ({error.strerror}): name another folder with --into"
        raise UserError(msg) from error


def _configuration(site: Site, settings: Settings) -> Mapping[str, tuple[dict[str, Any], str]]:
    rule_files = ["rules/*.limits.yml", "rules/*.alerts.yml"]
    scrape = scrape_configuration(
        site.identity.id, scrape_targets(settings), rule_files, _ALERTMANAGER
    )
    webhook = {"webhook_configs": [{"url": "http://127.0.0.1:9099/", "send_resolved": True}]}
    return {
        "prometheus.yml": (scrape, "prometheus --config.file=prometheus.yml"),
        "alertmanager.yml": (
            alertmanager_configuration(webhook),
            _OF_ALERTMANAGER,
        ),
    }


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
