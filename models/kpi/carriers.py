"""PUE over all carriers: electricity, fuels, district cooling, with a named weighting."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, inf
from types import MappingProxyType

from models.kpi.declared import require_finite, with_rows
from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result, sum_uncertainty
from models.kpi.result import Flag, KpiResult
from models.metering.tree import ItBoundary, SignedMeters

_SPEC = RatioKpi(
    kpi="pue_all_carriers",
    unit="ratio",
    numerator_unit="kWh",
    lower=0.0,
    upper=inf,
    boundary="",
)

# Heat content, from the factsheet of EN 50600-4 (second-hand): kWh for each m3 or kg.
KWH_PER_UNIT = MappingProxyType(
    {
        "diesel_m3": 9_900.0,
        "natural_gas_m3": 10.5,
        "hydrogen_kg": 38.9,
        "bioethanol_m3": 6_000.0,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightingScheme:
    """How much one kWh of each carrier counts; named and versioned, shown with every result.

    A carrier without weight cannot be counted under the scheme: its supplier's factor must be
    declared with the carrier.
    """

    name: str
    version: str
    weight: MappingProxyType[str, float]
    status: str


FINAL_ENERGY = WeightingScheme(
    name="EN 50600-4-2 final energy",
    version="2016",
    weight=MappingProxyType({"electricity": 1.0, "gaseous_fuel": 1.0, "fluid_fuel": 1.0}),
    status="excerpts read; fluids for cooling take the factor of the system that provides them",
)
GREEN_GRID_2010 = WeightingScheme(
    name="The Green Grid source energy",
    version="2010",
    weight=MappingProxyType(
        {
            "electricity": 1.0,
            "gaseous_fuel": 0.35,
            "fluid_fuel": 0.35,
            "district_chilled_water": 0.31,
            "district_hot_water": 0.40,
            "district_steam": 0.43,
            "condenser_water": 0.03,
        }
    ),
    status="unverified: white paper not read",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One form of energy that crosses the boundary.

    ``kwh_per_unit`` is 1 for electricity and heat meters, the heat content for fuels
    (:data:`KWH_PER_UNIT`). ``supplier_factor`` replaces the scheme's weight, with its ``source``:
    EN 50600-4-2 asks for it for fluids for cooling.
    """

    name: str
    form: str
    meters: SignedMeters
    kwh_per_unit: float = 1.0
    supplier_factor: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse a factor without source."""
        require_finite(f"kwh_per_unit of {self.name!r}", self.kwh_per_unit)
        if self.supplier_factor is not None and not self.source.strip():
            msg = f"the factor of carrier {self.name!r} needs its source"
            raise ValueError(msg)


def pue_all_carriers(
    totals: MeteredTotals,
    carriers: Sequence[Carrier],
    it: ItBoundary,
    scheme: WeightingScheme,
    *,
    generator_output: SignedMeters | None = None,
) -> KpiResult:
    """Weighted energy of every carrier over the energy of the IT equipment.

    Parameters
    ----------
    totals : MeteredTotals
        Energies [kWh] and fuel amounts [m3, kg] over one jointly covered window.
    carriers : sequence of Carrier
        Each form of energy that enters, once.
    it : ItBoundary
        E_IT and its category.
    scheme : WeightingScheme
        FINAL_ENERGY, GREEN_GRID_2010 or one of the caller's own.
    generator_output : SignedMeters, optional
        Output meters of on-site generators whose fuel is among the carriers: named so that the
        same energy cannot be counted as fuel and again as electricity.

    Returns
    -------
    KpiResult
        ``pue_all_carriers`` [-], with scheme and version in the boundary. With weights below 1 it
        may lie below 1.

    Raises
    ------
    ValueError
        If a carrier has no weight, a meter counts twice, or fuel and the electricity made from
        it are both listed.

    Examples
    --------
    Electricity 1200 MWh and 300 MWh of district cooling whose supplier declares 0.2 kWh of
    electricity for each kWh of cold, for 1000 MWh of IT: (1200 + 60) / 1000.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2025, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("intake", "cold", "pdu"),
    ...     total=np.array([1.2e6, 3e5, 1e6]), u=np.zeros(3),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> carriers = (
    ...     Carrier(name="grid", form="electricity", meters=SignedMeters(plus=("intake",))),
    ...     Carrier(
    ...         name="cold", form="district_chilled_water", meters=SignedMeters(plus=("cold",)),
    ...         supplier_factor=0.2, source="invented",
    ...     ),
    ... )
    >>> it = ItBoundary(category=2, meters=SignedMeters(plus=("pdu",)))
    >>> pue_all_carriers(totals, carriers, it, FINAL_ENERGY).value
    1.26
    """
    _require_once(carriers, generator_output)
    rows: dict[str, float] = {}
    u: dict[str, float] = {}
    for carrier in carriers:
        per_unit = carrier.kwh_per_unit * _weight(carrier, scheme)
        weights = totals.weights(carrier.meters) * per_unit
        rows[f"carrier:{carrier.name}"] = float(weights @ totals.total)
        u[f"carrier:{carrier.name}"] = hypot(*sum_uncertainty(totals, weights))
    spec = replace(_SPEC, boundary=f"all carriers, weighted by {scheme.name} {scheme.version}")
    result = ratio_result(
        spec,
        with_rows(totals, rows, u),
        SignedMeters(plus=tuple(rows)),
        it.meters,
        category=it.category,
    )
    metered = tuple(meter for one in carriers for meter in one.meters.ids)
    declared = any(one.supplier_factor is not None for one in carriers)
    return replace(
        result,
        inputs=tuple(dict.fromkeys(metered + it.meters.ids)),
        flags=(*result.flags, Flag.DECLARED_INPUT) if declared else result.flags,
    )


def _weight(carrier: Carrier, scheme: WeightingScheme) -> float:
    if carrier.supplier_factor is not None:
        return require_finite(f"supplier_factor of {carrier.name!r}", carrier.supplier_factor)
    if carrier.form not in scheme.weight:
        msg = (
            f"{scheme.name} {scheme.version} has no weight for {carrier.form!r}: declare the "
            f"supplier's factor of carrier {carrier.name!r} with its source"
        )
        raise ValueError(msg)
    return scheme.weight[carrier.form]


def _require_once(carriers: Sequence[Carrier], generator_output: SignedMeters | None) -> None:
    meters = [meter for one in carriers for meter in one.meters.ids]
    twice = sorted({meter for meter in meters if meters.count(meter) > 1})
    if twice or len({one.name for one in carriers}) < len(carriers):
        msg = f"each carrier and meter counts once; {twice or 'a carrier name'} is listed twice"
        raise ValueError(msg)
    burnt = [one.name for one in carriers if one.form.endswith("_fuel")]
    made = sorted(set(meters) & set(generator_output.ids if generator_output else ()))
    if burnt and made:
        msg = f"fuel {burnt} and the electricity made from it {made} are both listed; keep one"
        raise ValueError(msg)
