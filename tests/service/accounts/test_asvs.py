"""What the table of the ASVS says is held by a test, is."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_TEXT = (_ROOT / "service/accounts/ASVS.md").read_text(encoding="utf-8")
_ROWS = [line.strip("| ").split(" | ") for line in _TEXT.splitlines() if re.match(r"\| \d", line)]
_NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", _TEXT)))


@pytest.mark.parametrize(("path", "name"), _NAMED)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    text = (_ROOT / path).read_text(encoding="utf-8")
    assert f"def {name}(" in text if name else text


def test_every_point_has_a_state_and_what_is_met_says_by_what() -> None:
    assert len(_ROWS) > 50
    for point, _, state, how in _ROWS:
        assert state in {"met", "in part", "not met", "settings"}, point
        assert how.strip(), point
    points = [one for point, *_ in _ROWS for one in re.findall(r"\d+\.\d+\.\d+", point)]
    assert len(set(points)) == len(points)
