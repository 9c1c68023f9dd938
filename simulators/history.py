"""The past of the plant as importable files, as if its meters had been logged all along."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from models.quantities import Quantity
from models.readings import FloatArray, IntArray
from simulators.registers import seen_values
from simulators.site import Point, SimulatedSite, require_signals
from simulators.values import MeasuredPlant

HOURLY_FILE: Final = "meters-hourly.npz"
FINE_FILE: Final = "all-5min.npz"
_HOUR_US: Final = 3_600_000_000
_FINE_STEP_US: Final = 300_000_000
_FINE_DAYS: Final = 35
# thirteen months: the last twelve are whole whatever the day
_HOURLY_DAYS: Final = 397
_CHUNK: Final = 2016
# Beside registers, what a heat statement and the degree days of a year need.
_LOGGED_PROFILES: Final = frozenset({"heat_meter", "plate_exchanger", "weather_mast"})
_LOGGED_QUANTITIES: Final = frozenset(
    {Quantity.TEMPERATURE, Quantity.VOLUME_FLOW, Quantity.HEAT_POWER}
)


def write_history(
    site: SimulatedSite,
    plant: MeasuredPlant,
    end: datetime,
    folder: Path,
    *,
    earliest: datetime,
    progress: Callable[[str], None],
) -> tuple[Path, Path]:
    """Write both files; everything in them is before ``end`` and no (point, time) is in both.

    The plant has no past before ``earliest``; a site younger than that has shorter files.
    """
    require_signals(site, plant.signal_keys())
    end_us = round(end.timestamp() * 1e6)
    earliest_us = round(earliest.timestamp() * 1e6)
    fine_start_us = max(earliest_us, _floor(end_us - _FINE_DAYS * 24 * _HOUR_US, _HOUR_US))
    first_us = max(earliest_us, _floor(end_us - _HOURLY_DAYS * 24 * _HOUR_US, _HOUR_US))
    points = site.points()
    folder.mkdir(parents=True, exist_ok=True)
    profile_of = {device.id: device.profile.id for device in site.devices}
    counted = {
        key: point
        for key, point in points.items()
        if _is_in_hourly(point, profile_of[key.partition(".")[0]])
    }
    hourly = folder / HOURLY_FILE
    ts_us = np.arange(first_us, fine_start_us, _HOUR_US, dtype=np.int64)
    _write(hourly, plant, ts_us, counted, progress)
    fine = folder / FINE_FILE
    ts_us = np.arange(fine_start_us, end_us, _FINE_STEP_US, dtype=np.int64)
    _write(fine, plant, ts_us, points, progress)
    return hourly, fine


def _is_in_hourly(point: Point, profile: str) -> bool:
    if point.kind == "counter" or point.quantity is Quantity.SOUND_LEVEL:
        return True
    return profile in _LOGGED_PROFILES and point.quantity in _LOGGED_QUANTITIES


def _write(
    path: Path,
    plant: MeasuredPlant,
    ts_us: IntArray,
    points: Mapping[str, Point],
    progress: Callable[[str], None],
) -> None:
    values = np.empty((len(ts_us), len(points)))
    for start in range(0, len(ts_us), _CHUNK):
        chunk = ts_us[start : start + _CHUNK]
        values[start : start + len(chunk)] = _seen(plant, chunk, points)
        done = start + len(chunk)
        progress(f"{path.name}: {_iso(chunk[-1])}, {100 * done // len(ts_us)} %")
    np.savez(path, ts_us=ts_us, keys=np.array(list(points), dtype=np.str_), values=values)
    progress(f"{path.name}: {len(ts_us)} times x {len(points)} points written")


def _seen(plant: MeasuredPlant, ts_us: IntArray, points: Mapping[str, Point]) -> FloatArray:
    measured = plant.measured_values(ts_us)
    return np.stack([seen_values(point, measured[key]) for key, point in points.items()], axis=1)


def _floor(ts_us: int, step_us: int) -> int:
    return ts_us // step_us * step_us


def _iso(ts_us: int) -> str:
    return datetime.fromtimestamp(ts_us / 1_000_000, UTC).isoformat(timespec="minutes")
