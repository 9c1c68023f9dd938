"""The table of provoked faults in pytest's report: what each cost, and how long it was felt."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import pytest

# Under this name a row travels with the report of its test, also from the workers of xdist.
_PROPERTY = "provoked_fault"
_HEAD = ("fault", "rows meanwhile", "lost", "doubled", "recovered after", "told")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """One fault, provoked under load.

    ``acknowledged`` counts the readings that were acknowledged while it lasted; ``recovery_s`` is
    from its end until all that waited then was in the table.
    """

    fault: str
    acknowledged: int
    lost: int
    doubled: int
    recovery_s: float
    told: str

    def record(self, request: pytest.FixtureRequest) -> None:
        """Leave the row to the report."""
        request.node.user_properties.append((_PROPERTY, asdict(self)))

    @property
    def cells(self) -> tuple[str, ...]:
        """What is printed, column by column."""
        recovered = f"{self.recovery_s:.1f} s"
        counts = (f"{self.acknowledged:,}", str(self.lost), str(self.doubled))
        return (self.fault, *counts, recovered, self.told)


def fault_lines(reports: Iterable[pytest.TestReport]) -> list[str]:
    """The table as lines; none when no fault was provoked."""
    rows = [
        FaultRow(**row)
        for report in reports
        for name, row in report.user_properties
        if name == _PROPERTY and isinstance(row, Mapping)
    ]
    if not rows:
        return []
    cells = [_HEAD, *(one.cells for one in sorted(rows, key=lambda one: one.fault))]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]
