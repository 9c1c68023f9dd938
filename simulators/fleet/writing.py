"""Writes invented sites: facts, registers and gauges as read, sound levels, and the truth.

A folder by site: ``site.yaml``, ``registers.npz`` (hourly, in the import format), ``gauges.npz``
(every quarter of an hour: a reading stands for little longer), ``sound.npz`` (ten minutes, of the
judged days alone) and ``truth.json``; beside them ``fleet.json`` says how each was made.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.legal_time.calendar_spans import Span, first_day, months_after
from models.legal_time.days import day_start, legal_day
from models.quantities import Quantity
from models.readings import FloatArray, IntArray
from simulators.errors import FleetError
from simulators.fleet.calendar import month_ends, noise_windows
from simulators.fleet.faults import silence, spoil
from simulators.fleet.inspection import Inspected, inspected, inspection_day
from simulators.fleet.roster import InventedSite, roster, youngest_entry
from simulators.fleet.site_file import site_file_text
from simulators.fleet.truths import TrueKpi, true_at_neighbour, true_kpis
from simulators.plant.accounts import GREENHOUSE, LOOP, OUTDOOR
from simulators.plant.plant import Plant
from simulators.plant.signals import PDUS
from simulators.plant.truth_weather import WeatherTruth
from simulators.registers import seen_values
from simulators.site import Point, SimulatedSite, require_signals

FLEET_FILE: Final = "fleet.json"
SITE_FILE: Final = "site.yaml"
REGISTERS_FILE: Final = "registers.npz"
GAUGES_FILE: Final = "gauges.npz"
SOUND_FILE: Final = "sound.npz"
TRUTH_FILE: Final = "truth.json"
MONTHS: Final = 25
_LEAST_MONTHS: Final = 12
_QUARTER_US: Final = 900_000_000
_QUARTERS_PER_HOUR: Final = 4
_TEN_MINUTES: Final = timedelta(minutes=10)
# What the KPIs of temperatures are made of: air at the servers and outdoors, the heat handed over,
# the water of the liquid-cooled racks.
_FELT: Final = frozenset(
    {
        *(f"{pdu}.inlet_temp_degc" for pdu in PDUS),
        OUTDOOR,
        f"{LOOP}.supply_temp_degc",
        f"{GREENHOUSE}.supply_temp_degc",
        "heat_meter_dlc.return_temp_degc",
    }
)
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
    def month_starts(self) -> tuple[date, ...]:
        """The first day of every month with readings."""
        return tuple(months_after(self.first_day, n) for n in range(self.months))

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
        found = _write_site(one, order, site, own)
        text = site_file_text(one, template, order.first_day.year, found)
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


def _write_site(
    one: InventedSite, order: FleetOrder, site: SimulatedSite, own: Path
) -> tuple[Inspected, ...]:
    """Write what was read and what is true; give back what an inspection found."""
    plant = Plant(one.seed, day_start(order.first_day), variant=one.variant)
    require_signals(site, plant.signal_keys())
    read = _Read.of(site.points())
    found: list[Inspected] = []
    truths = [*_months(one, order, plant, read, found), *true_at_neighbour(found)]
    _write_json(own / TRUTH_FILE, [truth.document() for truth in truths])
    spoil(read.registers.values, read.registers.ts_us, list(read.registers.points), one.faults)
    silence(read.gauges.values, read.gauges.ts_us, list(read.gauges.points), one.faults)
    read.registers.write(own / REGISTERS_FILE)
    read.gauges.write(own / GAUGES_FILE)
    read.sound.write(own / SOUND_FILE)
    return tuple(found)


def _months(
    one: InventedSite, order: FleetOrder, plant: Plant, read: "_Read", found: list[Inspected]
) -> Iterator[TrueKpi]:
    """Read the meters and tell the truth month by month, while the plant still knows the month.

    What an inspection of the month found goes to ``found``.
    """
    inspection = one.neighbour and inspection_day(one.neighbour, order.after_last_day)
    weather: list[WeatherTruth] = []
    for first in order.month_starts:
        start, end = day_start(first), day_start(months_after(first, 1))
        is_last = months_after(first, 1) == order.after_last_day
        read.quarters(plant, np.arange(_us(start), _us(end) + is_last, _QUARTER_US))
        weather.append(plant.truth_weather(start, end))
        on = months_after(first, 1) - timedelta(days=1)
        if one.neighbour and inspection and first <= inspection <= on:
            found += inspected(one, one.neighbour, plant, inspection)
        if on in order.judged_days:
            read.sound.take(_periods_us(on), plant)
            yield from true_kpis(one, plant, on, weather[-_LEAST_MONTHS:])


@dataclass(slots=True)
class _Columns:
    """What was read of some points so far."""

    points: Mapping[str, Point]
    _ts_us: list[IntArray] = field(default_factory=list)
    _values: list[FloatArray] = field(default_factory=list)

    def take(self, ts_us: IntArray, plant: Plant) -> None:
        self.add(ts_us, plant.measured_values(ts_us))

    def add(self, ts_us: IntArray, measured: Mapping[str, FloatArray]) -> None:
        seen = [seen_values(point, measured[key]) for key, point in self.points.items()]
        self._ts_us.append(ts_us)
        self._values.append(np.stack(seen, axis=1))

    @property
    def ts_us(self) -> IntArray:
        return np.concatenate(self._ts_us)

    @property
    def values(self) -> FloatArray:
        """All of it, which may be changed in place."""
        if len(self._values) > 1:
            self._values = [np.concatenate(self._values)]
        return self._values[0]

    def write(self, path: Path) -> None:
        keys = np.array(list(self.points), dtype=np.str_)
        # Column by column: a point is most like itself, and the file a third smaller.
        values = np.asfortranarray(self.values)
        np.savez_compressed(path, ts_us=self.ts_us, keys=keys, values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What is read of a site."""

    registers: _Columns
    gauges: _Columns
    sound: _Columns

    @classmethod
    def of(cls, points: Mapping[str, Point]) -> "_Read":
        return cls(
            registers=_Columns({k: one for k, one in points.items() if one.kind == "counter"}),
            gauges=_Columns({k: one for k, one in points.items() if k in _FELT}),
            sound=_Columns({k: one for k, one in points.items() if _is_heard(k, one)}),
        )

    def quarters(self, plant: Plant, ts_us: IntArray) -> None:
        """Gauges at quarters of an hour, and registers at the hours among them."""
        measured = plant.measured_values(ts_us)
        self.gauges.add(ts_us, measured)
        hourly = {key: measured[key][::_QUARTERS_PER_HOUR] for key in self.registers.points}
        self.registers.add(ts_us[::_QUARTERS_PER_HOUR], hourly)


def _is_heard(key: str, point: Point) -> bool:
    if point.quantity is Quantity.SOUND_LEVEL:
        return key.endswith("_laeq_dba")
    return key.endswith(_WIND)


def _periods_us(day: date) -> IntArray:
    """When the sound meters report the ten minutes of a judged night and day."""
    night, daytime = noise_windows(day)
    stop = _us(daytime.end + _TEN_MINUTES)
    return np.arange(
        _us(night.start), stop, _TEN_MINUTES // timedelta(microseconds=1), dtype=np.int64
    )


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
