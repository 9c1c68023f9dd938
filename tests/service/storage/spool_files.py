"""The files of a spool, and what a test finds in it."""

from pathlib import Path

import numpy as np

from models.readings import ReadingBatch
from service.storage.spool import Spool

MEBIBYTE = 1024 * 1024


def frame_files(folder: Path) -> list[Path]:
    """The files that hold readings, oldest first."""
    return sorted(folder.glob("*.frames"))


def values_in(spool: Spool) -> list[float]:
    """The distinct values that wait, in order of value."""
    return [float(value) for value in np.unique(_batch(spool).value)]


def values_in_order(spool: Spool) -> list[float]:
    """Every value that waits, in the order of the spool."""
    return [float(value) for value in _batch(spool).value]


def _batch(spool: Spool) -> ReadingBatch:
    return ReadingBatch.concat([entry.batch for entry in spool.oldest(10_000_000)])
