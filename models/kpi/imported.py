"""Figures that rest on imported readings: which, and from which files."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from models.kpi.result import KpiResult
from models.readings import Origin, Window

# A file a day makes hundreds in a year: the log of imports has them all.
_MOST_DOCUMENTS: Final = 8
_SHA256_SHOWN: Final = 12


def document(name: str, sha256: str | None) -> str:
    """How a figure names a file or a report, with the beginning of its hash where it is known.

    Examples
    --------
    >>> document("indexes.csv", "5cfb1683ff5206753ddf")
    'indexes.csv (SHA-256 5cfb1683ff52…)'
    """
    return name if sha256 is None else f"{name} (SHA-256 {sha256[:_SHA256_SHOWN]}…)"


def imported_window(name: str, sha256: str, first: datetime, last: datetime) -> Window:
    """The stretch of time of an imported file, named as its document; both ends are inside."""
    return Window(name=document(name, sha256), start=first, end=last)


def with_origin(result: KpiResult, imported: Sequence[Window]) -> KpiResult:
    """A result with what it owes to imports: evidence weighs its weakest part.

    Parameters
    ----------
    result : KpiResult
        Measured, over its window.
    imported : sequence of Window
        The stretches that were imported, in the order of their import.
    """
    window = result.window
    # The reading at which a file ends is the first of a period that begins there.
    files = [one.name for one in imported if one.start < window.end and window.start <= one.end]
    if not files:
        return result
    newest = tuple(dict.fromkeys(reversed(files)))[:_MOST_DOCUMENTS]
    return replace(result, origin=Origin.IMPORTED, documents=newest)
