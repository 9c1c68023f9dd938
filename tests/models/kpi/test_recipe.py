"""A KPI is its file, its row, its words and its oracle: nothing else names it."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from models.kpi.definition import Kpi
from models.kpi.registry import KPIS
from tests.models.kpi.kpi_table import README, with_table

ROOT = Path(__file__).parents[3]
ROOMS = ("models", "charter_rules", "collectors", "service", "simulators")
# What shows or draws some KPIs of its own choice, by the modules that choose.
CHOOSE = {
    "simulators/kpi_truths.py": "what is true of each in the plant",
    "simulators/fleet/roster.py": "what invented sites declare",
    "service/pages/cards.py": "the cards of the four axes",
    "service/pages/view.py": "the heat of the heat chain",
    "service/pages/charter.py": "the class of the European rating",
    "service/dashboards/boards/heat.py": "the heat that a dashboard shows by month",
    "service/dashboards/boards/operator.py": "the figures that operators watch",
    "charter_rules/wording/equivalent_class.py": "the classes of the European rating",
    "charter_rules/law/availability.py": "what is not measured yet",
}


def sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def named_in(path: Path) -> set[str]:
    """Ids of KPIs that stand in a module as texts; doctests are examples."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and text in KPIS}


def test_nothing_else_names_a_kpi() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if path.parent != ROOT / "models" / "kpi" and named_in(path)
    }

    assert found - set(CHOOSE) == set(), "iterate over models.kpi.registry instead"
    assert set(CHOOSE) - found == set(), "these no longer name one: take them out of CHOOSE"


@pytest.mark.parametrize("kpi", KPIS)
def test_a_kpi_has_one_file_of_its_own(kpi: str) -> None:
    modules = sorted((ROOT / "models" / "kpi").glob("*.py"))
    files = [path.name for path in modules if kpi in built_in(path)]

    assert len(files) == 1, files


def built_in(path: Path) -> set[str]:
    """Ids of the rows that a module binds itself, alone or in a mapping of its own."""
    if path.name == "registry.py":
        return set()
    module = import_module(f"models.kpi.{path.stem}")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            bound = getattr(module, node.target.id, None)
            rows = bound.values() if isinstance(bound, dict) else [bound]
            found |= {row.id for row in rows if isinstance(row, Kpi)}
    return found


def test_the_files_that_name_the_cooling_efficiency_ratio_besides_rules_are_five() -> None:
    kinds = {".py", ".yaml", ".html", ".toml", ".json", ".js"}
    found = {
        path.relative_to(ROOT).as_posix()
        for room in (*ROOMS, "deploy")
        for path in sorted((ROOT / room).rglob("*"))
        if path.suffix in kinds and re.search(r"\bcer\b", path.read_text(encoding="utf-8"))
    }

    rules = {one for one in found if one.startswith("charter_rules/rules/")}
    assert rules
    assert found - rules == {
        "models/kpi/cer.py",
        "models/kpi/registry.py",
        "models/kpi/words_en.py",
        "models/kpi/words_fr.py",
        "simulators/kpi_truths.py",
    }


def test_the_recipe_in_contributing_has_these_four_steps() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipe = text.split("## Add a KPI\n")[1].split("\n## ")[0]
    steps = re.findall(r"^\d\. (.*?)(?=^\d\. |^[A-Z]|\Z)", recipe, re.MULTILINE | re.DOTALL)

    assert [re.findall(r"`([\w/<>*.]+\.(?:py|json))`", step)[0] for step in steps] == [
        "models/kpi/<kpi>.py",
        "models/kpi/registry.py",
        "models/kpi/words_en.py",
        "tests/oracles/kpi_*.json",
    ]


def test_the_table_in_the_readme_is_that_of_the_registry() -> None:
    text = README.read_text(encoding="utf-8")

    assert with_table(text) == text, "python -m tests.models.kpi.kpi_table"
