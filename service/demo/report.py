"""The demo's last word: what was measured beside what the plant knows to be true."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from charter_rules.wording.english import ENGLISH
from service.demo.plant_choice import PlantChoice
from service.errors import UserError

_WINDOWS = ("15min", "today", "month", "12months")
_TRUTH_TIMEOUT_S = 60.0
# Just after midnight there is no day yet to compare.
_SHORTEST_WINDOW = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One KPI over one window, measured and true."""

    kpi: str
    window: str
    unit: str
    measured: float | None
    expanded_uncertainty: float | None
    truth: float
    coverage_ratio: float
    withheld: str | None

    @property
    def difference(self) -> float | None:
        """Measured minus true."""
        return None if self.measured is None else self.measured - self.truth

    @property
    def agrees(self) -> bool:
        """Whether the truth lies inside the stated uncertainty. A withheld value does not agree."""
        return self._within(1.0)

    @property
    def is_wrong(self) -> bool:
        """Whether no sound meter explains the difference.

        An interval at k = 2 misses the truth in some 5 of 100 cases, and is meant to; beyond k = 3
        no meter inside its class can take it.
        """
        return not self._within(1.5)

    def _within(self, times: float) -> bool:
        if self.difference is None or self.expanded_uncertainty is None:
            return False
        # What is exact in both, such as no degree day in winter, agrees to the last digit only.
        slack = 1e-9 * max(abs(self.truth), 1.0)
        return abs(self.difference) <= times * self.expanded_uncertainty + slack


async def compare(
    kpis: Sequence[Mapping[str, Any]], site: Path, plant: PlantChoice
) -> list[Comparison]:
    """Ask the plant for its truth over the very windows that were measured.

    ``kpis`` are entries of ``/kpis`` of a site. Every KPI that both sides have is compared. A
    window that has only begun is left out.
    """
    comparisons: list[Comparison] = []
    truths: dict[tuple[str, str], Mapping[str, float | None]] = {}
    for measured in kpis:
        window = measured["window"]
        span = (window["start"], window["end"])
        length = datetime.fromisoformat(span[1]) - datetime.fromisoformat(span[0])
        if window["name"] not in _WINDOWS or length < _SHORTEST_WINDOW:
            continue
        if span not in truths:
            truths[span] = (await _truth(site, plant, *span))["kpis"]
        # None where nothing happened that could be divided by.
        true = truths[span].get(measured["kpi"])
        if true is not None:
            comparisons.append(_comparison(measured, window["name"], true))
    if not comparisons:
        msg = "the evaluation gave no KPI to compare with the plant; see the demo's logs"
        raise UserError(msg)
    return sorted(comparisons, key=lambda one: _WINDOWS.index(one.window))


def _comparison(measured: Mapping[str, Any], window: str, true: float) -> Comparison:
    return Comparison(
        kpi=measured["kpi"],
        window=window,
        unit=measured["unit"],
        measured=measured["value"],
        expanded_uncertainty=measured["expanded_uncertainty"],
        truth=true,
        coverage_ratio=measured["coverage_ratio"],
        withheld=measured["withheld"],
    )


async def _truth(site: Path, plant: PlantChoice, start: str, end: str) -> Mapping[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators", "truth", str(site), *plant.arguments),
        *("--start", datetime.fromisoformat(start).isoformat()),
        *("--end", datetime.fromisoformat(end).isoformat()),
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_TRUTH_TIMEOUT_S):
        out, _ = await process.communicate()
    if process.returncode != 0:
        msg = "the plant could not tell its truth; see the lines above"
        raise UserError(msg)
    truth: Mapping[str, Any] = json.loads(out)
    return truth


def table(comparisons: Sequence[Comparison]) -> str:
    """The comparisons as a text table."""
    rows = [("KPI", "measured (k=2)", "plant's truth", "difference", "coverage", "")]
    for c in comparisons:
        digits = 1 if c.unit == "kWh" else 4
        measured = f"withheld: {c.withheld}"
        difference = "-"
        if c.measured is not None:
            spread = c.expanded_uncertainty
            known = "?" if spread is None else f"{spread:.{digits}f}"
            measured = f"{c.measured:.{digits}f} ± {known}"
            difference = f"{c.measured - c.truth:+.{digits}f}"
        unit = "" if c.unit == "ratio" else f" [{c.unit}]"
        rows.append(
            (
                f"{c.kpi} {c.window}{unit}",
                measured,
                f"{c.truth:.{digits}f}",
                difference,
                ENGLISH.numbers.share(c.coverage_ratio),
                "inside" if c.agrees else "WRONG" if c.is_wrong else "outside",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def verdict_lines(findings: Sequence[Mapping[str, Any]]) -> str:
    """The verdicts, one line each."""
    width = max((len(f["verdict"]) for f in findings), default=0)
    return "\n".join(f"{f['verdict'].ljust(width)}  {f['title_en']}" for f in findings)
