"""A snapshot of a plausible bad evening, built by the same functions as the real one.

PDU 07 is silent since three minutes, so the IT power of this minute is unknown; the greenhouse
meter freezes in part; the monthly WUE is withheld; one benchmark is missed and one noise limit
is suspected.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from math import cos, pi
from pathlib import Path

from charter_rules.facts import NoiseRegime, SiteFacts
from charter_rules.judging.engine import evaluate
from charter_rules.law.loader import load_rulebook
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.kpi.charts import SeriesView
from models.kpi.result import Doubt, DoubtReason, Flag, KpiResult, Withheld
from models.legal_time.days import to_us
from models.legal_time.nights import last_day, nights
from models.legal_time.periods import named_period
from models.metering.registers import StandingMeter
from models.quantities import Quantity
from models.readings import DeviceState, Origin, Quality, Window
from models.site.power_flow import power_flow
from models.site.site import Site
from service.evaluation.ports import DeviceStatus, LatestReading
from service.evaluation.views import device_views, fresh_values, point_views, site_view
from service.live.snapshot import LiveSnapshot
from service.pages.rows import WINDOWS
from service.site.loader import load_site
from tests.service.pages.sample_insights import (
    sample_balances,
    sample_forecasts,
    sample_heat,
    sample_shifts,
    sample_statements,
)

SITE_FILE = Path(__file__).parents[3] / "deploy/sites/chapelle-international.yaml"
NOW = datetime(2026, 11, 20, 19, 32, 7, tzinfo=UTC)

LOST_DEVICE = "pdu_07"
DEGRADED_DEVICE = "heat_meter_greenhouse"
STARTING_DEVICE = "sound_north"
HOSTILE_TEXT = "<script>alert(1)</script> no answer & no reason"

_POWER_KW = {
    "intake_a": 176.4,
    "intake_b": 171.2,
    "genset_meter": 0.0,
    "pv_meter": 4.31,
    "mech_board_a": 14.2,
    "mech_board_b": 12.9,
    "heat_pump_board": 44.7,
    "general_services": 6.1,
    "ups_pump_meter": 2.2,
    "heat_meter_loop": 163.8,
    "heat_meter_greenhouse": 21.6,
    "heat_pump_1": 86.0,
    "heat_pump_2": 77.5,
}
_TYPICAL = {
    Quantity.ACTIVE_POWER: 21.4,
    Quantity.HEAT_POWER: 96.0,
    Quantity.ACTIVE_ENERGY: 812_345.25,
    Quantity.HEAT_ENERGY: 402_118.5,
    Quantity.VOLUME: 3_412.75,
    Quantity.TEMPERATURE: 24.1,
    Quantity.VOLTAGE: 231.6,
    Quantity.CURRENT: 31.2,
    Quantity.FREQUENCY: 50.01,
    Quantity.SOUND_LEVEL: 52.4,
}
_TEMPERATURES = {
    "heat_meter_loop.supply_temp_degc": 63.1,
    "heat_meter_loop.return_temp_degc": 44.8,
    "heat_meter_greenhouse.supply_temp_degc": 36.0,
    "heat_meter_greenhouse.return_temp_degc": 28.2,
    "weather_mast.outdoor_temp_degc": -0.4,
    "heat_pump_1.active_power_kw": 22.1,
    "heat_pump_2.active_power_kw": 0.0,
}


@cache
def sample_site() -> Site:
    """The shipped site."""
    return load_site(SITE_FILE, load_profiles(SHIPPED_PROFILES)).site


def sample_snapshot(now: datetime = NOW, *, step: int = 0, healthy: bool = False) -> LiveSnapshot:
    """One snapshot; another ``step`` gives slightly other figures."""
    made = _made(now, step, healthy=healthy)
    # Half a second to make: many tests show the same one, and none changes that of another.
    return replace(made, points=dict(made.points), series=dict(made.series))


@lru_cache(maxsize=64)
def _made(now: datetime, step: int, *, healthy: bool) -> LiveSnapshot:
    site = sample_site()
    points = point_views(site, _latest(site, now, step, healthy=healthy), now)
    kpis = _kpis(now, step)
    ages = [p.age_s for p in points.values() if p.age_s is not None and not p.stale]
    return LiveSnapshot(
        taken_at=now,
        site=site_view(site, now),
        points=points,
        devices=device_views(site, _statuses(site, now, healthy=healthy), points),
        kpis=tuple(kpis.values()),
        findings=evaluate(load_rulebook(), sample_facts(), kpis, now.date()),
        flow=power_flow(site, fresh_values(points)),
        series=_series(now),
        store_reachable=True,
        oldest_live_age_s=max(ages, default=None),
        heat=sample_heat(),
        forecasts=sample_forecasts(now),
        shifts=sample_shifts(),
        balances=sample_balances(now),
        statements=sample_statements(now),
    )


def store_away(now: datetime = NOW) -> LiveSnapshot:
    """The same while the database does not answer: every point is stale."""
    whole = sample_snapshot(now)
    points = {key: replace(p, stale=True) for key, p in whole.points.items()}
    return replace(
        whole,
        points=points,
        flow=power_flow(sample_site(), fresh_values(points)),
        store_reachable=False,
        oldest_live_age_s=187.0,
    )


def sample_facts() -> SiteFacts:
    """What decides which rules apply to the sample."""
    identity = sample_site().identity
    return SiteFacts(
        entry_into_operation=identity.entry_into_operation,
        installed_it_power_kw=1200.0,
        public_operator=identity.public_operator,
        noise_regime=NoiseRegime.CSP,
        zone=identity.zone,
    )


def _latest(site: Site, now: datetime, step: int, *, healthy: bool) -> Mapping[str, LatestReading]:
    readings = {}
    for key, point in site.points.items():
        silent = not healthy and point.device in {LOST_DEVICE, STARTING_DEVICE}
        if not healthy and point.device == STARTING_DEVICE:
            continue
        frozen = not healthy and point.device == DEGRADED_DEVICE and "return" in key
        age = timedelta(seconds=184.0 if silent else 840.0 if frozen else 1.2)
        value = _TEMPERATURES.get(key, _TYPICAL.get(point.quantity, 0.62))
        if point.quantity in {Quantity.ACTIVE_POWER, Quantity.HEAT_POWER}:
            value = _TEMPERATURES.get(key, _POWER_KW.get(point.device, value))
        readings[key] = LatestReading(
            ts=now - age,
            received_at=now - age + timedelta(milliseconds=80),
            value=value + 0.1 * step,
            quality=Quality.GOOD,
            origin=Origin.MEASURED,
        )
    return readings


def _statuses(site: Site, now: datetime, *, healthy: bool) -> Mapping[str, DeviceStatus]:
    states = (
        {} if healthy else {LOST_DEVICE: DeviceState.LOST, DEGRADED_DEVICE: DeviceState.DEGRADED}
    )
    statuses = {}
    for device in site.devices.values():
        if device.id == STARTING_DEVICE and not healthy:
            continue
        state = states.get(device.id, DeviceState.OK)
        lost = state is DeviceState.LOST
        statuses[device.id] = DeviceStatus(
            state=state,
            since=now - timedelta(minutes=3 if lost else 400),
            last_ok_at=now - timedelta(seconds=184.0 if lost else 1.2),
            polls_total=12_345,
            failures_total=91 if lost else 0,
            last_error=HOSTILE_TEXT if lost else None,
        )
    return statuses


def _kpis(now: datetime, step: int) -> dict[tuple[str, str], KpiResult]:
    windows = [named_period(name, now) for name in WINDOWS]
    figures: dict[str, tuple[str, tuple[float | None, ...], tuple[float, ...]]] = {
        "pue": ("ratio", (None, 1.2874, 1.2951, 1.3124), (0.012, 0.0094, 0.0095, 0.0121)),
        "wue": ("L/kWh", (0.0712, 0.0693, None, 0.1634), (0.004, 0.0021, 0.002, 0.0052)),
        "erf": ("ratio", (0.527, 0.498, 0.471, 0.4107), (0.02, 0.018, 0.017, 0.0163)),
        "recovered_heat": ("kWh", (46.4, 2_713.0, 74_511.0, 1_268_400.0), (1.2, 71, 1900, 31_000)),
        "ere": ("ratio", (0.609, 0.646, 0.685, 0.773), (0.022, 0.021, 0.02, 0.018)),
        "load_factor": ("ratio", (0.66, 0.61, 0.606, 0.602), (0.002, 0.002, 0.002, 0.002)),
        "wue_potable": ("L/kWh", (0.071, 0.069, 0.0, 0.1011), (0.004, 0.002, 0.002, 0.003)),
        "cue_location": ("kgCO2e/kWh", (0.029, 0.0301, 0.03, 0.0302), (0.003, 2e-4, 2e-4, 2e-4)),
        "carbon_avoided_low": ("kgCO2e", (5.4, 275.0, 7_593.0, 128_800.0), (0.2, 8, 230, 3_600)),
        "carbon_avoided_high": (
            "kgCO2e",
            (10.0, 590.0, 16_160.0, 275_000.0),
            (0.3, 16, 440, 6_900),
        ),
    }
    results = {}
    for kpi, (unit, values, spreads) in figures.items():
        for window, value, spread in zip(windows, values, spreads, strict=True):
            withheld = Withheld.LOW_COVERAGE if value is None else None
            results[kpi, window.name] = KpiResult(
                kpi=kpi,
                window=window,
                unit=unit,
                value=None if value is None else value + 0.001 * step,
                expanded_uncertainty=None if value is None else float(spread),
                coverage_ratio=0.6113 if value is None else 0.9912,
                bridged_ratio=0.012 if window.name == "today" else 0.0,
                withheld=withheld,
                category=2 if kpi in {"pue", "pue_excl_heat_upgrade", "wue"} else None,
                boundary="as sampled",
                flags=(Flag.DECLARED_INPUT,) if kpi.startswith(("cue", "carbon")) else (),
                origin=Origin.MEASURED if window.name == "15min" else Origin.IMPORTED,
            )
    night, day = nights(now, 1)[-1], last_day(now)
    results["noise_emergence_night", night.name] = _noise("noise_emergence_night", night, 4.14)
    results["noise_emergence_day", day.name] = _noise("noise_emergence_day", day, 1.02)
    return results


def _noise(kpi: str, window: Window, value: float) -> KpiResult:
    return KpiResult(
        kpi=kpi,
        window=window,
        unit="dB(A)",
        value=value,
        expanded_uncertainty=2.44,
        coverage_ratio=0.963,
        numerator=46.2,
        numerator_unit="dB(A)",
        inputs=("sound_east",),
        origin=Origin.IMPORTED,
    )


def _series(now: datetime) -> dict[str, SeriesView]:
    def view(name: str, unit: str, step_s: float, values: list[float | None]) -> SeriesView:
        first = now - timedelta(seconds=step_s * len(values))
        starts = tuple(first + timedelta(seconds=step_s * n) for n in range(len(values)))
        return SeriesView(name=name, unit=unit, step_s=step_s, starts=starts, values=tuple(values))

    def wave(n: int, count: int) -> float:
        return cos(2 * pi * n / count)

    pue = [1.29 + 0.02 * wave(n, 24) if n not in {9, 10} else None for n in range(24)]
    views = (
        view("pue_24h", "ratio", 3600, pue),
        view("heat_24h", "kWh", 3600, [150 + 40 * wave(n, 24) for n in range(24)]),
        view("wue_12months", "L/kWh", 2_592_000, [0.17 - 0.15 * wave(n, 12) for n in range(12)]),
        view("erf_12months", "ratio", 2_592_000, [0.4 + 0.1 * wave(n, 12) for n in range(12)]),
        view("noise_night_14", "dB(A)", 86_400, [2.2 + 0.15 * n for n in range(14)]),
    )
    return {v.name: v for v in views}


FROZEN_METER = "heat_meter_loop"
_RESTS_ON_HEAT = {"recovered_heat", "erf", "ere", "carbon_avoided_low", "carbon_avoided_high"}


def frozen_heat_meter(now: datetime = NOW) -> LiveSnapshot:
    """The same while the register of the loop's heat meter stands still since half an hour."""
    whole = sample_snapshot(now)
    doubt = Doubt(meter=FROZEN_METER, reason=DoubtReason.FROZEN)

    def doubted(result: KpiResult) -> KpiResult:
        if result.kpi not in _RESTS_ON_HEAT:
            return result
        if result.window.name != "15min":
            return replace(result, doubts=(doubt,))
        return replace(
            result,
            value=None,
            expanded_uncertainty=None,
            withheld=Withheld.FROZEN,
            doubts=(doubt,),
        )

    since = now - timedelta(minutes=30)
    return replace(
        whole,
        kpis=tuple(doubted(one) for one in whole.kpis),
        standing=(StandingMeter(meter=FROZEN_METER, since_us=to_us(since)),),
    )
