"""How a base unit is shown: Grafana's unit, and what a figure is multiplied by for it.

Source: Grafana documentation, "Standard options", units; `suffix:` writes any other unit.
"""

from dataclasses import dataclass
from typing import Final

from models.kpi.registry import KPIS
from service.dashboards.description import NO_UNIT
from service.metrics.kpi_families import KPI_FAMILIES

SECONDS: Final = "s"
INSTANT: Final = "dateTimeAsIso"
SHARE: Final = "percentunit"
COUNT: Final = "short"
BYTES: Final = "bytes"
PER_SECOND: Final = "ops"
WATTS: Final = "watt"
CELSIUS: Final = "celsius"
FLOW: Final = "suffix: m³/h"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownUnit:
    """``grafana`` is the unit it has there; ``factor`` brings the base unit to it."""

    grafana: str
    factor: float = 1.0

    def of(self, expr: str) -> str:
        """An expression in the unit that is shown."""
        return expr if self.factor == 1.0 else f"{self.factor!r} * {expr}"


# Heat and electricity are sold by the kilowatt-hour: nobody reads gigajoules off a bill.
_SHOWN: Final = {
    "ratio": ShownUnit(grafana=NO_UNIT),
    "joules": ShownUnit(grafana="watth", factor=1.0 / 3600.0),
    "celsius": ShownUnit(grafana=CELSIUS),
    "kelvin_seconds": ShownUnit(grafana="suffix: K·d", factor=1.0 / 86_400.0),
    "cubic_meters_per_joule": ShownUnit(grafana="suffix: L/kWh", factor=3.6e9),
    "grams": ShownUnit(grafana="massg"),
    "grams_per_joule": ShownUnit(grafana="suffix: g/kWh", factor=3.6e6),
    "dba": ShownUnit(grafana="suffix: dB(A)"),
}
# The store keeps each KPI in its canonical unit.
_STORED: Final = {
    "ratio": NO_UNIT,
    "kWh": "kwatth",
    "degC": CELSIUS,
    "L/kWh": "suffix: L/kWh",
}


def shown_base(unit: str) -> ShownUnit:
    """How a base unit is shown."""
    return _SHOWN[unit]


def _is_share(kpi: str) -> bool:
    """A share of a whole; other ratios, such as a PUE, are plain numbers."""
    return KPIS[kpi].unit == "ratio" and KPIS[kpi].upper == 1.0


def shown_kpi(kpi: str) -> ShownUnit:
    """How the family of a KPI is shown."""
    return ShownUnit(grafana=SHARE) if _is_share(kpi) else _SHOWN[KPI_FAMILIES[kpi].unit]


def stored_kpi(kpi: str) -> str:
    """Grafana's unit of a KPI as the store keeps it."""
    return SHARE if _is_share(kpi) else _STORED[KPIS[kpi].unit]
