"""Tables of past readings as a file gives them."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from service.storage.import_table import RowPlaces, WideTable
from tests.service.storage.batches import S_US

HOUR_US = 3600 * S_US
MIDNIGHT = datetime(2025, 11, 20, tzinfo=UTC)
MIDNIGHT_US = int(MIDNIGHT.timestamp()) * S_US
KEYS = ("meter_0.active_energy_kwh", "meter_1.active_energy_kwh")
_NUMBERS = itertools.count()


def table(rows: int, above: float = 0.0, keys: Sequence[str] = KEYS) -> WideTable:
    """Values by hour that count on over points and hours; no two are the same file."""
    return WideTable(
        file_name="past.npz",
        sha256=f"{next(_NUMBERS):064}",
        ts_us=MIDNIGHT_US + np.arange(rows) * HOUR_US,
        keys=tuple(keys),
        values=above + np.arange(float(rows * len(keys))).reshape(rows, len(keys)),
        places=RowPlaces("row", range(rows)),
    )


def quiet(done: int, total: int) -> None:
    """Progress that nobody looks at, but that must make sense."""
    assert 0 <= done <= total
