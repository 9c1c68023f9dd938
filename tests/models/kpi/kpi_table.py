"""The table of KPIs in ``models/kpi/README.md``, from the registry and its words.

``python -m tests.models.kpi.kpi_table`` writes it anew.
"""

from collections.abc import Iterator
from math import isinf
from pathlib import Path
from typing import Final

from charter_rules.wording.english import ENGLISH as WORDING
from models.kpi.definition import ANY, LONG, YEARLY, Kpi, KpiGroup
from models.kpi.registry import KPIS
from models.kpi.words_en import ENGLISH
from models.kpi.words_fr import FRENCH

README: Final = Path(__file__).parents[3] / "models" / "kpi" / "README.md"
_BEGIN, _END = "<!-- table of KPIs: begin -->\n", "<!-- table of KPIs: end -->\n"
_NAMED: Final = {ANY: "any", LONG: "a week and more", YEARLY: "a year"}


def table() -> str:
    """Every KPI by group."""
    rows = [
        "| id | English | français | what it is | unit | bounds | periods |",
        "|---|---|---|---|---|---|---|",
        *(_row(kpi) for group in KpiGroup for kpi in KPIS.values() if kpi.group is group),
    ]
    return "\n".join(rows) + "\n"


def _row(kpi: Kpi) -> str:
    english, french = ENGLISH.kpis[kpi.id], FRENCH.kpis[kpi.id]
    cells = (
        f"`{kpi.id}`",
        english.heading,
        french.heading,
        english.about,
        WORDING.numbers.unit(kpi.unit).strip(),
        _bounds(kpi),
        "; ".join(_periods(kpi)),
    )
    return f"| {' | '.join(cells)} |"


def _bounds(kpi: Kpi) -> str:
    if isinf(kpi.lower):
        return ""
    return f"from {kpi.lower:g}" if isinf(kpi.upper) else f"{kpi.lower:g} to {kpi.upper:g}"


def _periods(kpi: Kpi) -> Iterator[str]:
    """Sets of periods by one word, the others by theirs."""
    left = kpi.windows
    for windows, name in _NAMED.items():
        if left[: len(windows)] == windows:
            yield name
            left = left[len(windows) :]
    yield from (ENGLISH.windows[window].heading for window in left)


def with_table(text: str) -> str:
    """The text with the table of today between its marks."""
    before, rest = text.split(_BEGIN)
    return f"{before}{_BEGIN}{table()}{_END}{rest.split(_END)[1]}"


def main() -> None:
    """Write the table into the README."""
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
