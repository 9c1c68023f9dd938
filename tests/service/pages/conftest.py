"""A real browser for the page."""

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import TOOLS, require_part

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def browser() -> Generator[Browser, None, None]:
    """Chromium of the system."""
    program = shutil.which("chromium")
    require_part(program is not None, "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(_QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def axe_source() -> str:
    """The accessibility checker: of ``BOUCLE_AXE_JS`` or of the npm tools."""
    default = TOOLS / "node_modules/axe-core/axe.min.js"
    path = Path(os.environ.get("BOUCLE_AXE_JS", str(default)))
    require_part(path.is_file(), "axe-core")
    return path.read_text(encoding="utf-8")
