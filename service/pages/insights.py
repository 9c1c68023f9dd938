"""What stands behind the figures: heat chain, the year's end, the agreement of the meters."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from charter_rules.law.kpis import spec_of
from charter_rules.wording.measured import DASH, kpi_unit, measured, number, with_unit
from models.balance.site_balances import NodeView, SuspectView
from models.forecast.outlook import ForecastView
from models.heat.chain import HeatPumpView
from models.heat.handover import TwoFiguresView
from models.heat.site_exchanger import ExchangerView
from models.legal_time.days import legal_day
from models.readings import DeviceState
from service.live.snapshot import LiveSnapshot
from service.pages.parts import Chip, ForecastRow, NodeRow, SuspectRow
from service.pages.voice import Voice

_FACTOR_KINDS = {"wrong_scale", "reversed_ct", "glycol"}
_LOAD_KINDS = {"ups_fed_load", "unmetered_load"}


class Insights:
    """Makes these parts of one snapshot."""

    def __init__(self, snapshot: LiveSnapshot, voice: Voice) -> None:
        self._snapshot = snapshot
        self._voice = voice
        self._t = voice.t

    def pump_pairs(self) -> Iterator[tuple[str, str]]:
        """The heat pumps now, as pairs of name and value."""
        for pump in self._snapshot.heat.pumps:
            yield self._voice.label(pump), self._pump(pump)

    def heat_pairs(self) -> Iterator[tuple[str, str]]:
        """How well the heat chain does, as pairs of name and value."""
        heat = self._snapshot.heat
        if heat.exchanger is not None:
            yield self._t["exchanger"], self._exchanger(heat.exchanger)
            yield self._t["fouling"], self._fouling(heat.exchanger)
        for window, missed in (heat.missed or {}).items():
            shown = measured(
                missed.missed_kwh,
                missed.expanded_uncertainty_kwh,
                "kWh",
                self._voice.style,
                decimals=0,
            )
            yield f"{self._t['missed_heat']} {self._voice.window(window)}", shown.text
        for figure in heat.figures:
            if figure.window == "month":
                yield (
                    self._t["two_figures"].format(name=self._voice.label(figure)),
                    self._figure(figure),
                )

    def _pump(self, pump: HeatPumpView) -> str:
        if pump.cop is None:
            return self._t["pump_silent" if self._is_silent(pump) else "stopped"]
        cop = f"COP {number(pump.cop, 2, self._voice.style)}"
        if pump.carnot_ratio is None:
            return cop
        share = with_unit(
            number(100.0 * pump.carnot_ratio, 0, self._voice.style), "%", self._voice.style
        )
        return self._t["of_carnot"].format(cop=cop, share=share)

    def _is_silent(self, pump: HeatPumpView) -> bool:
        """Whether nothing is known of it now; one that stands still says so itself."""
        device = next((one for one in self._snapshot.devices if one.id == pump.id), None)
        return device is None or device.state is DeviceState.LOST or bool(device.stale_points)

    def _exchanger(self, view: ExchangerView) -> str:
        shown = measured(
            view.ua_kw_per_k, view.expanded_uncertainty_kw_per_k, "kW/K", self._voice.style
        )
        return shown.text if shown.value == DASH else f"UA {shown.text}"

    def _fouling(self, view: ExchangerView) -> str:
        if view.clean_share_ratio is None:
            return self._t["fouling_unknown"]
        spread = view.clean_share_expanded_uncertainty_ratio or 0.0
        share = measured(
            100.0 * view.clean_share_ratio, 100.0 * spread, "%", self._voice.style, decimals=0
        ).text
        if view.clean_share_ratio + spread < view.threshold_ratio:
            return self._t["fouling_now"].format(share=share)
        if not view.fouling_proven or not view.days_to_threshold:
            return self._t["fouling_none"].format(share=share)
        return self._t["fouling_days"].format(
            share=share,
            days=round(view.days_to_threshold),
            earliest=round(view.days_to_threshold_low or 0.0),
        )

    def _figure(self, figure: TwoFiguresView) -> str:
        shown = measured(
            figure.difference_kwh, figure.expanded_uncertainty_kwh, "kWh", self._voice.style
        ).text
        text = "figures_disagree" if figure.disagree else "figures_agree"
        return self._t[text].format(difference=shown)

    def forecasts(self) -> tuple[ForecastRow, ...]:
        """The year's end of each KPI."""
        return tuple(self._forecast(view) for view in self._snapshot.forecasts)

    def _forecast(self, view: ForecastView) -> ForecastRow:
        style = self._voice.style
        told, factor = kpi_unit(spec_of(view.kpi))
        unit = style.unit(told)
        if view.value is None or view.lower is None or view.upper is None:
            why = self._t[f"no_forecast_{view.withheld}"]
            return ForecastRow(
                name=self._voice.kpi_in_full(view.kpi),
                value=DASH,
                range=why,
                limit=DASH,
                chance=DASH,
            )
        ends = view.lower / factor, view.upper / factor
        digits = max(0 if told == "%" else 2, _digits(ends[1] - ends[0]))
        low, high = (number(end, digits, style) for end in ends)
        return ForecastRow(
            name=self._voice.kpi_in_full(view.kpi),
            value=f"{number(view.value / factor, digits, style)}{unit}",
            range=f"{self._t['range'].format(low=low, high=high)}{unit}",
            limit=DASH
            if view.limit is None
            else self._limit(view.limit / factor, unit, at_least=view.at_least),
            chance=self._chance(view),
        )

    def _limit(self, limit: float, unit: str, *, at_least: bool) -> str:
        sign = "≥" if at_least else "≤"
        text = self._voice.style.as_written(Decimal(f"{limit:.4g}"))
        return f"{sign} {text}{unit}"

    def _chance(self, view: ForecastView) -> str:
        if view.probability_of_breach is None:
            return DASH
        shown = _chance_text(view.probability_of_breach, self._voice)
        text = "shortfall_chance" if view.at_least else "breach_chance"
        parts = [self._t[text].format(share=shown)]
        if view.crossed_on is not None:
            parts.append(self._t["crossed_on"].format(day=self._voice.day(view.crossed_on)))
        if view.still_to_deliver_kwh:
            heat = measured(view.still_to_deliver_kwh, None, "kWh", self._voice.style, decimals=0)
            kw = with_unit(
                number(view.still_to_deliver_kw, 0, self._voice.style), "kW", self._voice.style
            )
            parts.append(self._t["still_to_deliver"].format(heat=heat.text, power=kw))
        return ", ".join(parts)

    @property
    def forecast_title(self) -> str:
        """Which year."""
        years = {view.year for view in self._snapshot.forecasts}
        last = date(max(years), 12, 31) if years else date.min
        return self._t["outlook"].format(day=self._voice.day(last))

    def shifts(self) -> tuple[str, ...]:
        """Lasting changes of efficiency, as sentences."""
        return tuple(
            self._t["shift_more" if shift.size_per_day > 0 else "shift_less"].format(
                day=self._voice.day(shift.began),
                size=measured(
                    abs(shift.size_per_day),
                    shift.expanded_uncertainty,
                    shift.unit,
                    self._voice.style,
                ).text,
            )
            for shift in self._snapshot.shifts
        )

    def suspects(self) -> tuple[SuspectRow, ...]:
        """Meters under suspicion."""
        return tuple(self._suspect(suspect) for suspect in self._snapshot.balances.suspects)

    def _suspect(self, suspect: SuspectView) -> SuspectRow:
        style = self._voice.style
        facts = [self._t["since"].format(day=self._voice.day(legal_day(suspect.since)))]
        if suspect.kind in _FACTOR_KINDS:
            facts.append(self._t["factor"].format(value=number(suspect.size, 2, style)))
        elif suspect.kind in _LOAD_KINDS:
            facts.append(with_unit(number(suspect.size, 1, style), "kW", style))
        elif suspect.kind == "drifting":
            facts.append(self._t["drifted"].format(share=style.share(suspect.size)))
        if suspect.ambiguous:
            facts.append(self._t["ambiguous"])
        return SuspectRow(
            label=self._voice.label(suspect),
            fault=self._t[f"fault_{suspect.kind}"],
            facts=tuple(facts),
        )

    def nodes(self) -> tuple[NodeRow, ...]:
        """Every balance of the last week."""
        return tuple(self._node(node) for node in self._snapshot.balances.nodes)

    def _node(self, node: NodeView) -> NodeRow:
        style = self._voice.style

        def kwh(value: float | None) -> str:
            return with_unit(number(value, 0, style), "kWh", style)

        tone, sign = {
            "balanced": ("good", "✓"),
            "unknown": ("unknown", "?"),
        }.get(node.verdict, ("warn", "!"))
        return NodeRow(
            label=self._voice.label(node),
            residual=kwh(node.residual_kwh),
            allowed=self._allowed(node),
            chip=Chip(tone=tone, sign=sign, text=self._t[f"balance_{node.verdict}"]),
        )

    def _allowed(self, node: NodeView) -> str:
        """Where the residual may lie; without an upper end where not all is metered."""
        style = self._voice.style
        if node.allowed_low_kwh is None:
            return DASH
        if node.allowed_high_kwh is None:
            low = with_unit(number(node.allowed_low_kwh, 0, style), "kWh", style)
            return self._t["at_least"].format(low=low)
        return self._t["range"].format(
            low=number(node.allowed_low_kwh, 0, style),
            high=with_unit(number(node.allowed_high_kwh, 0, style), "kWh", style),
        )

    @property
    def balance_line(self) -> str:
        """All balances in one sentence."""
        balances = self._snapshot.balances
        if not balances.nodes:
            return self._t["balances_unknown"]
        if balances.p_value is None:
            return self._t["balances_untested"]
        text = "balances_gross" if balances.gross_error else "balances_fine"
        return self._t[text].format(p=_chance_text(balances.p_value, self._voice))


def _digits(width: float) -> int:
    return next((n for n in range(4) if width >= 2.0 * 10.0**-n), 3)


def _chance_text(share: float, voice: Voice) -> str:
    """A probability out of 1,000 paths: never exactly none nor all."""
    if share < 0.005:
        return f"<{voice.style.unit_gap}1{voice.style.percent_gap}%"
    if share > 0.995:
        return f">{voice.style.unit_gap}99{voice.style.percent_gap}%"
    return f"{number(100.0 * share, 0, voice.style)}{voice.style.percent_gap}%"
