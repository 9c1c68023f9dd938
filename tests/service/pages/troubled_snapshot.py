"""A plausible moment of a site with trouble: silent device, withheld KPI, breach, imported data."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from charter_rules.facts import Inspection, NoiseRegime, SiteFacts
from charter_rules.judging.engine import evaluate
from charter_rules.law.loader import load_rulebook
from models.kpi.charts import SeriesView
from models.kpi.result import KpiResult, Withheld
from models.legal_time.nights import nights
from models.legal_time.periods import named_period
from models.quantities import QUANTITIES, Quantity
from models.readings import DeviceState, Origin, Quality, Window
from models.site.power_flow import FlowView, HeatBranchView
from service.live.snapshot import (
    DeviceView,
    LiveSnapshot,
    PointView,
    SiteView,
)
from service.pages.rows import WINDOWS

NOW = datetime(2026, 11, 20, 13, 32, 7, tzinfo=UTC)


def kpi(name: str, window: Window, value: float | None, u: float | None, unit: str) -> KpiResult:
    return KpiResult(
        kpi=name,
        window=window,
        unit=unit,
        value=value,
        expanded_uncertainty=u,
        coverage_ratio=0.31 if value is None else 0.998,
        bridged_ratio=0.0 if value is None else 0.02,
        withheld=Withheld.LOW_COVERAGE if value is None else None,
        category=2 if name in {"pue", "pue_excl_heat_upgrade", "wue"} else None,
        origin=Origin.IMPORTED if window.name == "12months" else Origin.MEASURED,
    )


def kpis() -> tuple[KpiResult, ...]:
    quarter, day, months, year = (named_period(name, NOW) for name in WINDOWS)
    night = nights(NOW, 1)[0]
    return (
        kpi("pue", quarter, None, None, "ratio"),
        kpi("pue", day, 1.4194, 0.0094, "ratio"),
        kpi("pue", months, 1.3808, 0.0092, "ratio"),
        kpi("pue", year, 1.6024, 0.0092, "ratio"),
        kpi("pue_excl_heat_upgrade", year, 1.6024, 0.0092, "ratio"),
        kpi("wue", quarter, 0.0242, 0.0006, "L/kWh"),
        kpi("wue", year, 0.0752, 0.0011, "L/kWh"),
        kpi("erf", year, 0.3714, 0.0100, "ratio"),
        kpi("recovered_heat", day, 5723.6, 148.2, "kWh"),
        kpi("recovered_heat", year, 1_157_143.1, 30_604.4, "kWh"),
        kpi("noise_emergence_night", night, 0.6, 2.4, "dB(A)"),
    )


def device(device_id: str, state: DeviceState, *, stale: int, error: str | None) -> DeviceView:
    return DeviceView(
        id=device_id,
        label_fr=f"Appareil {device_id}",
        label_en=f"Device {device_id}",
        profile="pdu",
        link="gw_pdu_b",
        protocol="modbus",
        poll_s=2.0,
        state=state,
        since=NOW - timedelta(minutes=3),
        last_ok_at=NOW - timedelta(seconds=190 if stale else 1),
        points=2,
        stale_points=stale,
        polls_total=4_000,
        failures_total=90 if stale else 0,
        last_error=error,
    )


def point(device_id: str, name: str, quantity: Quantity, value: float | None) -> PointView:
    return PointView(
        key=f"{device_id}.{name}",
        device=device_id,
        name=name,
        quantity=quantity,
        unit=QUANTITIES[quantity].unit,
        value=value,
        ts=NOW - timedelta(seconds=1),
        age_s=1.0 if value is not None else 190.0,
        quality=Quality.GOOD if value is not None else Quality.BAD,
        origin=Origin.MEASURED,
        stale=value is None,
    )


def branch(branch_id: str, label_fr: str, label_en: str, *now: float | None) -> HeatBranchView:
    power_kw, supply_temp_degc, return_temp_degc = now
    return HeatBranchView(
        id=branch_id,
        label_fr=label_fr,
        label_en=label_en,
        power_kw=power_kw,
        supply_temp_degc=supply_temp_degc,
        return_temp_degc=return_temp_degc,
    )


FLOW = FlowView(
    grid_kw=340.2,
    generator_kw=0.0,
    photovoltaic_kw=12.4,
    total_kw=352.6,
    it_kw=None,
    cooling_kw=22.0,
    heat_pump_kw=58.0,
    general_kw=6.7,
    other_loads_kw=0.0,
    export_kw=0.0,
    losses_kw=None,
    heat_branches=(
        branch("loop", "Boucle du quartier", "District loop", 199.4, 62.4, 46.0),
        branch("greenhouse", "Serres du toit", "Rooftop greenhouses", 17.2, 36.3, 28.4),
    ),
    heat_rejected_kw=136.0,
    outdoor_temp_degc=7.4,
    heat_pump_cop={"heat_pump_1": 3.64, "heat_pump_2": None},
)


def series(name: str, unit: str, values: tuple[float | None, ...]) -> SeriesView:
    starts = tuple(NOW - timedelta(hours=len(values) - n) for n in range(len(values)))
    return SeriesView(name=name, unit=unit, step_s=3600.0, starts=starts, values=values)


def sample_snapshot() -> LiveSnapshot:
    results = kpis()
    facts = SiteFacts(
        entry_into_operation=date(2018, 6, 1),
        installed_it_power_kw=420.0,
        public_operator=True,
        noise_regime=NoiseRegime.CSP,
        inspections=(
            Inspection(
                kpi="noise_emergence_night",
                measured_on=date(2026, 11, 3),
                value=6.0,
                expanded_uncertainty=1.5,
                level_dba=40.0,
                document="report of 3 November 2026",
            ),
        ),
    )
    by_name = {(k.kpi, k.window.name): k for k in results}
    points = (
        point("intake_a", "active_energy_kwh", Quantity.ACTIVE_ENERGY, 1000.0),
        point("intake_a", "active_power_kw", Quantity.ACTIVE_POWER, 340.2),
        point("pdu_07", "active_energy_kwh", Quantity.ACTIVE_ENERGY, None),
        point("pdu_07", "inlet_temp_degc", Quantity.TEMPERATURE, None),
    )
    return LiveSnapshot(
        taken_at=NOW,
        site=SiteView(
            id="chapelle_international",
            name="Centre de données <Chapelle>",
            operator="Ville de Paris",
            siret=None,
            address="Hôtel logistique",
            city="Paris",
            zone="paris_18",
            entry_into_operation=date(2018, 6, 1),
            installed_it_power_kw=420.0,
            charter="paris",
            simulated=True,
        ),
        points={p.key: p for p in points},
        devices=(
            device("intake_a", DeviceState.OK, stale=0, error=None),
            device("pdu_07", DeviceState.LOST, stale=2, error="no answer within 1 s"),
        ),
        kpis=results,
        findings=evaluate(load_rulebook(charter="paris"), facts, by_name, NOW.date()),
        flow=FLOW,
        series={
            "pue_24h": series("pue_24h", "ratio", (1.38, 1.40, None, 1.42, 1.41)),
            "heat_24h": series("heat_24h", "kWh", (198.0, 240.0, 302.0)),
            "wue_12months": series("wue_12months", "L/kWh", (0.01, 0.52, None)),
        },
        store_reachable=True,
        oldest_live_age_s=4.2,
    )


def store_away() -> LiveSnapshot:
    return replace(sample_snapshot(), store_reachable=False)
