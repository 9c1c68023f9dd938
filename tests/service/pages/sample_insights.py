"""Heat chain, forecast and balances of the sample evening: fouled, at risk, one meter suspect."""

from datetime import date, datetime, timedelta

import numpy as np

from models.balance.site_balances import BalancesView, NodeView, ReconciledView, SuspectView
from models.forecast.outlook import ForecastView, ShiftView
from models.heat.chain import HeatChainView, HeatPumpView, MissedHeatView
from models.heat.coefficient import FlowSensorPipe, heat_from_volume_kwh
from models.heat.figures import HeatSteps
from models.heat.handover import TwoFiguresView
from models.heat.site_exchanger import ExchangerView
from models.heat.statement import HeatStatement, TakerSteps, monthly_statement
from models.legal_time.calendar_spans import legal_month
from models.metering.uncertainty import HeatAccuracy


def sample_heat() -> HeatChainView:
    return HeatChainView(
        exchanger=ExchangerView(
            ua_kw_per_k=131.2,
            expanded_uncertainty_kw_per_k=9.4,
            lmtd_k=1.9,
            effectiveness_ratio=0.91,
            clean_share_ratio=0.81,
            clean_share_expanded_uncertainty_ratio=0.05,
            fouling_proven=True,
            days_to_threshold=64.0,
            days_to_threshold_low=41.0,
            days_to_threshold_high=133.0,
            threshold_ratio=0.75,
        ),
        pumps=(
            HeatPumpView(
                id="heat_pump_1",
                label_fr="Pompe à chaleur 1",
                label_en="Heat pump 1",
                cop=3.89,
                carnot_ratio=0.503,
            ),
            HeatPumpView(
                id="heat_pump_2",
                label_fr="Pompe à chaleur 2",
                label_en="Heat pump 2",
                cop=None,
                carnot_ratio=None,
            ),
        ),
        figures=(
            TwoFiguresView(
                meter="heat_meter_loop",
                label_fr="Chaleur livrée à la boucle du quartier",
                label_en="Heat handed to the district loop",
                window="month",
                register_kwh=74_511.0,
                calculated_kwh=70_100.0,
                difference_kwh=4_411.0,
                expanded_uncertainty_kwh=790.0,
                disagree=True,
                hint="register_too_high",
                coverage_ratio=0.99,
            ),
        ),
        missed={
            "today": MissedHeatView(
                window="today",
                missed_kwh=12.4,
                expanded_uncertainty_kwh=3.1,
                coverage_ratio=1.0,
                asked_ratio=0.05,
                limited_by_machine_ratio=0.0,
            ),
        },
    )


def sample_forecasts(now: datetime) -> tuple[ForecastView, ...]:
    return (
        ForecastView(
            kpi="erf",
            year=now.year,
            unit="ratio",
            value=0.372,
            lower=0.344,
            upper=0.391,
            so_far=0.33,
            days_known=323,
            days_left=42,
            rule="paris_erf",
            limit=0.4,
            at_least=True,
            probability_of_breach=0.94,
            crossed_on=date(now.year, 11, 24),
            crossed_earliest=date(now.year, 11, 21),
            crossed_latest=date(now.year, 12, 2),
            still_to_deliver_kwh=412_300.0,
            still_to_deliver_kw=409.0,
        ),
        ForecastView(
            kpi="pue",
            year=now.year,
            unit="ratio",
            value=1.403,
            lower=1.391,
            upper=1.413,
            so_far=1.399,
            days_known=323,
            days_left=42,
            rule="enefg_pue_existing",
            limit=1.5,
            probability_of_breach=0.0,
        ),
        ForecastView(
            kpi="wue",
            year=now.year,
            unit="L/kWh",
            value=None,
            lower=None,
            upper=None,
            so_far=None,
            days_known=40,
            days_left=42,
            withheld="low_coverage",
        ),
    )


def sample_shifts() -> tuple[ShiftView, ...]:
    return (
        ShiftView(
            quantity="overhead_energy",
            unit="kWh",
            began=date(2026, 10, 3),
            detected=date(2026, 10, 7),
            size_per_day=61.0,
            expanded_uncertainty=22.0,
        ),
    )


def sample_balances(now: datetime) -> BalancesView:
    def node(name: str, verdict: str, residual: float | None) -> NodeView:
        return NodeView(
            id=name,
            label_fr=f"Nœud {name}",
            label_en=f"Node {name}",
            residual_kwh=residual,
            allowed_low_kwh=None if residual is None else 90.0,
            allowed_high_kwh=None if residual is None else 240.0,
            verdict=verdict,
            coverage_ratio=0.0 if residual is None else 0.99,
        )

    return BalancesView(
        nodes=(
            node("main_boards", "balanced", 183.0),
            node("ups_b_output", "lost", 934.0),
            node("heat_pumps", "gained", -420.0),
            node("ups_a_output", "unknown", None),
        ),
        suspects=(
            SuspectView(
                meters=("ups_b_output",),
                label_fr="Onduleur B",
                label_en="UPS B",
                kind="ups_fed_load",
                since=now - timedelta(days=6),
                size=4.82,
                explained_ratio=0.99,
                ambiguous=True,
                nodes=("ups_b_output",),
            ),
            SuspectView(
                meters=("heat_meter_loop",),
                label_fr="Boucle",
                label_en="Loop",
                kind="drifting",
                since=now - timedelta(days=2),
                size=0.071,
                explained_ratio=0.97,
                ambiguous=False,
                nodes=("heat_pumps",),
            ),
        ),
        reconciled=(
            ReconciledView(
                meter="intake_a",
                raw_kwh=30_914.7,
                raw_expanded_uncertainty_kwh=252.4,
                reconciled_kwh=30_951.9,
                reconciled_expanded_uncertainty_kwh=241.4,
            ),
        ),
        p_value=0.0004,
        gross_error=True,
    )


def sample_statements(now: datetime) -> tuple[HeatStatement, ...]:
    month = legal_month(now.year, 10)
    hours = round(month.duration / timedelta(hours=1))
    volume, supply, back = np.full(hours, 9.0), np.full(hours, 62.2), np.full(hours, 46.1)
    return (
        monthly_statement(
            month,
            (
                TakerSteps(
                    taker="district_loop",
                    operator="CPCU",
                    steps=HeatSteps(
                        register_kwh=heat_from_volume_kwh(
                            volume, supply, back, FlowSensorPipe.RETURN
                        ),
                        volume_m3=volume,
                        supply_temp_degc=supply,
                        return_temp_degc=back,
                    ),
                    accuracy=HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=25.0),
                    pipe=FlowSensorPipe.RETURN,
                    step_h=1.0,
                    min_supply_temp_degc=60.0,
                ),
            ),
            sampling_u_ratio=0.003,
        ),
    )
