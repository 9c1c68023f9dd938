"""What an operator declares and no meter counts; and what the heat chain is made of.

Every declared figure carries where it comes from and of which year it is: it is shown beside
what was computed with it.
"""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from collectors.installation import Identifier
from models.heat.exchanger import Arrangement
from models.kpi.cue import FactorScope
from models.kpi.definition import DECLARED
from models.kpi.ref import RenewableKind
from models.kpi.registry import KPIS
from models.metering.tree import Role

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Year = Annotated[int, Field(ge=1990, le=2100)]

# What is surer than that was not measured: the best class of meters errs by as much (0,1 S of IEC
# 62053-22:2020).
_SURE_RATIO: Final = 0.001


def known_kpi(kpi: str) -> str:
    """The id of a KPI, or ValueError with those there are."""
    if kpi not in KPIS:
        msg = f"{kpi!r} is no KPI; use one of {', '.join(KPIS)}"
        raise ValueError(msg)
    return kpi


def _declarable(kpi: str) -> str:
    known = [one.id for one in KPIS.values() if DECLARED in one.windows]
    if kpi not in known:
        msg = f"{kpi!r} is no KPI that is declared; use one of {', '.join(known)}"
        raise ValueError(msg)
    return kpi


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CarbonFactorShape(_Shape):
    """Emission factor of the electricity received, location based."""

    kgco2e_per_kwh: float = Field(ge=0, le=2)
    source: Text
    vintage: Year
    scope: FactorScope


class CarbonRangeShape(_Shape):
    """Lowest and highest defensible emission factor of one source."""

    name: Text
    low_kgco2e_per_kwh: float = Field(ge=0, le=2)
    high_kgco2e_per_kwh: float = Field(ge=0, le=2)
    source: Text
    vintage: Year


class CarrierShape(_Shape):
    """What a unit of a form of energy beside electricity counts in E_DC.

    ``kwh_per_unit``: kWh for each kWh of bought cooling, by the factor of the system that provides
    it (EN 50600-4-2), or for each m3 of fuel, by its heat content.
    """

    carrier: Literal[Role.BOUGHT_COOLING, Role.BOUGHT_FUEL]
    kwh_per_unit: float = Field(gt=0, le=20_000)
    source: Text
    vintage: Year


class RenewableShape(_Shape):
    """Renewable energy of one origin; ``meters`` counts it, or ``energy_kwh`` declares it.

    A declared energy is for twelve months.
    """

    name: Text
    kind: RenewableKind
    attributes_retired: bool
    meters: tuple[Identifier, ...] = ()
    energy_kwh: float | None = Field(ge=0, default=None)
    evidence: str = ""


class BaseYearShape(_Shape):
    """The year a reduction trajectory starts from."""

    year: Year
    energy_kwh: float = Field(gt=0)
    u_kwh: float = Field(ge=0)


class FigureShape(_Shape):
    """A KPI the operator states and no meter counts; it never proves what asks for a measurement.

    ``kpi`` is a KPI of the registry that may be declared, in its unit;
    ``expanded_uncertainty`` (k = 2) is what the operator says of it, null when nothing is said. One
    below a thousandth of the value needs its reason.
    """

    kpi: Annotated[str, AfterValidator(_declarable)]
    value: float
    expanded_uncertainty: float | None = Field(ge=0, default=None)
    uncertainty_reason: Text | None = None
    year: Year
    source: Text

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        kpi = KPIS[self.kpi]
        if not kpi.lower <= self.value <= kpi.upper:
            msg = f"a {self.kpi} of {self.value:g} is impossible in {kpi.unit}: correct its unit"
            raise ValueError(msg)
        said = self.expanded_uncertainty
        is_sure = said is not None and said < _SURE_RATIO * abs(self.value)
        if is_sure and self.uncertainty_reason is None:
            msg = "so small an expanded_uncertainty needs an uncertainty_reason"
            raise ValueError(msg)
        return self


class DutyShape(_Shape):
    """What the operator says of a duty to declare, or an inspector found: done, or not done.

    ``duty`` is the ``declaration`` of a rule of the charter, ``on`` the day it was done, and
    ``received_on`` the day it was told where that is another. ``sha256`` ties the document.
    """

    duty: Identifier
    done: bool
    on: date | None = None
    for_year: Year | None = None
    document: Text
    author: Literal["operator", "taker", "inspector", "authority"] = "operator"
    received_on: date | None = None
    sha256: str | None = Field(pattern=r"^[0-9a-f]{64}$", default=None)


class InspectionShape(_Shape):
    """What one who checks the site measured, where and as the text asks for it.

    It outranks the sensors until there is a newer one. ``kpi`` and ``value`` are in the unit of the
    registry; ``indoors`` says that a noise was measured in a main room of a dwelling,
    ``noise_minutes`` how long it lasts in its period.
    """

    kpi: Annotated[str, AfterValidator(known_kpi)]
    measured_on: date
    value: float
    expanded_uncertainty: float = Field(gt=0)
    level_dba: float | None = None
    indoors: bool = False
    noise_minutes: float | None = Field(ge=0, default=None)
    author: Literal["inspector", "authority"] = "inspector"
    received_on: date | None = None
    document: Text
    sha256: str | None = Field(pattern=r"^[0-9a-f]{64}$", default=None)


class TakerReportShape(_Shape):
    """What a taker of heat says it received in one legal month, by its own meter or bill.

    ``u_ratio`` is the relative standard uncertainty (k = 1) of the taker's figure;
    ``line_loss_ratio`` the most that may be lost between the site's meter and the taker's.
    """

    taker: Identifier
    month: Annotated[str, StringConstraints(pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$")]
    heat_kwh: float = Field(ge=0)
    u_ratio: float = Field(gt=0, le=0.2)
    line_loss_ratio: float = Field(ge=0, lt=0.5, default=0.0)
    source: Text


class DeclarationsShape(_Shape):
    """Everything declared. What is left out is not computed, and the page says so."""

    electricity_carbon: CarbonFactorShape | None = None
    fuel_carbon: CarbonFactorShape | None = None
    carriers: tuple[CarrierShape, ...] = ()
    fuel_kwh_per_m3: float | None = Field(gt=0, default=None)
    electricity_carbon_range: CarbonRangeShape | None = None
    displaced_heat: CarbonRangeShape | None = None
    renewables: tuple[RenewableShape, ...] | None = None
    trajectory_base: BaseYearShape | None = None
    figures: tuple[FigureShape, ...] = ()
    duties: tuple[DutyShape, ...] = ()
    inspections: tuple[InspectionShape, ...] = ()
    taker_reports: tuple[TakerReportShape, ...] = ()


class PointsOfShape(_Shape):
    """The same point of several devices."""

    point: Identifier
    devices: tuple[Identifier, ...] = Field(min_length=1)


class AirEnvelopeShape(_Shape):
    """The class the rooms are run to, and where the air enters the servers."""

    ashrae_class: Literal["A1", "A2", "A3", "A4", "H1"]
    inlets: PointsOfShape
    sensor_u_k: float = Field(gt=0, le=5)


class LiquidEnvelopeShape(_Shape):
    """The class of the liquid-cooled racks, and the water that is supplied to them."""

    ashrae_class: Literal["W17", "W27", "W32", "W40", "W45", "W+"]
    device: Identifier
    supply: Identifier
    sensor_u_k: float = Field(gt=0, le=5)


class EnvelopeShape(_Shape):
    """Temperatures the equipment is allowed to see."""

    air: AirEnvelopeShape | None = None
    liquid: LiquidEnvelopeShape | None = None


class ExchangerShape(_Shape):
    """The exchanger that hands over the heat, with what it was when clean.

    Its device needs the points of ``EXCHANGER_POINTS`` in ``models/site/heat.py``.
    """

    device: Identifier
    arrangement: Arrangement = Arrangement.COUNTER_FLOW
    clean_ua_kw_per_k: float = Field(gt=0)
    reference_flow_m3_per_h: float = Field(gt=0)
    flow_exponent: float = Field(ge=0, le=1)
    threshold_ratio: float = Field(gt=0, lt=1)
    temperature_u_k: float = Field(gt=0, le=5)


PowerKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]


class HeatOfferShape(_Shape):
    """What missed heat is reckoned from: powers as ``<device>.<point>``.

    ``requested`` is the signal of the takers behind the heat pumps, ``delivered`` what they got,
    ``rejected`` what left outdoors from the circuits the heat pumps draw on, ``machine_limit_kw``
    the most that all heat pumps give.
    """

    requested: PowerKey
    delivered: tuple[PowerKey, ...] = Field(min_length=1)
    rejected: tuple[PowerKey, ...] = Field(min_length=1)
    heat_pump_heat: tuple[PowerKey, ...] = Field(min_length=1)
    heat_pump_power: tuple[PowerKey, ...] = Field(min_length=1)
    machine_limit_kw: float = Field(gt=0)


class TakerShape(_Shape):
    """Who takes heat, from when to when: a contract ends, an operator changes."""

    id: Identifier
    label_fr: Text
    label_en: Text
    meter: Identifier
    operator: Text
    from_: date = Field(alias="from")
    until: date | None = None
    min_supply_temp_degc: float = Field(gt=0, lt=200)


# A meter of this file, or <device>.<point> of a power that is summed up over time.
Term = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]


class ThermalNodeShape(_Shape):
    """A place where energies must balance: what enters is what leaves plus losses.

    ``power_u_ratio`` is the relative standard uncertainty of powers that a machine reckons itself;
    ``scatter_ratio`` how much the losses of one hour may scatter, since pipes store heat.
    """

    id: Identifier
    label_fr: Text
    label_en: Text
    inputs: tuple[Term, ...] = Field(min_length=1)
    outputs: tuple[Term, ...] = Field(min_length=1)
    loss_min_ratio: float = Field(ge=0, lt=1)
    loss_max_ratio: float = Field(ge=0, lt=1)
    power_u_ratio: float = Field(gt=0, lt=0.5, default=0.02)
    scatter_ratio: float = Field(gt=0, lt=0.5, default=0.005)
