"""What an operator declares of a site and no meter counts.

Every declared figure carries where it comes from and of which year it is: it is shown beside what
was computed with it.
"""

from dataclasses import dataclass
from datetime import date

from models.kpi.carbon_avoided import FactorRange
from models.kpi.cue import EmissionFactor
from models.kpi.ref import RenewableEnergy
from models.kpi.trajectory import BaseYear
from models.metering.tree import Role
from models.site.heat import TakerReport


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFigure:
    """A KPI the operator states and no meter counts; it never proves what asks for a measurement.

    ``expanded_uncertainty`` (k = 2) is what the operator says of it, None when nothing is said.
    """

    kpi: str
    value: float
    expanded_uncertainty: float | None
    year: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyDone:
    """What the operator says of a duty to declare, or an inspector found: done, or not done.

    ``sha256`` ties the document.
    """

    duty: str
    done: bool
    on: date | None
    for_year: int | None
    document: str
    author: str
    received_on: date | None
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionFound:
    """What one who checks the site measured of a KPI, in its unit.

    ``indoors``: in a main room of a dwelling, where noise is heard from a lower level on.
    """

    kpi: str
    measured_on: date
    value: float
    expanded_uncertainty: float
    level_dba: float | None
    indoors: bool
    noise_minutes: float | None
    author: str
    received_on: date | None
    document: str
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierWeight:
    """What a unit of a form of energy beside electricity counts in E_DC.

    ``kwh_per_unit`` is for each kWh of bought cooling, by the factor of the system that provides it
    (EN 50600-4-2), or for each m3 of fuel, by its heat content.
    """

    carrier: Role
    kwh_per_unit: float
    source: str
    vintage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """Everything declared. What is left out is not computed, and the page says so."""

    electricity_carbon: EmissionFactor | None = None
    fuel_carbon: EmissionFactor | None = None
    carriers: tuple[CarrierWeight, ...] = ()
    fuel_kwh_per_m3: float | None = None
    electricity_carbon_range: FactorRange | None = None
    displaced_heat: FactorRange | None = None
    renewables: tuple[RenewableEnergy, ...] | None = None
    trajectory_base: BaseYear | None = None
    figures: tuple[DeclaredFigure, ...] = ()
    duties: tuple[DutyDone, ...] = ()
    inspections: tuple[InspectionFound, ...] = ()
    taker_reports: tuple[TakerReport, ...] = ()
