"""The table of families in ``service/metrics/README.md``.

``python -m tests.service.metrics.table`` writes it anew.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from service.metrics.family import Family
from tests.service.metrics.families import ALL, BY_PROGRAM

README: Final = Path(__file__).parents[3] / "service" / "metrics" / "README.md"
_BEGIN, _END = "<!-- table of families: begin -->\n", "<!-- table of families: end -->\n"


def table() -> str:
    """Every family: where it is shown, its labels, what it says and when it is absent."""
    rows = [
        "| family | kind | by | labels | what | absent |",
        "|---|---|---|---|---|---|",
        *(_row(family) for family in ALL),
    ]
    return "\n".join(rows) + "\n"


def _row(family: Family) -> str:
    labels = ", ".join(f"`{one}`" for one in family.label_names)
    by = ", ".join(_programs(family))
    cells = (f"`{family.name}`", family.kind.value, by, labels, family.text, family.absent)
    return f"| {' | '.join(cells)} |"


def _programs(family: Family) -> Iterator[str]:
    for program, own in BY_PROGRAM.items():
        if family in own:
            yield program.value


def with_table(text: str) -> str:
    """The text with the table of today between its marks."""
    before, rest = text.split(_BEGIN)
    return f"{before}{_BEGIN}{table()}{_END}{rest.split(_END)[1]}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
