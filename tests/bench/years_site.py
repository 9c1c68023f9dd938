"""A site of forty points that are read every ten seconds, and what they show day by day.

Half are registers, half gauges. Values are those of meters: registers count in steps of 10 Wh or a
litre, powers are rounded to 0.1 kW, temperatures to 0.1 degC; polls jitter by 3 ms, answers take 1
to 9 ms. Each day two devices are silent for a while; now and then one keeps what it read and brings
it days later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from models.kpi.thermal_envelope import AIR_CLASSES
from models.legal_time.days import to_us
from models.metering.tree import Meter, MeterTree, Role
from models.metering.uncertainty import Accuracy, ElectricityAccuracy, HeatAccuracy, VolumeAccuracy
from models.quantities import Quantity
from models.readings import FloatArray, IntArray, Origin, Quality, ReadingBatch
from models.site.devices import Device, SitePoint, device_of
from models.site.envelope import AirEnvelope, Envelope
from models.site.site import Site
from tests.models.kpi.small_site import IDENTITY

EVERY_S = 10
_DAY = timedelta(days=1)
TICKS_A_DAY = 86400 // EVERY_S
_DAY_US, _YEAR_US = 86_400_000_000, 31_557_600_000_000
# From twenty minutes to two hours, and over an hour before the day ends, when somebody looks.
_SILENT_A_DAY, _SILENT_TICKS = 2, (120, 720)
_LAST_SILENT_TICK = TICKS_A_DAY - _SILENT_TICKS[1] - 3600 // EVERY_S
# What a device keeps of its own: three hours.
_KEPT_TICKS = 3 * 3600 // EVERY_S

_CLASS_1 = ElectricityAccuracy(mpe_ratio=0.01)
_HEAT = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=60.0)
_WATER = VolumeAccuracy(mpe_ratio=0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shows:
    """What a point is: its mean, or of a register what it counts in an hour; its step."""

    quantity: Quantity
    unit: str
    mean: float
    step: float
    is_register: bool


def _energy(mean_kw: float) -> _Shows:
    return _Shows(
        quantity=Quantity.ACTIVE_ENERGY, unit="kWh", mean=mean_kw, step=0.01, is_register=True
    )


def _power(mean_kw: float) -> _Shows:
    return _Shows(
        quantity=Quantity.ACTIVE_POWER, unit="kW", mean=mean_kw, step=0.1, is_register=False
    )


def _shown() -> dict[str, _Shows]:
    electric = {"intake_a": 180.0, "intake_b": 180.0, "cooling_a": 30.0, "cooling_b": 30.0}
    electric |= {f"pdu_{n:02d}": 22.0 + n / 2 for n in range(12)}
    found = {}
    for name, mean in electric.items():
        found[f"{name}.energy"], found[f"{name}.power"] = _energy(mean), _power(mean)
    found["pv.energy"] = _energy(8.0)
    found["heat.energy"] = replace(_energy(120.0), quantity=Quantity.HEAT_ENERGY)
    litres = replace(_energy(0.1), quantity=Quantity.VOLUME, unit="m3", step=0.001)
    found |= {"water_a.volume": litres, "water_b.volume": litres}
    air = _Shows(quantity=Quantity.TEMPERATURE, unit="degC", mean=23.0, step=0.1, is_register=False)
    return found | {f"rack_{n}.inlet_temp": air for n in range(4)}


SHOWN: Mapping[str, _Shows] = _shown()
_KEYS = tuple(SHOWN)


def _meter(name: str, role: Role, inside: str | None) -> Meter:
    point = f"{name}.volume" if role is Role.POTABLE_WATER else f"{name}.energy"
    accuracies: dict[Role, Accuracy] = {Role.HEAT_HANDOVER: _HEAT, Role.POTABLE_WATER: _WATER}
    power = f"{name}.power"
    return Meter(
        id=name,
        role=role,
        point=point,
        accuracy=accuracies.get(role, _CLASS_1),
        inside=inside,
        power_point=power if power in SHOWN else None,
        max_rate_per_h=4.0 * SHOWN[point].mean,
        resolution=SHOWN[point].step,
    )


def years_site() -> Site:
    """Two intakes and a roof feed twelve PDUs and two cooling boards; heat is given away."""
    meters = [_meter(name, Role.UTILITY_INTAKE, None) for name in ("intake_a", "intake_b")]
    meters.append(_meter("pv", Role.PHOTOVOLTAIC, None))
    meters += [_meter(f"pdu_{n:02d}", Role.PDU, "bus") for n in range(12)]
    meters += [_meter(name, Role.COOLING, "bus") for name in ("cooling_a", "cooling_b")]
    meters.append(_meter("heat", Role.HEAT_HANDOVER, None))
    meters += [_meter(name, Role.POTABLE_WATER, None) for name in ("water_a", "water_b")]
    inlets = tuple(key for key in SHOWN if key.endswith("inlet_temp"))
    return Site(
        identity=replace(IDENTITY, id="years"),
        devices={name: _device(name) for name in dict.fromkeys(map(device_of, SHOWN))},
        points={key: _site_point(key) for key in SHOWN},
        tree=MeterTree(meters, ["bus"]),
        bus_labels={"bus": ("jeu de barres", "bus")},
        envelope=Envelope(
            air=AirEnvelope(air_class=AIR_CLASSES["A2"], inlets=inlets, sensor_u_k=0.3)
        ),
    )


def _device(name: str) -> Device:
    return Device(
        id=name,
        label_fr=name,
        label_en=name,
        link="bench",
        protocol="modbus",
        profile="energy_meter",
        poll_s=EVERY_S,
    )


def _site_point(key: str) -> SitePoint:
    shows = SHOWN[key]
    return SitePoint(
        key=key,
        device=device_of(key),
        name=key.partition(".")[2],
        quantity=shows.quantity,
        unit=shows.unit,
        kind="counter" if shows.is_register else "gauge",
        poll_s=EVERY_S,
    )


@dataclass(slots=True)
class Plant:
    """Goes on from day to day; ``ids`` are the numbers of the points."""

    ids: Mapping[str, int]
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))
    counted: FloatArray = field(default_factory=lambda: np.zeros(len(SHOWN)))

    def day(self, start: datetime, *, keeps: bool = False) -> tuple[ReadingBatch, ReadingBatch]:
        """The readings of a day as they come, and what a device ``keeps`` and brings later."""
        ticks_us = to_us(start) + np.arange(TICKS_A_DAY, dtype=np.int64) * EVERY_S * 1_000_000
        value = self._values(ticks_us)
        devices, of_point = np.unique([device_of(key) for key in _KEYS], return_inverse=True)
        shape = (TICKS_A_DAY, len(devices))
        jitter_us = np.clip(self.rng.normal(0.0, 3000.0, shape), -50_000, 50_000) + 50_000
        ts_us = (ticks_us[:, None] + jitter_us.astype(np.int64))[:, of_point]
        answer_us = self.rng.integers(1000, 9000, shape)[:, of_point]
        there = np.ones(shape, bool)
        for device in self.rng.choice(len(devices), _SILENT_A_DAY, replace=False):
            first = int(self.rng.integers(0, _LAST_SILENT_TICK))
            there[first : first + int(self.rng.integers(*_SILENT_TICKS)), device] = False
        kept = np.zeros(shape, bool)
        if keeps:
            kept[:_KEPT_TICKS, int(self.rng.integers(len(devices)))] = True
        columns = (ts_us, answer_us, value)
        now = self._batch(*columns, (there & ~kept)[:, of_point])
        return now, self._batch(*columns, (there & kept)[:, of_point])

    def _values(self, ticks_us: IntArray) -> FloatArray:
        """What each point shows at each tick; registers go on from what they had counted."""
        mean = np.array([one.mean for one in SHOWN.values()])
        step = np.array([one.step for one in SHOWN.values()])
        is_register = np.array([one.is_register for one in SHOWN.values()])
        of_day = np.sin(2.0 * np.pi * (ticks_us % _DAY_US) / _DAY_US)
        of_year = np.cos(2.0 * np.pi * (ticks_us % _YEAR_US) / _YEAR_US)
        season = 1.0 + 0.1 * of_day + 0.08 * of_year
        noise = self.rng.normal(1.0, 0.01, (len(ticks_us), len(mean)))
        shown = mean * season[:, None] * noise
        passed = np.cumsum(shown[:, is_register] * (EVERY_S / 3600.0), axis=0)
        shown[:, is_register] = self.counted[is_register] + passed
        self.counted = shown[-1].copy()
        scale = 1.0 / step
        shown[:, is_register] = np.floor(shown[:, is_register] * scale[is_register])
        shown[:, ~is_register] = np.round(shown[:, ~is_register] * scale[~is_register])
        return np.asarray(shown / scale)

    def _batch(
        self, ts_us: IntArray, answer_us: IntArray, value: FloatArray, taken: NDArray[np.bool_]
    ) -> ReadingBatch:
        ids = np.array([self.ids[key] for key in _KEYS], np.int32)
        count = int(taken.sum())
        return ReadingBatch(
            point_id=np.broadcast_to(ids, taken.shape)[taken],
            ts_us=ts_us[taken],
            received_us=(ts_us + answer_us)[taken],
            value=value[taken],
            quality=np.full(count, Quality.GOOD, np.int16),
            origin=np.full(count, Origin.MEASURED, np.int16),
        )
