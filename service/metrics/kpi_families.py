"""The families of the KPIs: one of each KPI in base units, with its uncertainty and its limits.

Source: Prometheus documentation, "Metric and label naming": base units, the unit in the name,
one unit a family.
"""

from dataclasses import dataclass
from typing import Final

from models.kpi.definition import Kpi
from models.kpi.registry import KPIS
from models.kpi.words_en import ENGLISH
from service.metrics.family import Family

_J_PER_KWH: Final = 3.6e6
# Unit of a KPI: unit of its family, and what a figure is multiplied by. Levels and their
# differences are in dB, for which there is no base unit; A-weighted, which the name says.
_UNITS: Final = {
    "ratio": ("ratio", 1.0),
    "kWh": ("joules", _J_PER_KWH),
    "degC": ("celsius", 1.0),
    "K.d": ("kelvin_seconds", 86_400.0),
    "L/kWh": ("cubic_meters_per_joule", 1e-3 / _J_PER_KWH),
    "kgCO2e": ("grams", 1e3),
    "kgCO2e/kWh": ("grams_per_joule", 1e3 / _J_PER_KWH),
    "dB(A)": ("dba", 1.0),
    # Grams of CO2 with the same effect as a gram: a ratio.
    "GWP": ("ratio", 1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiFamilies:
    """What is shown of one KPI, each family in ``unit``; ``factor`` brings a figure to it."""

    factor: float
    unit: str
    value: Family
    expanded_uncertainty: Family
    threshold: Family
    margin: Family
    forecast: Family

    @property
    def all(self) -> tuple[Family, ...]:
        """The five families."""
        return (
            self.value,
            self.expanded_uncertainty,
            self.threshold,
            self.margin,
            self.forecast,
        )


def _families(kpi: Kpi) -> KpiFamilies:
    unit, factor = _UNITS[kpi.unit]
    stem = kpi.id.removesuffix(f"_{unit}")
    words = ENGLISH.kpis[kpi.id]
    return KpiFamilies(
        factor=factor,
        unit=unit,
        value=Family(
            name=f"boucle_{stem}_{unit}",
            text=f"{words.label}: {words.about}",
            labels=("window",),
            absent="when withheld: boucle_kpi_withheld says why",
        ),
        expanded_uncertainty=Family(
            name=f"boucle_{stem}_expanded_uncertainty_{unit}",
            text=f"Expanded uncertainty of {words.label}, k = 2",
            labels=("window",),
            absent="when the figure is withheld, or has no uncertainty",
        ),
        threshold=Family(
            name=f"boucle_threshold_{stem}_{unit}",
            text=f"What a rule asks of {words.label} today: its bound is at_most or at_least",
            labels=("rule", "window", "bound"),
            absent="when the rule has no figure for this site and day",
        ),
        margin=Family(
            name=f"boucle_margin_{stem}_{unit}",
            text=f"Distance of {words.label} to the limit of a rule, positive within it",
            labels=("rule", "window"),
            absent="when the rule has no figure, or the site has none",
        ),
        forecast=Family(
            name=f"boucle_forecast_{stem}_{unit}",
            text=(
                f"{words.label} expected at the end of the calendar year: value, and "
                "lower and upper end of its 95 % interval"
            ),
            labels=("bound",),
            absent="when nothing can be forecast yet",
        ),
    )


KPI_FAMILIES: Final = {kpi.id: _families(kpi) for kpi in KPIS.values()}
