"""The lock: a version of a rule always means the same content."""

import json
import shutil
from pathlib import Path

import pytest

from charter_rules.law.loader import SHIPPED_FOLDER
from charter_rules.law.lock import LOCK_NAME, main

PARAMETER = "parameters/paris_wue.yaml"
RULE = "rules/paris_wue.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("parameters", "rules", "charters"):
        shutil.copytree(SHIPPED_FOLDER / part, tmp_path / part)
    shutil.copy(SHIPPED_FOLDER / LOCK_NAME, tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def version_of(path: Path) -> int:
    return int(path.read_text(encoding="utf-8").split("version: ")[1].split()[0])


def set_version(path: Path, version: int) -> None:
    edit(path, f"version: {version_of(path)}", f"version: {version}")


def run(action: str, folder: Path) -> int:
    return main([action, "--folder", str(folder)])


def test_the_shipped_rules_are_locked() -> None:
    assert main(["--check"]) == 0


def test_a_changed_threshold_needs_a_higher_version(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = version_of(folder / RULE)
    edit(folder / PARAMETER, "value: 0.4", "value: 0.3")

    assert run("--check", folder) == 1
    assert run("--write", folder) == 1
    assert f"content changed but its version is still {now}" in capsys.readouterr().err

    set_version(folder / RULE, now + 1)

    assert run("--check", folder) == 1
    assert f"version {now + 1} is not in rules.lock.json" in capsys.readouterr().err
    assert run("--write", folder) == 0
    assert run("--check", folder) == 0
    assert json.loads((folder / LOCK_NAME).read_text())["paris_wue"]["version"] == now + 1


def test_a_review_or_a_comment_changes_nothing(folder: Path) -> None:
    edit(folder / PARAMETER, "last_reviewed: 2026-11-28", "last_reviewed: 2027-01-15  # again")
    edit(folder / RULE, "severity: benchmark", "# still so\nseverity: benchmark")

    assert run("--check", folder) == 0


def test_a_version_never_goes_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = version_of(folder / RULE)
    set_version(folder / RULE, now + 1)
    assert run("--write", folder) == 0
    set_version(folder / RULE, now)

    assert run("--write", folder) == 1
    assert f"went back from {now + 1} to {now}" in capsys.readouterr().err


def test_new_and_vanished_rules_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = folder / LOCK_NAME
    data = json.loads(lock.read_text())
    data["gone"] = data.pop("paris_wue")
    lock.write_text(json.dumps(data))

    assert run("--check", folder) == 1
    told = capsys.readouterr().err
    assert "paris_wue: is not in" in told
    assert "gone: is in rules.lock.json but has no file" in told


def test_a_broken_lock_and_broken_rules_are_told_apart(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / LOCK_NAME).write_text("[]")
    assert run("--check", folder) == 1
    assert "restore it from version control" in capsys.readouterr().err
    edit(folder / RULE, "kpi: wue", "kpi: wee")
    assert run("--check", folder) == 2
