"""Where the programs of a site show their metrics."""

from collections.abc import Mapping
from typing import Final

from service.settings import Settings

# Where they listen when no port of theirs is set.
COLLECT_PORT: Final = 9801
EVALUATE_PORT: Final = 9802


def scrape_targets(settings: Settings) -> Mapping[str, str]:
    """Host and port by program."""
    return {
        "serve": _target(settings.http_host, settings.http_port),
        "collect": _target(settings.collect_host, settings.collect_port or COLLECT_PORT),
        "evaluate": _target(settings.evaluate_host, settings.evaluate_port or EVALUATE_PORT),
    }


def _target(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
