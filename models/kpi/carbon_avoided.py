"""Carbon avoided by delivered heat: a range, with the displaced source declared."""

from dataclasses import dataclass
from math import hypot, isnan

from models.kpi.declared import require_finite
from models.kpi.metered import MeteredTotals, flags_of, sum_uncertainty, withheld_result
from models.kpi.result import Flag, KpiResult, Withheld
from models.metering.tree import SignedMeters
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray

_UNIT = "kgCO2e"
_LOW, _HIGH = "carbon_avoided_low", "carbon_avoided_high"
_MIN_COVERAGE_RATIO = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRange:
    """Lowest and highest defensible emission factor of one source. [kgCO2e/kWh]

    ``name`` says what it is (gas boiler at the margin, network average), ``source`` and
    ``vintage`` where the figures come from.
    """

    name: str
    low_kgco2e_per_kwh: float
    high_kgco2e_per_kwh: float
    source: str
    vintage: int

    def __post_init__(self) -> None:
        """Refuse a range upside down, below zero or without a source."""
        require_finite("low_kgco2e_per_kwh", self.low_kgco2e_per_kwh)
        require_finite("high_kgco2e_per_kwh", self.high_kgco2e_per_kwh, self.low_kgco2e_per_kwh)
        if not self.name.strip() or not self.source.strip():
            msg = "an emission factor needs a name and its source"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonAvoided:
    """Both ends of the range. Neither is shown without the other."""

    low: KpiResult
    high: KpiResult


def carbon_avoided(
    totals: MeteredTotals,
    delivered: SignedMeters,
    heat_pumps: SignedMeters,
    displaced: FactorRange,
    electricity: FactorRange,
) -> CarbonAvoided:
    """Emissions that the delivered heat spared the taker, less those of the heat pumps.

    Parameters
    ----------
    totals : MeteredTotals
        Heat and electricity over one jointly covered window. [kWh]
    delivered : SignedMeters
        Q: heat where it is handed over, behind the heat pumps.
    heat_pumps : SignedMeters
        W_hp: all electricity that raised this heat, on either side of the boundary. An empty
        sum says that there is no heat pump.
    displaced : FactorRange
        EF_net: what the heat replaces. The choice between the marginal source and the network's
        average decides the figure and is declared, not made here.
    electricity : FactorRange
        EF_elec.

    Returns
    -------
    CarbonAvoided
        Q EF_net - W_hp EF_elec in kgCO2e: ``low`` with the lowest EF_net and highest EF_elec,
        ``high`` the other way round. Below zero the heat costs more than it spares. The expanded
        uncertainties are of the meters alone; the spread between the ends is of the factors.

    Notes
    -----
    A naive credit, derived, from no standard. The emissions of the servers are not counted
    against the heat. Not extrapolated beyond the covered time.

    Examples
    --------
    1000 kWh of heat at COP 4 against a gas boiler of 0.20 to 0.25 kg/kWh (invented figures):

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=day, meters=("loop", "hp"), total=np.array([1000.0, 250.0]), u=np.zeros(2),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> gas = FactorRange(
    ...     name="gas boiler", low_kgco2e_per_kwh=0.20, high_kgco2e_per_kwh=0.25,
    ...     source="example", vintage=2024,
    ... )
    >>> grid = FactorRange(
    ...     name="grid", low_kgco2e_per_kwh=0.02, high_kgco2e_per_kwh=0.06,
    ...     source="example", vintage=2024,
    ... )
    >>> spared = carbon_avoided(
    ...     totals, SignedMeters(plus=("loop",)), SignedMeters(plus=("hp",)), gas, grid
    ... )
    >>> spared.low.value, spared.high.value
    (185.0, 245.0)
    """
    inputs = tuple(dict.fromkeys(delivered.ids + heat_pumps.ids))
    heat, power = totals.weights(delivered), totals.weights(heat_pumps)
    ends = {
        _LOW: (displaced.low_kgco2e_per_kwh, electricity.high_kgco2e_per_kwh),
        _HIGH: (displaced.high_kgco2e_per_kwh, electricity.low_kgco2e_per_kwh),
    }
    why = _why_withheld(totals, delivered)
    low, high = (
        withheld_result(kpi, _UNIT, totals.window, why, coverage_ratio=totals.coverage_ratio)
        if why is not None
        else _end(kpi, totals, heat * ef_net - power * ef_elec, inputs, (displaced, electricity))
        for kpi, (ef_net, ef_elec) in ends.items()
    )
    return CarbonAvoided(low=low, high=high)


def _why_withheld(totals: MeteredTotals, delivered: SignedMeters) -> Withheld | None:
    if not delivered.plus:
        return Withheld.NO_METER
    if totals.coverage_ratio == 0.0:
        return Withheld.NO_DATA
    return Withheld.LOW_COVERAGE if totals.coverage_ratio < _MIN_COVERAGE_RATIO else None


def _end(
    kpi: str,
    totals: MeteredTotals,
    kg_per_unit: FloatArray,
    inputs: tuple[str, ...],
    declared: tuple[FactorRange, FactorRange],
) -> KpiResult:
    value = float(kg_per_unit @ totals.total)
    u = hypot(*sum_uncertainty(totals, kg_per_unit))
    displaced, electricity = declared
    return KpiResult(
        kpi=kpi,
        window=totals.window,
        unit=_UNIT,
        value=None if isnan(value) else value,
        withheld=Withheld.NO_DATA if isnan(value) else None,
        expanded_uncertainty=None if isnan(u) else COVERAGE_FACTOR * u,
        coverage_ratio=totals.coverage_ratio,
        bridged_ratio=totals.bridged_ratio,
        boundary=(
            f"displaced: {displaced.name} ({displaced.source}, {displaced.vintage}); electricity: "
            f"{electricity.name} ({electricity.source}, {electricity.vintage})"
        ),
        origin=totals.origin,
        flags=(*flags_of(totals, inputs), Flag.DECLARED_INPUT),
        numerator=value,
        numerator_unit=_UNIT,
        inputs=inputs,
    )
