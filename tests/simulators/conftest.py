from pathlib import Path

import pytest

from collectors.profiles.library import SHIPPED_PROFILES
from simulators.plant import Plant
from simulators.site import SimulatedSite, load_simulated_site
from tests.simulators.sites import free_ports, text_on_free_ports


@pytest.fixture(scope="session")
def one_plant() -> Plant:
    return Plant(7)


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(text_on_free_ports(), encoding="utf-8")
    return path


@pytest.fixture
def site(site_file: Path) -> SimulatedSite:
    return load_simulated_site(site_file, SHIPPED_PROFILES)


@pytest.fixture
def free_port() -> int:
    return free_ports(1)[0]
