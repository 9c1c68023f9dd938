"""Templates and static files of all pages."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.pages.paths import STATEMENT_PATHS
from service.pages.text import TEXTS

STATIC = Path(__file__).with_name("static")
_TEMPLATES = Path(__file__).with_name("templates")


def template_environment() -> Environment:
    """Escapes everything, and refuses a name that nobody gave."""
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def statement_links(lang: str) -> tuple[tuple[str, str], ...]:
    """Address and name of each page that says who runs the service, for the foot of all pages."""
    return tuple(
        (paths[lang], TEXTS[lang][f"{name}_title"]) for name, paths in STATEMENT_PATHS.items()
    )


@cache
def static_versions() -> Mapping[str, str]:
    """A hash of each static file, by which pages name it."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in STATIC.iterdir()
    }
