"""Templates and static files of all pages."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

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
def static_versions() -> Mapping[str, str]:
    """A hash of each static file, by which pages name it."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in STATIC.iterdir()
    }
