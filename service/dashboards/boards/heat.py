"""Recovered heat: how much, from which meter, how warm, and what was left."""

from typing import Final

from models.quantities import Quantity
from service.dashboards.description import Board, Column, Look, Panel, Prometheus, Row
from service.dashboards.figures import (
    BAD_IF_ONE,
    METER,
    NONE_WANTED,
    SITE,
    SITE_VARIABLE,
    WINDOW,
    WINDOW_VARIABLE,
    history_panel,
    kpi_panel,
)
from service.dashboards.promql import instant_ms, one, rate, series
from service.dashboards.sql import BREACH_MARKS, IMPORT_MARKS, JOURNAL_MARKS
from service.dashboards.units import CELSIUS, FLOW, INSTANT, SHARE, WATTS, shown_base
from service.evaluation.closed_periods import ClosedSpan
from service.metrics import heat
from service.metrics.point_families import POINT_FAMILIES

# A register counts whole kilowatt-hours: over less, its rate is a saw.
_REGISTER_STEP: Final = "5m"
_POWER: Final = POINT_FAMILIES[Quantity.HEAT_POWER].family
_TEMPERATURE: Final = POINT_FAMILIES[Quantity.TEMPERATURE].family
_DIFFERENCE: Final = POINT_FAMILIES[Quantity.TEMPERATURE_DIFFERENCE].family
_FLOW: Final = POINT_FAMILIES[Quantity.VOLUME_FLOW].family
_OF_HEAT_METERS: Final = f"and on (site, device) {series(_POWER)}"
_NAMED: Final = "{{site}}, {{device}}, {{point}}"

_NOW: Final = Row(
    key="heat_now",
    panels=(
        Panel(
            key="heat_rate",
            look=Look.SERIES,
            unit=WATTS,
            queries=(
                Prometheus(
                    expr=rate(heat.RECOVERED),
                    legend="{{site}}, {{meter}}",
                    least_step=_REGISTER_STEP,
                ),
            ),
        ),
        Panel(
            key="heat_power",
            look=Look.SERIES,
            unit=WATTS,
            queries=(Prometheus(expr=one(_POWER), legend=_NAMED),),
        ),
        Panel(
            key="heat_temperatures",
            look=Look.SERIES,
            unit=CELSIUS,
            width=8,
            queries=(Prometheus(expr=f"{one(_TEMPERATURE)} {_OF_HEAT_METERS}", legend=_NAMED),),
        ),
        Panel(
            key="heat_differences",
            look=Look.SERIES,
            unit="kelvin",
            width=8,
            queries=(Prometheus(expr=one(_DIFFERENCE), legend=_NAMED),),
        ),
        Panel(
            key="heat_flows",
            look=Look.SERIES,
            unit=FLOW,
            width=8,
            queries=(Prometheus(expr=f"3600 * {one(_FLOW)} {_OF_HEAT_METERS}", legend=_NAMED),),
        ),
    ),
)

_FIGURES: Final = Row(
    key="heat_figures",
    panels=(
        kpi_panel("recovered_heat"),
        kpi_panel("erf"),
        kpi_panel("ere"),
        kpi_panel("seasonal_factor"),
        kpi_panel("delivered_temperature"),
        Panel(
            key="unrecovered_heat",
            look=Look.BARS,
            unit=shown_base("joules").grafana,
            width=8,
            queries=(
                Prometheus(
                    expr=shown_base("joules").of(one(heat.UNRECOVERED)),
                    legend="{{site}}, {{window}}",
                ),
            ),
        ),
    ),
)

_CHAIN: Final = Row(
    key="heat_chain",
    panels=(
        Panel(
            key="exchanger_clean",
            look=Look.SERIES,
            unit=SHARE,
            width=8,
            queries=(Prometheus(expr=one(heat.EXCHANGER_CLEAN), legend="{{site}}"),),
        ),
        Panel(
            key="exchanger_cleaning",
            look=Look.STAT,
            unit=INSTANT,
            width=4,
            queries=(Prometheus(expr=instant_ms(heat.EXCHANGER_DUE), legend="{{site}}"),),
        ),
        Panel(
            key="heat_disagree",
            look=Look.TABLE,
            width=6,
            queries=(Prometheus(expr=one(heat.FIGURES_DISAGREE)),),
            columns=(
                SITE,
                METER,
                WINDOW,
                Column(field="Value", word="disagrees", shown=BAD_IF_ONE),
            ),
        ),
        Panel(
            key="balances_open",
            look=Look.STAT,
            width=6,
            steps=NONE_WANTED,
            queries=(
                Prometheus(
                    expr=f"count by (site) ({one(heat.BALANCED)} == 0) "
                    f"or 0 * count by (site) ({one(heat.BALANCED)})",
                    legend="{{site}}",
                ),
            ),
        ),
    ),
)

_HISTORY: Final = Row(
    key="history",
    folded=True,
    panels=(
        history_panel("recovered_heat", ClosedSpan.DAY),
        history_panel("recovered_heat", ClosedSpan.MONTH),
        history_panel("erf", ClosedSpan.DAY),
        history_panel("erf", ClosedSpan.MONTH),
        history_panel("delivered_temperature", ClosedSpan.DAY),
        history_panel("delivered_temperature", ClosedSpan.MONTH),
    ),
)

BOARD: Final = Board(
    uid="boucle-heat",
    key="heat",
    rows=(_NOW, _FIGURES, _CHAIN, _HISTORY),
    variables=(SITE_VARIABLE, WINDOW_VARIABLE),
    marks=(BREACH_MARKS, IMPORT_MARKS, JOURNAL_MARKS),
)
