from pathlib import Path

import pytest

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.kpi_history import KpiColumns
from service.replay.fleet import Fleet, history_of_fleet, read_fleet
from simulators.__main__ import main


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """The fourteen invented sites over the year to October 2026, judged on its last day."""
    folder: Path = tmp_path_factory.mktemp("fleet")
    arguments = ["fleet", "--sites", "14", "--seed", "1", "--months", "12"]
    assert main([*arguments, "--end", "2026-11-20T00:00:00+00:00", "--out", str(folder)]) == 0
    return read_fleet(folder, load_profiles(SHIPPED_PROFILES))


@pytest.fixture(scope="session")
def history(fleet: Fleet) -> KpiColumns:
    return history_of_fleet(fleet)
