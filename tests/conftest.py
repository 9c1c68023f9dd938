"""What all tests share: system parts that may be missing, and how that is said."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fault_table import fault_sections

# A first call may import a library for seconds; the suite's own timeout finds what hangs.
settings.register_profile("boucle", deadline=None)
settings.load_profile("boucle")

TOOLS = Path(__file__).parent / "tools"


# Files are shared out between two processes: one of these at the end would be waited for alone.
# The demo is timed, and has what asks little of the machine beside it.
LONGEST_FIRST = (
    "acceptance/test_demo.py",
    "service/storage/test_processes_apart.py",
    "service/evaluation/test_insights.py",
    "models/test_interval_coverage.py",
    "service/test_charter_command.py",
    "service/storage/test_evidence_command.py",
    "service/storage/test_faults_under_load.py",
    "collectors/test_modbus_gateway.py",
    "service/storage/test_crash.py",
    "service/test_reload.py",
    "service/replay/test_verdicts_against_truth.py",
    "service/alerts/test_rules.py",
    "service/replay/test_fleet_truth.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    tests = Path(__file__).parent
    places = {tests / path: n for n, path in enumerate(LONGEST_FIRST)}
    gone = [str(path) for path in places if not path.is_file()]
    if gone:
        msg = f"LONGEST_FIRST names files that are not there: {', '.join(gone)}"
        raise pytest.UsageError(msg)
    items.sort(key=lambda item: places.get(item.path, len(places)))


def require_part(found: bool, what: str) -> None:
    """Skip the test with the reason; in CI a missing part is a failure."""
    if found:
        return
    remedy = f"{what} is not installed: run `make test-parts`"
    if os.environ.get("CI") or os.environ.get("BOUCLE_REQUIRE_PARTS"):
        pytest.fail(remedy)
    pytest.skip(remedy)


@pytest.fixture(scope="session")
def node_tools() -> Path:
    """The folder of the npm tools."""
    needed = ("node-opcua-client", "node-opcua-server")
    installed = all((TOOLS / "node_modules" / one).is_dir() for one in needed)
    require_part(shutil.which("node") is not None and installed, "node with its tools")
    return TOOLS


@pytest.fixture(scope="session")
def prometheus_programs() -> Path:
    """The folder of prometheus, promtool, prometheus-alertmanager and amtool."""
    folder = TOOLS / "unpacked" / "usr" / "bin"
    needed = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
    require_part(all((folder / one).is_file() for one in needed), "Prometheus")
    return folder


@pytest.fixture
def mbpoll() -> str:
    """The program mbpoll."""
    program = shutil.which("mbpoll")
    require_part(program is not None, "mbpoll")
    assert program is not None
    return program


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables of the faults that were provoked."""
    stats = terminalreporter.stats
    called = [one for outcome in ("passed", "failed") for one in stats.get(outcome, [])]
    sections = fault_sections(one for one in called if one.when == "call")
    for title, lines in sections.items():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)
