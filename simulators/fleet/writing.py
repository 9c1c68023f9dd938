"""Writes invented sites: facts, registers as read, sound levels, and the truth.

A folder by site: ``site.yaml``, ``registers.npz`` (hourly, in the import format), ``sound.npz``
(ten minutes, of the judged days alone) and ``truth.json``; beside them ``fleet.json`` says how
each was made.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.legal_time.calendar_spans import Span, first_day, months_after
from models.legal_time.days import day_start, legal_day
from models.quantities import Quantity
from models.readings import FloatArray, IntArray
from simulators.errors import FleetError
from simulators.fleet.calendar import (
    month_ends,
    noise_windows,
)
from simulators.fleet.faults import spoil
from simulators.fleet.roster import InventedSite, roster, youngest_entry
from simulators.fleet.site_file import site_file_text
from simulators.fleet.truths import true_kpis
from simulators.plant.plant import Plant
from simulators.registers import seen_values
from simulators.site import Point, SimulatedSite, require_signals

FLEET_FILE: Final = "fleet.json"
SITE_FILE: Final = "site.yaml"
REGISTERS_FILE: Final = "registers.npz"
SOUND_FILE: Final = "sound.npz"
TRUTH_FILE: Final = "truth.json"
MONTHS: Final = 25
_LEAST_MONTHS: Final = 12
_HOUR_US: Final = 3_600_000_000
_TEN_MINUTES: Final = timedelta(minutes=10)
_CHUNK: Final = 2016
_WIND: Final = "wind_speed_m_per_s"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOrder:
    """What to write: ``months`` whole months that end with the last whole one before ``end``."""

    sites: int
    seed: int
    end: datetime
    months: int = MONTHS

    @property
    def first_day(self) -> date:
        """The first day with readings."""
        return months_after(self.after_last_day, -self.months)

    @property
    def after_last_day(self) -> date:
        """The day after the last with readings."""
        return first_day(Span.MONTH, legal_day(self.end))

    @property
    def judged_days(self) -> tuple[date, ...]:
        """Every month end that has a whole year of readings behind it."""
        return tuple(month_ends(self.first_day, self.after_last_day))


def write_fleet(
    order: FleetOrder,
    site: SimulatedSite,
    template: str,
    folder: Path,
    *,
    progress: Callable[[str], None],
) -> tuple[Path, ...]:
    """Write every site, and give back their folders.

    Raises
    ------
    FleetError
        If the order cannot be met.
    """
    _check(order)
    folder.mkdir(parents=True, exist_ok=True)
    sites = roster(order.sites, order.seed)
    written = []
    for one in sites:
        own = folder / one.name
        own.mkdir(exist_ok=True)
        _write_site(one, order, site, own)
        text = site_file_text(one, template, order.first_day.year)
        (own / SITE_FILE).write_text(text, encoding="utf-8")
        progress(f"{one.name}: {order.first_day} to {order.after_last_day} written")
        written.append(own)
    _write_json(folder / FLEET_FILE, _fleet_document(order, sites))
    return tuple(written)


def _check(order: FleetOrder) -> None:
    if order.sites < 1:
        msg = f"--sites must be at least 1, got {order.sites}"
        raise FleetError(msg)
    if order.months < _LEAST_MONTHS:
        msg = f"--months must be at least {_LEAST_MONTHS}: a year is judged, got {order.months}"
        raise FleetError(msg)
    if order.first_day < youngest_entry():
        msg = (
            f"readings would begin on {order.first_day}, before the youngest invented site went "
            f"into operation ({youngest_entry()}); give a later --end or fewer --months"
        )
        raise FleetError(msg)


def _write_site(one: InventedSite, order: FleetOrder, site: SimulatedSite, own: Path) -> None:
    plant = Plant(one.seed, day_start(order.first_day), variant=one.variant)
    require_signals(site, plant.signal_keys())
    points = site.points()
    counters = {key: point for key, point in points.items() if point.kind == "counter"}
    ts_us = _hours_us(order)
    values = _seen(plant, ts_us, counters)
    spoil(values, ts_us, list(counters), one.faults)
    _write_arrays(own / REGISTERS_FILE, ts_us, counters, values)
    heard = {key: point for key, point in points.items() if _is_heard(key, point)}
    periods_us = _periods_us(order.judged_days)
    _write_arrays(own / SOUND_FILE, periods_us, heard, _seen(plant, periods_us, heard))
    truths = true_kpis(one, plant, order.judged_days)
    _write_json(own / TRUTH_FILE, [truth.document() for truth in truths])


def _is_heard(key: str, point: Point) -> bool:
    if point.quantity is Quantity.SOUND_LEVEL:
        return key.endswith("_laeq_dba")
    return key.endswith(_WIND)


def _hours_us(order: FleetOrder) -> IntArray:
    start, end = (_us(day_start(day)) for day in (order.first_day, order.after_last_day))
    return np.arange(start, end + 1, _HOUR_US, dtype=np.int64)


def _periods_us(days: Sequence[date]) -> IntArray:
    """When the sound meters report the ten minutes of the judged nights and days."""
    times: list[int] = []
    for day in days:
        night, daytime = noise_windows(day)
        stop = _us(daytime.end + _TEN_MINUTES)
        times += range(_us(night.start), stop, _TEN_MINUTES // timedelta(microseconds=1))
    return np.array(times, dtype=np.int64)


def _seen(plant: Plant, ts_us: IntArray, points: dict[str, Point]) -> FloatArray:
    values = np.empty((len(ts_us), len(points)))
    for start in range(0, len(ts_us), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        measured = plant.measured_values(ts_us[chunk])
        for column, (key, point) in enumerate(points.items()):
            values[chunk, column] = seen_values(point, measured[key])
    return values


def _write_arrays(
    path: Path, ts_us: IntArray, points: dict[str, Point], values: FloatArray
) -> None:
    keys = np.array(list(points), dtype=np.str_)
    np.savez_compressed(path, ts_us=ts_us, keys=keys, values=values)


def _fleet_document(order: FleetOrder, sites: Sequence[InventedSite]) -> dict[str, Any]:
    return {
        "invented": True,
        "seed": order.seed,
        "first_day": order.first_day.isoformat(),
        "after_last_day": order.after_last_day.isoformat(),
        "judged_days": [day.isoformat() for day in order.judged_days],
        "sites": [
            {
                "name": one.name,
                "seed": one.seed,
                "variant": asdict(one.variant),
                "declared": {kpi: asdict(figure) for kpi, figure in one.declared.items()},
                "faults": [asdict(fault) for fault in one.faults],
            }
            for one in sites
        ],
    }


def _write_json(path: Path, document: Any) -> None:  # json takes any plain data
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _us(moment: datetime) -> int:
    return round(moment.timestamp()) * 1_000_000
