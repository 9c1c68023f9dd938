"""What the meters of the shipped site showed in the simulated plant, as models take it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.kpi.measurement import SiteReadings
from models.legal_time.days import to_us
from models.metering.registers import SiteRegisters
from models.readings import FloatArray, IntArray
from models.registers.gauges import gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples
from models.registers.steps import whole_steps
from models.site.site import Site
from service.site.loader import load_site
from simulators.plant import Plant

NOW = datetime(2026, 11, 20, 13, 32, 0, tzinfo=UTC)
SITE_FILE = Path(__file__).parents[2] / "deploy/sites/chapelle-international.yaml"
PLANT = Plant(seed=1)
_HOUR = timedelta(hours=1)
_HOUR_US = 3_600_000_000


@cache
def site() -> Site:
    return load_site(SITE_FILE, load_profiles(SHIPPED_PROFILES)).site


@cache
def _shown(
    start_us: int, end_us: int, every_us: int, seed: int
) -> tuple[IntArray, dict[str, FloatArray]]:
    ts = np.arange(start_us, end_us + 1, every_us, dtype=np.int64)
    return ts, dict(Plant(seed=seed).measured_values(ts))


def read(
    start: datetime, end: datetime, every: timedelta, keys: Iterable[str], seed: int = 1
) -> dict[str, Samples]:
    """Readings of some points, as often as wanted."""
    every_us = every // timedelta(microseconds=1)
    first = to_us(start) // every_us * every_us
    ts, values = _shown(first, to_us(end), every_us, seed)
    return {key: Samples(ts_us=ts, value=values[key]) for key in keys}


def readings(
    start: datetime,
    end: datetime,
    step: timedelta,
    *,
    registers: Iterable[str] = (),
    gauges: Iterable[str] = (),
) -> SiteReadings:
    """Registers by a quarter of an hour or the step, gauges over steps of four readings each."""
    step_us = step // timedelta(microseconds=1)
    steps = Periods.between(whole_steps(to_us(start), to_us(end), step_us))
    return SiteReadings(
        registers=read(start, end, min(step, timedelta(minutes=15)), registers),
        gauges={
            key: gauge_totals(one, steps) for key, one in read(start, end, step / 4, gauges).items()
        },
    )


def traced(readings: SiteReadings) -> SiteRegisters:
    return SiteRegisters(site().tree, readings.registers, readings.gauges)


def hourly(
    start: datetime,
    end: datetime,
    *,
    registers: Iterable[str] = (),
    gauges: Iterable[str] = (),
    seed: int = 1,
) -> SiteReadings:
    """A year and more, read once an hour: a gauge is taken to stand until the next reading."""
    first = start.replace(minute=0, second=0, microsecond=0)
    steps = Periods.between(whole_steps(to_us(first), to_us(end), _HOUR_US))
    return SiteReadings(
        registers=read(first, end, _HOUR, registers, seed),
        gauges={
            key: gauge_totals(one, steps, hold_us=_HOUR_US)
            for key, one in read(first, end, _HOUR, gauges, seed).items()
        },
    )
