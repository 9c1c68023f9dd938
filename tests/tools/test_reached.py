"""The check that every module is reached, on a small invented program."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.tools.reached import faults, main, read_tree

SETTINGS = """
[tool.reached]
packages = ["mill"]
entry_points = ["mill.__main__"]
"""
PROGRAM = {
    "mill/__init__.py": "",
    "mill/__main__.py": "from mill.wheel import turn\n",
    "mill/wheel.py": "def turn():\n    from mill import stone\n",
    "mill/stone.py": "from . import grain\n",
    "mill/grain/__init__.py": "from .rye import RYE\n",
    "mill/grain/rye.py": "RYE = 1\n",
}

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(more: Mapping[str, str] | None = None, settings: str = SETTINGS) -> Path:
        (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
        for name, text in {**PROGRAM, **(more or {})}.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_imports_in_functions_relative_ones_and_packages_reach(written: Written) -> None:
    assert faults(read_tree(written())) == []


def test_a_module_that_only_a_test_or_another_such_module_uses_is_named(written: Written) -> None:
    root = written(
        {
            "mill/race.py": "from mill import sluice\n",
            "mill/sluice.py": "",
            "tests/test_race.py": "import mill.race\n",
        }
    )

    assert faults(read_tree(root)) == [
        f"{root}/mill/race.py: no entry point reaches mill.race",
        f"{root}/mill/sluice.py: no entry point reaches mill.sluice",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "import mill.race\n",
        "import mill.race as race\n",
        "from mill import race\n",
        "from mill.race import *\n",
        "import importlib\nimportlib.import_module('mill.race')\n",
        "from importlib import import_module\nimport_module(f'mill.{name}')\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from mill.race import Flow\n",
    ],
)
def test_every_way_to_import_counts(written: Written, text: str) -> None:
    added = {"mill/race.py": "", "mill/grain/__init__.py": "from . import rye\n"}
    assert len(faults(read_tree(written(added)))) == 1

    root = written({**added, "mill/grain/rye.py": text})
    assert faults(read_tree(root)) == []


@pytest.mark.parametrize(
    ("module", "text", "reached"),
    [
        ("mill/grain/rye.py", "from ..race import flow\n", True),
        ("mill/grain/rye.py", "from .race import flow\n", False),
        ("mill/grain/__init__.py", "from .. import race\nfrom . import rye\n", True),
        ("mill/grain/__init__.py", "from . import race, rye\n", False),
    ],
)
def test_dots_count_from_the_package_of_the_module(
    written: Written, module: str, text: str, reached: bool
) -> None:
    root = written({"mill/race.py": "", module: text})

    assert (faults(read_tree(root)) == []) is reached


def test_what_waits_is_left_alone_with_what_it_uses_until_it_is_reached(written: Written) -> None:
    settings = SETTINGS + '\n[tool.reached.waiting]\n"mill.race" = "the new wheel needs it"\n'
    race = {"mill/race/__init__.py": "", "mill/race/flow.py": "import mill.sluice\n"}
    root = written({**race, "mill/sluice.py": ""}, settings)
    assert faults(read_tree(root)) == []

    root = written({"mill/wheel.py": "import mill.race.flow, mill.stone\n"}, settings)
    assert faults(read_tree(root)) == [
        "mill.race: waits no longer (the new wheel needs it): take it off [tool.reached.waiting]"
    ]


def test_an_entry_point_that_does_not_exist_is_named(written: Written) -> None:
    root = written(settings=SETTINGS.replace("mill.__main__", "mill.start"))

    assert faults(read_tree(root)) == ["mill.start: an entry point that does not exist"]


def test_the_command_fails_with_the_remedy(
    written: Written, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(written())
    assert main() == 0

    monkeypatch.chdir(written({"mill/race.py": ""}))
    assert main() == 1
    said = capsys.readouterr().err
    assert said.startswith("mill/race.py: no entry point reaches mill.race\n")
    assert "delete it" in said
