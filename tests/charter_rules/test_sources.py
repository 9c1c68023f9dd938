"""What the loader refuses of a figure's source, its table, its reach and its dates."""

import shutil
from pathlib import Path

import pytest

from charter_rules.errors import RuleBookError
from charter_rules.law.loader import SHIPPED_FOLDER, load_library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "charter_rules"
    for name in ("parameters", "rules", "charters"):
        shutil.copytree(SHIPPED_FOLDER / name, copy / name)
    return copy


def refusal(folder: Path, file: str, old: str, new: str) -> str:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleBookError) as error:
        load_library(folder)
    return str(error.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "parameters/csp_noise_day.yaml",
            "https://www.legifrance.gouv.fr/codes/article_lc/LEGIARTI000035425946",
            "https://www.legifrance.gouv.fr/codes/texte_lc/LEGITEXT000006072665",
            "is the address of a whole code",
        ),
        (
            "parameters/fr_cibs_pue.yaml",
            "compared_with: {",
            "compared_with: null #{",
            "nothing says what was read",
        ),
        (
            "rules/enefg_pue_new.yaml",
            "severity: benchmark",
            "severity: obligation",
            "enefg_pue_new is foreign_law",
        ),
        (
            "rules/paris_erf.yaml",
            "severity: benchmark",
            "severity: obligation",
            "only fr_law and eu_law bind a site",
        ),
        ("parameters/eu_rating_pue.yaml", "B: 1.25", "B: 1.15", "does not rise"),
        ("parameters/eu_rating_pue.yaml", "B: 1.25", "B: null", "open class before its last"),
        ("parameters/eu_rating_pue.yaml", "G: null", "G: 2.5", "open class before its last"),
        (
            "parameters/eu_rating_wue.yaml",
            "value: null\n    absent: no_figure",
            "value: 0.4",
            "stand beside a value",
        ),
        (
            "rules/fr_operat_report.yaml",
            'yearly_by: "09-30", ',
            "",
            "first_due: is of a yearly duty",
        ),
        (
            "rules/blue_angel_cer_second_year.yaml",
            "ends_months_after_entry: 36",
            "ends_months_after_entry: 24",
            "is over after 24 months, before it begins",
        ),
    ],
)
def test_the_loader_refuses(folder: Path, file: str, old: str, new: str, said: str) -> None:
    assert said in refusal(folder, file, old, new)


def test_the_shipped_files_are_sound(folder: Path) -> None:
    assert load_library(folder).rules.sheets
