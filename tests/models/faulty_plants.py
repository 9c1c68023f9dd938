"""Seeded plants whose meters are read with a fault, computed by the engine, beside the truth."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.heat.handover import Handover
from models.heat.handover import doubts as second_doubts
from models.kpi.definition import Kpi
from models.kpi.erf import ERF
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.pue import PUE
from models.kpi.recovered_heat import RECOVERED_HEAT
from models.kpi.registry import measure
from models.kpi.result import KpiResult
from models.kpi.wue import WUE
from models.legal_time.days import to_us
from models.metering.registers import SiteRegisters, StandingMeter
from models.metering.sums import SiteSums
from models.metering.tree import Meter, MeterTree
from models.readings import FloatArray, IntArray, Window
from models.registers.gauges import GaugeTotals, gauge_totals
from models.registers.periods import Periods
from models.registers.register import EventKind, RegisterEvent
from models.registers.samples import Samples, samples_of
from models.site.devices import device_of, point_key
from models.site.site import Site, site_sums
from service.site.loader import load_site
from simulators.plant import Plant, Variant
from simulators.plant.truth import Truth
from tests.models.reading_faults import Declared, ReadingFault, Recorded, Register, recorded

SITE_FILE = Path(__file__).parents[2] / "deploy/sites/chapelle-international.yaml"
# Midnights in Paris, one in each season: the loop is idle in summer, the panels are dry in winter.
STARTS = (
    datetime(2025, 1, 12, 23, tzinfo=UTC),
    datetime(2025, 4, 13, 22, tzinfo=UTC),
    datetime(2025, 7, 6, 22, tzinfo=UTC),
    datetime(2025, 9, 28, 22, tzinfo=UTC),
)
# Readings begin before the first day and go on after the last: nobody polls by the calendar.
AROUND = timedelta(hours=12)
POLL_US = 300_000_000
POWER_STEP_US, TEMPERATURE_STEP_US = 900_000_000, 3_600_000_000
TRUTHS: Mapping[Kpi, Callable[[Truth], float]] = {
    PUE: lambda truth: truth.pue,
    WUE: lambda truth: truth.wue_l_per_kwh,
    ERF: lambda truth: truth.erf,
    RECOVERED_HEAT: lambda truth: truth.e_reuse_kwh,
}
KINDS = ("energy", "heat", "volume", "water")
# Where a fault can be: volumes have no gigajoules and no transformers, and the indices of a heat
# meter's volume register are declared nowhere.
_AT = {
    ReadingFault.UNIT_GJ_AS_MWH: ("energy", "heat"),
    ReadingFault.RATIO_CORRECTED: ("energy",),
    ReadingFault.REPLACED_DECLARED: ("energy", "heat", "water"),
    ReadingFault.REPLACED_IN_OUTAGE: ("energy", "heat", "water"),
}
# The plant draws its day from memory in parts of this size at the least cost.
_CHUNK = 432
_GAUGES = ("_power_kw", "_temp_degc")


@cache
def site() -> Site:
    return load_site(SITE_FILE, load_profiles(SHIPPED_PROFILES)).site


@cache
def sums() -> SiteSums:
    return site_sums(site())


@cache
def registers() -> dict[str, tuple[str, Meter]]:
    """Every register behind the KPIs by its point: its kind, and its meter."""
    found = {}
    for meter in sums().meters("facility", "it", "water", "reused"):
        kind = meter.accuracy.__class__.__name__.removesuffix("Accuracy").lower()
        found[meter.point] = ({"electricity": "energy", "volume": "water"}.get(kind, kind), meter)
        if meter.volume_point is not None:
            found[meter.volume_point] = ("volume", meter)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: which register, what, when it lasts, and whether the whole device has it."""

    point: str
    kind: ReadingFault
    start_us: int
    end_us: int
    device: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One KPI of one plant over one window, beside its truth.

    ``unknowable_ratio`` is the share of the window of which the record of the faulted register says
    nothing. ``standing`` are meters that the engine accuses of standing still.
    """

    seed: int
    fault: Fault | None
    result: KpiResult
    truth: float
    unknowable_ratio: float
    standing: tuple[StandingMeter, ...]

    @property
    def concerned(self) -> bool:
        """Whether the fault is on a register behind the KPI."""
        return self.fault is not None and self.fault.point in {
            site().tree.meters[one].point for one in self.result.inputs
        }

    @property
    def stated(self) -> bool:
        """Whether a value is given that is not in doubt."""
        return self.result.value is not None and not self.result.doubts

    @property
    def inside(self) -> bool:
        """Whether the stated interval holds the truth."""
        value, expanded = self.result.value, self.result.expanded_uncertainty
        assert value is not None
        assert expanded is not None
        return abs(value - self.truth) <= expanded


def start_of(seed: int) -> datetime:
    """When the first day of a plant begins."""
    return STARTS[seed // 2 % len(STARTS)]


def windows(start: datetime, days: int) -> list[Window]:
    """Each day, and all of them."""
    day = timedelta(days=1)
    each = [
        Window(name="day", start=start + n * day, end=start + (n + 1) * day) for n in range(days)
    ]
    return [*each, Window(name="days", start=start, end=start + days * day)]


def _read_us(seed: int, days: int) -> tuple[int, int]:
    """From when until when a plant is read."""
    start = start_of(seed)
    return to_us(start - AROUND), to_us(start + timedelta(days=days) + AROUND)


def random_fault(seed: int, days: int) -> Fault:
    """A fault of random kind, register, start and length."""
    rng = np.random.default_rng([seed, 1])
    kind = str(rng.choice(KINDS))
    point = str(rng.choice([key for key, (of, _) in registers().items() if of == kind]))
    first, last = _read_us(seed, days)
    # from two polls to two thirds of the record, short ones as often as long ones
    length = round(float(np.exp(rng.uniform(np.log(2 * POLL_US), np.log(0.66 * (last - first))))))
    start = int(rng.integers(first, last - length))
    return Fault(
        point=point,
        kind=ReadingFault(rng.choice([one for one in ReadingFault if kind in _AT.get(one, KINDS)])),
        start_us=start,
        end_us=start + length,
        device=bool(rng.random() < 0.5),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What the meters of a plant show at every poll."""

    ts_us: IntArray
    value: dict[str, FloatArray]

    @classmethod
    def of(cls, plant: Plant, seed: int, days: int) -> "Polled":
        """Polls of five minutes, at a second of their own."""
        phase_us = int(np.random.default_rng([seed, 2]).integers(0, 300)) * 1_000_000
        first, last = _read_us(seed, days)
        ts_us = np.arange(first + phase_us, last, POLL_US, dtype=np.int64)
        parts = [plant.measured_values(ts_us[n : n + _CHUNK]) for n in range(0, len(ts_us), _CHUNK)]
        keys = set(registers()) | {
            meter.power_point for _, meter in registers().values() if meter.power_point is not None
        }
        for meter in site().tree.meters.values():
            keys |= {meter.point} | ({meter.power_point} if meter.power_point else set())
            if meter.volume_point is not None:
                device = device_of(meter.point)
                keys |= {meter.volume_point}
                keys |= {point_key(device, f"{pipe}_temp_degc") for pipe in ("supply", "return")}
        return cls(
            ts_us=ts_us, value={key: np.concatenate([part[key] for part in parts]) for key in keys}
        )


def _step(point: str) -> float:
    _, meter = registers().get(point, ("", None))
    if meter is not None and meter.volume_point == point:
        return meter.volume_format.resolution
    for one in site().tree.meters.values():
        if one.point == point:
            return one.resolution
    return 0.0


def cases(
    seed: int, days: int, fault: Fault | None = None, variant: Variant | None = None
) -> Iterator[Case]:
    """The KPIs of one plant over each day and over all of them."""
    start = start_of(seed)
    plant = Plant(seed, start - timedelta(days=1), variant=variant or Variant())
    polled = Polled.of(plant, seed, days)
    site_, readings, wrong = _read(plant, polled, seed, fault)
    traced = SiteRegisters(site_.tree, readings.registers, readings.gauges)
    asked = windows(start, days)
    second = Handover(site_).figures(asked[-1], TEMPERATURE_STEP_US, readings, traced)
    found = replace(readings, doubts=second_doubts(second))
    measurement = Measurement(site_, site_sums(site_), found, asked, traced)
    truths = {one: _truth(plant, one) for one in asked}
    by_id = {kpi.id: of for kpi, of in TRUTHS.items()}
    for result in measure(measurement, TRUTHS):
        yield Case(
            seed=seed,
            fault=fault,
            result=result,
            truth=by_id[result.kpi](truths[result.window]),
            unknowable_ratio=_share(wrong, result.window),
            standing=traced.standing,
        )


def _truth(plant: Plant, window: Window) -> Truth:
    return plant.truth(window.start, window.end)


def _share(wrong: Recorded | None, window: Window) -> float:
    if wrong is None or wrong.wrong_us is None or not wrong.unknowable:
        return 0.0
    start, end = to_us(window.start), to_us(window.end)
    return max(min(wrong.wrong_us[1], end) - max(wrong.wrong_us[0], start), 0) / (end - start)


def _read(
    plant: Plant, polled: Polled, seed: int, fault: Fault | None
) -> tuple[Site, SiteReadings, Recorded | None]:
    """What is recorded of a plant, and the site as it is declared."""
    samples = {}
    for key, value in polled.value.items():
        step = _step(key)
        if key.endswith(_GAUGES):
            continue
        index = np.floor(value / step) * step if step else value
        samples[key] = Samples(ts_us=polled.ts_us, value=index)
    powers = {key: value for key, value in polled.value.items() if key.endswith(_GAUGES)}
    if fault is None:
        return site(), SiteReadings(registers=samples, gauges=_gauges(polled, powers)), None
    register = Register(
        polls_us=polled.ts_us,
        index_at=lambda ts_us: plant.measured_values(ts_us)[fault.point],
        step=_step(fault.point),
    )
    made = recorded(
        register,
        fault.kind,
        (fault.start_us, fault.end_us),
        np.random.default_rng([seed, 3]),
    )
    samples[fault.point] = samples_of(made.ts_us, made.index)
    meter = registers()[fault.point][1]
    power = meter.power_point
    if fault.device and power is not None and made.wrong_us is not None:
        powers[power] = _power_of(fault.kind, polled.ts_us, powers[power], made.wrong_us)
    return (
        _declared(site(), meter, fault, made),
        SiteReadings(registers=samples, gauges=_gauges(polled, powers)),
        made,
    )


def _power_of(
    kind: ReadingFault, ts_us: IntArray, power: FloatArray, wrong_us: tuple[int, int]
) -> FloatArray:
    """The power of a device that is frozen, silent or dead as a whole."""
    inside = (ts_us > wrong_us[0]) & (ts_us < wrong_us[1])
    match kind:
        case ReadingFault.STANDING_THEN_TRUE | ReadingFault.STANDING_AND_LOST:
            held = power[max(int(np.searchsorted(ts_us, wrong_us[0], side="right")) - 1, 0)]
            return np.where(inside, held, power)
        case ReadingFault.SILENCE | ReadingFault.REPLACED_IN_OUTAGE:
            return np.where(inside, np.nan, power)
        case ReadingFault.ZEROS:
            return np.where(inside, 0.0, power)
        case _:
            return power


def _gauges(polled: Polled, powers: dict[str, FloatArray]) -> dict[str, GaugeTotals]:
    first, last = polled.ts_us[0] // TEMPERATURE_STEP_US * TEMPERATURE_STEP_US, polled.ts_us[-1]
    steps = {
        step: Periods.between(np.arange(first, last + step, step, dtype=np.int64))
        for step in (POWER_STEP_US, TEMPERATURE_STEP_US)
    }
    return {
        key: gauge_totals(
            Samples(ts_us=polled.ts_us, value=value),
            steps[POWER_STEP_US if key.endswith("_power_kw") else TEMPERATURE_STEP_US],
        )
        for key, value in powers.items()
    }


_KINDS = {"replaced": EventKind.REPLACED, "ratio_corrected": EventKind.RATIO_CORRECTED}


def _declared(site_: Site, meter: Meter, fault: Fault, made: Recorded) -> Site:
    """The site with what was declared of a meter, and the type of its register."""
    changed = meter
    if made.declared is not None:
        changed = replace(changed, events=(_event(made.declared),))
    if made.float32_unit is not None and fault.point == meter.point:
        changed = replace(changed, float32_unit=made.float32_unit, resolution=0.0, modulus=None)
    if made.float32_unit is not None and fault.point == meter.volume_point:
        wire = replace(meter.volume_format, float32_unit=made.float32_unit, modulus=None)
        changed = replace(changed, volume_format=wire)
    if changed is meter:
        return site_
    tree = site_.tree
    return replace(
        site_,
        tree=MeterTree(
            [changed if one.id == meter.id else one for one in tree.meters.values()],
            tree.buses,
            complete_buses=tree.complete_buses,
            kwh_per_unit=tree.kwh_per_unit,
        ),
    )


def _event(declared: Declared) -> RegisterEvent:
    return RegisterEvent(
        at_us=declared.at_us,
        kind=_KINDS[declared.kind.value],
        final_index=declared.final_index,
        initial_index=declared.initial_index,
        factor_before=declared.factor_before,
    )
