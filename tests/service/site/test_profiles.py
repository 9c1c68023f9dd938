"""Where profiles come from, and whom a broken one concerns."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.profiles.library import SHIPPED_PROFILES
from models.located_yaml import load_located
from service.__main__ import main
from service.site.errors import SiteFileError
from service.site.loader import parse_site
from tests.service.site.test_loader import PROFILES, SHIPPED

# The genset of the shipped site, of a profile that does not come with Boucle.
OWN = "profile: genset_of_mine\n"
USED = "profile: genset\n"


def site_in(folder: Path, profile: str = OWN) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count(USED) == 1
    path = folder / "site.yaml"
    path.write_text(text.replace(USED, profile), encoding="utf-8")
    return path


def profile_in(folder: Path, name: str, **changes: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = (SHIPPED_PROFILES / "genset.yaml").read_text(encoding="utf-8")
    text = text.replace("id: genset\n", f"id: {name}\n")
    for right, wrong in changes.items():
        assert right in text
        text = text.replace(right, wrong, 1)
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("place", ["beside the site", "named by the setting"])
def test_a_site_has_profiles_of_its_own(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, own = site_in(tmp_path / "site"), tmp_path / "own"
    if place == "beside the site":
        own = site.parent / "profiles"
    else:
        monkeypatch.setenv("BOUCLE_PROFILES", str(own))
        own.mkdir()
    assert main(["check", str(site)]) == 2

    profile_in(own, "genset_of_mine")
    assert main(["check", str(site)]) == 0


def test_a_broken_profile_concerns_only_the_sites_that_use_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user, other = site_in(tmp_path), site_in(tmp_path / "other", USED)
    broken = profile_in(tmp_path / "profiles", "genset_of_mine", vendor="vendour")
    shutil.copytree(tmp_path / "profiles", other.parent / "profiles")

    assert main(["check", str(other)]) == 0
    said = capsys.readouterr().out
    assert "genset_of_mine.yaml" in said.split("Profiles that cannot be used")[1].split("\n\n")[0]

    assert main(["check", str(user)]) == 2
    said = capsys.readouterr().err
    assert f"profile 'genset_of_mine' cannot be used: {broken}:" in said
    assert "did you mean vendor?" in said
    assert "no point" not in said


def test_a_folder_that_is_not_there_is_refused_with_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOUCLE_PROFILES", str(tmp_path / "nowhere"))

    assert main(["check", str(SHIPPED)]) == 2

    assert "correct BOUCLE_PROFILES or leave it unset" in capsys.readouterr().err


def _places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every value of the first entry of each list, and every key of each mapping."""
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from _places(inner, (*path, key))
    elif isinstance(node, list) and node:
        yield from _places(node[0], (*path, 0))
    else:
        yield path


def test_one_broken_value_anywhere_is_one_mistake() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    data = load_located(text, "site.yaml").data
    several = {}
    # Who and where it is: plain values that nothing else hangs on.
    wired = {part: data[part] for part in data if part != "site"}
    for path in _places(wired):
        broken = json.loads(json.dumps(data, default=str))
        inner = broken
        for part in path[:-1]:
            inner = inner[part]
        inner[path[-1]] = {"no such": "value"}
        with pytest.raises(SiteFileError) as refused:
            parse_site(json.dumps(broken), "site.yaml", PROFILES)
        if len(refused.value.problems) != 1:
            several[path] = str(refused.value)
    assert several == {}
