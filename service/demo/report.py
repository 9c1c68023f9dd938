"""The demo's last word: what was measured beside what the plant knows to be true."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from service.errors import UserError

_WINDOWS = ("15min", "today", "month", "12months")
_TRUTH_OF = {
    "pue": "pue",
    "wue": "wue_l_per_kwh",
    "erf": "erf",
    "recovered_heat": "e_reuse_kwh",
}
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
        if self.difference is None or self.expanded_uncertainty is None:
            return False
        return abs(self.difference) <= self.expanded_uncertainty


async def compare(kpis: Sequence[Mapping[str, Any]], site: Path, seed: int) -> list[Comparison]:
    """Ask the plant for its truth over the very windows that were measured.

    ``kpis`` are entries of ``/api/v1/kpis``. A window that has only begun is left out.
    """
    by_name = {(k["kpi"], k["window"]["name"]): k for k in kpis}
    comparisons: list[Comparison] = []
    for window in _WINDOWS:
        truths: dict[tuple[str, str], Mapping[str, float]] = {}
        for kpi, field in _TRUTH_OF.items():
            measured = by_name.get((kpi, window))
            if measured is None:
                msg = f"the evaluation gave no {kpi} over {window}; see the demo's logs"
                raise UserError(msg)
            span = (measured["window"]["start"], measured["window"]["end"])
            if datetime.fromisoformat(span[1]) - datetime.fromisoformat(span[0]) < _SHORTEST_WINDOW:
                continue
            if span not in truths:
                truths[span] = await _truth(site, seed, *span)
            comparisons.append(
                Comparison(
                    kpi=kpi,
                    window=window,
                    unit=measured["unit"],
                    measured=measured["value"],
                    expanded_uncertainty=measured["expanded_uncertainty"],
                    truth=truths[span][field],
                    coverage_ratio=measured["coverage_ratio"],
                    withheld=measured["withheld"],
                )
            )
    return comparisons


async def _truth(site: Path, seed: int, start: str, end: str) -> Mapping[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators", "truth", str(site), "--seed", str(seed)),
        *("--start", datetime.fromisoformat(start).isoformat()),
        *("--end", datetime.fromisoformat(end).isoformat()),
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_TRUTH_TIMEOUT_S):
        out, _ = await process.communicate()
    if process.returncode != 0:
        msg = "the plant could not tell its truth; see the lines above"
        raise UserError(msg)
    truth: Mapping[str, float] = json.loads(out)
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
                f"{100 * c.coverage_ratio:.1f} %",
                "inside" if c.agrees else "OUTSIDE",
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
