"""Tables of provoked faults in pytest's report: what each cost, and how long it was felt."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pytest

# Under this name a row travels with the report of its test, also from the workers of xdist.
_PROPERTY = "provoked_fault"


@dataclass(frozen=True, slots=True)
class FaultTable:
    """A section of the report; each test of a fault leaves one row to it."""

    title: str
    head: Sequence[str]

    def record(self, request: pytest.FixtureRequest, *cells: str) -> None:
        """Leave the row to the report."""
        assert len(cells) == len(self.head)
        row = {"title": self.title, "head": list(self.head), "cells": list(cells)}
        request.node.user_properties.append((_PROPERTY, row))


def fault_sections(reports: Iterable[pytest.TestReport]) -> dict[str, list[str]]:
    """Each table as lines under its title; none where no fault was provoked."""
    heads: dict[str, Sequence[str]] = {}
    rows: dict[str, list[Sequence[str]]] = defaultdict(list)
    for report in reports:
        for name, row in report.user_properties:
            if name == _PROPERTY and isinstance(row, Mapping):
                heads[row["title"]] = row["head"]
                rows[row["title"]].append(row["cells"])
    return {title: _lines([head, *sorted(rows[title], key=tuple)]) for title, head in heads.items()}


def _lines(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]
