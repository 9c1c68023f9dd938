"""An invented year of a site, by seed: honest, with outages, coarse registers and idle machines."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from scipy.signal import lfilter

from models.plausibility.coverage import coverage_just_enough, coverage_near_limit
from models.plausibility.heat_taker import TakerMonth, heat_above_taker, heat_drifts_from_taker
from models.plausibility.it_energy import Feed, it_above_ups, it_follows_weather
from models.plausibility.last_digits import round_figures
from models.plausibility.low_variance import too_smooth
from models.plausibility.repeated import repeated_figures
from models.plausibility.silence import silent_when_hot
from models.plausibility.suspicion import Suspicion, named
from models.readings import FloatArray

FIRST = date(2025, 1, 1)
CLASS_U = 0.01 / np.sqrt(3.0)
HEAT_U = 0.015
LIMIT = 1.30


@dataclass
class Invented:
    """What the meters of a site say; cheats change it in place."""

    days: list[date]
    outdoor_degc: FloatArray
    racks: FloatArray
    others: dict[str, tuple[FloatArray, float]]
    ups_input: FloatArray
    missing: dict[str, FloatArray]
    pue: FloatArray
    months: list[TakerMonth]
    month_coverage: FloatArray
    resolution: float = 0.001
    rounded_to: float = 0.001
    rounded_from: int = 0
    output_gain: float = 1.0
    names: tuple[str, ...] = field(default=("rack_1", "rack_2", "rack_3"))


Cheat = Callable[[Invented, np.random.Generator], None]


def _follows(rng: np.random.Generator, n: int, memory: float, sigma: float) -> FloatArray:
    noise = rng.normal(0.0, sigma * np.sqrt(1.0 - memory**2), n)
    return np.asarray(lfilter([1.0], [1.0, -memory], noise))


def invented(seed: int, n: int = 365) -> Invented:
    """An honest site."""
    rng = np.random.default_rng(seed)
    days = [FIRST + timedelta(days=k) for k in range(n)]
    day = np.arange(n)
    temp = 12.0 - 8.0 * np.cos(2.0 * np.pi * day / 365.0) + _follows(rng, n, 0.75, 3.0)
    weekday = np.where(day % 7 < 5, 1.0, 0.93)[:, None]
    racks = np.stack([_rack(rng, n) * weekday for _ in range(3)]).round(3)
    out = racks.sum(axis=(0, 2))
    # Each meter has an error of its own inside its class, the same all year.
    errors = rng.uniform(-0.01, 0.01, 2)
    loss = 24.0 * 3.0 + 0.016 * out + 5e-6 * out**2 + rng.normal(0.0, 1.0, n)
    on = rng.random((n, 24)) < 0.4
    others = {
        "coarse": (np.floor(rng.normal(4.0, 1.0, (n, 24)).clip(0.0)), 1.0),
        "constant": (np.full((n, 24), 5.0), 0.001),
        "on_and_off": (np.where(on, 7.501, 0.0), 0.001),
        "two_levels": (np.where(np.arange(24) < 9, 3.0, 8.0) + np.zeros((n, 1)), 0.01),
    }
    pue = 1.2 + 0.012 * np.maximum(temp - 10.0, 0.0) + rng.normal(0.0, 0.01, n)
    return Invented(
        days=days,
        outdoor_degc=temp,
        racks=racks * (1.0 + errors[1]),
        others=others,
        ups_input=(out + loss) * (1.0 + errors[0]),
        missing={"rack_1": _outages(rng, n), "gateway": _outages(rng, n)},
        pue=pue,
        months=_months(rng),
        month_coverage=np.minimum(1.0, 1.0 - rng.exponential(0.02, 12)),
    )


def _rack(rng: np.random.Generator, n: int) -> FloatArray:
    level = rng.uniform(15.0, 40.0) * (1.0 + rng.uniform(-0.2, 0.2) * np.arange(n) / n)
    slow = np.exp(_follows(rng, n, 0.9, 0.03))
    shape = 1.0 + 0.05 * np.sin(2.0 * np.pi * (np.arange(24) - 8.0) / 24.0)
    noise = rng.normal(1.0, rng.uniform(0.01, 0.04), (n, 24))
    return np.asarray((level * slow)[:, None] * shape * noise)


def _outages(rng: np.random.Generator, n: int) -> FloatArray:
    """A few at random, some of several days, and one spell of trouble."""
    missing = np.zeros(n)
    for _ in range(rng.integers(3, 15)):
        start = int(rng.integers(0, n))
        missing[start : start + int(rng.geometric(0.6))] = rng.uniform(0.05, 1.0)
    spell = int(rng.integers(0, n - 14))
    missing[spell : spell + 14] = np.where(rng.random(14) < 0.4, 0.3, missing[spell : spell + 14])
    return missing


def _months(rng: np.random.Generator) -> list[TakerMonth]:
    site, taker = rng.normal(0.0, HEAT_U, 2)
    months = []
    for k in range(12):
        true = 60_000.0 * (1.0 + 0.5 * np.cos(2.0 * np.pi * k / 12.0)) * rng.uniform(0.9, 1.1)
        # Read a day apart now and then, and a little off with each working point.
        received = true * (1.0 + taker + rng.normal(0.0, 0.004))
        claimed = true * (1.0 + site + rng.normal(0.0, 0.004))
        first = date(2025, k + 1, 1)
        months.append(
            TakerMonth(
                first=first,
                until=date(2025 + (k == 11), (k + 1) % 12 + 1, 1),
                claimed_kwh=claimed,
                claimed_u_kwh=HEAT_U * claimed,
                taker_kwh=received,
                taker_u_kwh=HEAT_U * received,
            )
        )
    return months


def all_checks(site: Invented) -> list[Suspicion | None]:
    """Every check of the site."""
    out = site.racks.sum(axis=(0, 2)) * site.output_gain
    feed = Feed(
        name="ups",
        output_meters=("ups_output",),
        input_kwh=site.ups_input,
        output_kwh=out,
        input_u_ratio=CLASS_U,
        output_u_ratio=CLASS_U,
    )
    found: list[Suspicion | None] = [
        heat_above_taker("loop", site.months),
        heat_drifts_from_taker("loop", site.months),
        it_above_ups(site.days, feed),
        *too_smooth(site.names, site.days, site.racks, [site.resolution] * 3),
    ]
    rows = dict(zip(site.names, site.racks, strict=True))
    meters = {**{name: (row, site.resolution) for name, row in rows.items()}, **site.others}
    for name, (hourly, step) in meters.items():
        found.append(repeated_figures(name, site.days, hourly, step))
        register = 1e5 + np.cumsum(np.round(hourly.ravel() / step) * step)
        if name == "rack_2":
            late = np.round(register / site.rounded_to) * site.rounded_to
            register = np.where(np.arange(len(register)) >= 24 * site.rounded_from, late, register)
        found.append(round_figures(name, (site.days[0], site.days[-1]), register, step))
    for name, row in rows.items():
        found.append(it_follows_weather(name, site.days, row.sum(axis=1), site.outdoor_degc))
    for name, missing in site.missing.items():
        found.append(silent_when_hot((name,), site.days, missing, site.outdoor_degc))
    coverage = 1.0 - site.missing["rack_1"]
    daily = np.where(coverage > 0.0, site.pue, np.nan)
    found.append(coverage_near_limit("pue", site.days, coverage, daily, (LIMIT, True)))
    windows = [(one.first, one.until) for one in site.months]
    found.append(coverage_just_enough("pue", windows, site.month_coverage, 0.95))
    return found


def suspicions(site: Invented) -> tuple[Suspicion, ...]:
    """What is named at the stated level."""
    return named(all_checks(site))
