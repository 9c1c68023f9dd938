"""Only models/legal_time knows time zones: found in the syntax trees of all of the program."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("models", "charter_rules", "collectors", "service", "simulators")
HOME = "models/legal_time/"
ZONE_MODULES = {"zoneinfo", "pytz", "dateutil"}
ZONE_NAMES = {"ZoneInfo", "LEGAL_ZONE"}
# A charter states the zone that its explanations are written in, and a pack carries it along.
EXCEPTIONS = {
    "charter_rules/law/assemble.py": "reads the field `timezone` of a charter",
    "charter_rules/law/checks.py": "refuses a charter whose field `timezone` names no zone",
    "charter_rules/law/rulebook.py": "holds the field `timezone` of a charter",
    "service/evidence/recomputation.py": "words findings in the `timezone` that a pack states",
}


def traces(tree: ast.AST) -> Iterator[str]:
    """Where a module imports, names or spells a time zone."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name.split(".")[0] in ZONE_MODULES)
            case ast.ImportFrom(module=str(module), names=names):
                if module.split(".")[0] in ZONE_MODULES:
                    yield module
                yield from (one.name for one in names if one.name in ZONE_NAMES)
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in ZONE_NAMES:
                yield name
            case ast.Constant(value="Europe/Paris"):
                yield "Europe/Paris"


def modules() -> dict[str, set[str]]:
    """The modules outside the room that know of a zone, and how."""
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    found = {
        str(path.relative_to(ROOT)): set(traces(ast.parse(path.read_text("utf-8"))))
        for path in files
    }
    assert len(found) > 200
    return {path: how for path, how in found.items() if how and not path.startswith(HOME)}


def test_no_other_module_knows_time_zones() -> None:
    assert sorted(modules()) == sorted(EXCEPTIONS), modules()


@pytest.mark.parametrize(
    "source",
    [
        "import zoneinfo",
        "import dateutil.tz",
        "from zoneinfo import ZoneInfo as Z",
        "from models.legal_time.days import LEGAL_ZONE",
        "zone = z.ZoneInfo('UTC')",
        "key = 'Europe/Paris'",
    ],
)
def test_every_way_to_a_zone_is_seen(source: str) -> None:
    assert list(traces(ast.parse(source)))
