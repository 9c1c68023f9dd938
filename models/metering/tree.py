"""The meter tree: which meter measures what, inside what; and what follows for the KPIs.

Nobody types a formula. The sums behind PUE, WUE and ERF follow from the roles of the meters
and from what is metered inside what.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.metering.boundary import BoundaryFact
from models.metering.starting import starting_flow_m3_per_h, starting_rate_per_h
from models.metering.uncertainty import Accuracy, CommonError, HeatAccuracy
from models.quantities import Quantity
from models.readings import FloatArray
from models.registers.register import EventKind, Register, RegisterEvent


class Role(StrEnum):
    """What a meter stands for in the energy and water balance."""

    UTILITY_INTAKE = "utility_intake"
    GENERATOR = "generator"
    PHOTOVOLTAIC = "photovoltaic"
    EXPORT = "export"
    OTHER_LOAD = "other_load"
    BOUGHT_COOLING = "bought_cooling"
    BOUGHT_FUEL = "bought_fuel"
    UPS_INPUT = "ups_input"
    UPS_OUTPUT = "ups_output"
    PDU = "pdu"
    COOLING = "cooling"
    HEAT_PUMP = "heat_pump"
    GENERAL = "general"
    FUEL = "fuel"
    POTABLE_WATER = "potable_water"
    RAIN_WATER = "rain_water"
    OTHER_WATER = "other_water"
    HEAT_HANDOVER = "heat_handover"
    HEAT_SOURCE = "heat_source"
    HEAT_REMOVED = "heat_removed"


class Serves(StrEnum):
    """What the heat pumps behind a meter are for."""

    REUSE_ONLY = "reuse_only"
    REUSE_AND_COOLING = "reuse_and_cooling"


SOURCES = frozenset({Role.UTILITY_INTAKE, Role.GENERATOR, Role.PHOTOVOLTAIC})
# Forms of energy that enter beside electricity: what one unit of them counts must be declared.
CARRIERS = {
    Role.BOUGHT_COOLING: (
        BoundaryFact.BOUGHT_COOLING_COUNTED,
        BoundaryFact.BOUGHT_COOLING_LACKING,
    ),
    Role.BOUGHT_FUEL: (BoundaryFact.BOUGHT_FUEL_COUNTED, BoundaryFact.BOUGHT_FUEL_LACKING),
}
AT_BOUNDARY = SOURCES | {Role.EXPORT}
WATER_INPUTS = frozenset({Role.POTABLE_WATER, Role.RAIN_WATER, Role.OTHER_WATER})
NON_IT = frozenset({Role.COOLING, Role.HEAT_PUMP, Role.GENERAL, Role.OTHER_LOAD})

# qs, the most a heat meter stands for a short time, is at most twice qp (EN 1434-1).
_QS_OF_QP = 2.0

QUANTITY_OF_ROLE: dict[Role, Quantity] = {
    **dict.fromkeys(
        (
            Role.UTILITY_INTAKE,
            Role.GENERATOR,
            Role.PHOTOVOLTAIC,
            Role.EXPORT,
            Role.OTHER_LOAD,
            Role.UPS_INPUT,
            Role.UPS_OUTPUT,
            Role.PDU,
            Role.COOLING,
            Role.HEAT_PUMP,
            Role.GENERAL,
        ),
        Quantity.ACTIVE_ENERGY,
    ),
    Role.FUEL: Quantity.FUEL_VOLUME,
    Role.BOUGHT_FUEL: Quantity.FUEL_VOLUME,
    Role.BOUGHT_COOLING: Quantity.HEAT_ENERGY,
    Role.POTABLE_WATER: Quantity.VOLUME,
    Role.RAIN_WATER: Quantity.VOLUME,
    Role.OTHER_WATER: Quantity.VOLUME,
    Role.HEAT_HANDOVER: Quantity.HEAT_ENERGY,
    Role.HEAT_SOURCE: Quantity.HEAT_ENERGY,
    Role.HEAT_REMOVED: Quantity.HEAT_ENERGY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFormat:
    """How a register is written: where it starts again, its step, one unit of a float32."""

    modulus: float | None = None
    resolution: float = 0.0
    float32_unit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One meter. ``point`` is the key of its cumulative register.

    ``inside`` names the meter or bus that feeds it; None at the boundary of the site.
    ``volume_point`` of a heat meter is the key of its m3 register, for its mean flow and dT.
    ``max_rate_per_h`` is the most it can count in an hour, ``resolution`` the step in which its
    register counts (0: none that matters), ``starting_rate_per_h`` the rate below which it may not
    count (None: that of its class). ``net`` registers run backwards as well. ``complete`` says that
    all inside it is metered, ``serves`` what heat pumps are for, ``fresh`` that other water than
    potable is fresh. ``events`` are what was declared to have been done to it.
    """

    id: str
    role: Role
    point: str
    accuracy: Accuracy
    inside: str | None = None
    power_point: str | None = None
    volume_point: str | None = None
    modulus: float | None = None
    max_rate_per_h: float | None = None
    resolution: float = 0.0
    float32_unit: float | None = None
    starting_rate_per_h: float | None = None
    volume_format: RegisterFormat = RegisterFormat()
    net: bool = False
    complete: bool = False
    serves: Serves | None = None
    fresh: bool = False
    events: tuple[RegisterEvent, ...] = ()
    common_errors: tuple[CommonError, ...] = ()

    @property
    def starting_rate(self) -> float:
        """Rate below which it may not count, declared or that of its class. [kWh/h or m3/h]"""
        if self.starting_rate_per_h is not None:
            return self.starting_rate_per_h
        return starting_rate_per_h(self.accuracy, self.max_rate_per_h)

    @property
    def register(self) -> Register:
        """Its energy or volume register."""
        return Register(
            key=self.point,
            modulus=self.modulus,
            max_rate_per_h=self.max_rate_per_h,
            starting_rate_per_h=self.starting_rate,
            resolution=self.resolution,
            float32_unit=self.float32_unit,
            net=self.net,
            events=self.events,
        )

    @property
    def volume_register(self) -> Register | None:
        """The m3 register of a heat meter.

        It counts at most twice the nominal flow (EN 1434-1: qs is at most 2 qp, background
        knowledge). Where the meter was replaced or reset its count is broken: its own indices are
        not declared.
        """
        if self.volume_point is None:
            return None
        heat = self.accuracy if isinstance(self.accuracy, HeatAccuracy) else None
        return Register(
            key=self.volume_point,
            modulus=self.volume_format.modulus,
            max_rate_per_h=None if heat is None else _QS_OF_QP * heat.qp_m3_per_h,
            starting_rate_per_h=0.0 if heat is None else starting_flow_m3_per_h(heat),
            resolution=self.volume_format.resolution,
            float32_unit=self.volume_format.float32_unit,
            events=tuple(
                RegisterEvent(at_us=event.at_us, kind=event.kind)
                for event in self.events
                if event.kind is not EventKind.RATIO_CORRECTED
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMeters:
    """A sum of meters: ``plus`` minus ``minus``.

    ``factors`` are of the meters that do not count one for one: how many kWh of the sum one unit
    of the register is, such as 0.3 for a kWh of bought cooling.
    """

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    factors: tuple[tuple[str, float], ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All meters of the sum."""
        return self.plus + self.minus

    def weights(self, meters: Sequence[str]) -> FloatArray:
        """How much one unit of each of some meters counts in the sum; 0 for those outside it.

        Examples
        --------
        >>> bought = SignedMeters(plus=("grid", "cold"), minus=("shop",), factors=(("cold", 0.3),))
        >>> bought.weights(["grid", "cold", "shop", "pdu"]).tolist()
        [1.0, 0.3, -1.0, 0.0]
        """
        factor = dict(self.factors)
        signed = {one: -factor.get(one, 1.0) for one in self.minus}
        for one in self.plus:
            signed[one] = 0.0 if one in signed else factor.get(one, 1.0)
        return np.array([signed.get(one, 0.0) for one in meters], dtype=float)

    def less(self, part: "SignedMeters") -> "SignedMeters":
        """This sum without another.

        Examples
        --------
        >>> SignedMeters(plus=("grid",)).less(SignedMeters(plus=("pump",), minus=("fan",)))
        SignedMeters(plus=('grid', 'fan'), minus=('pump',), factors=())
        """
        return SignedMeters(
            plus=self.plus + part.minus,
            minus=self.minus + part.plus,
            factors=tuple(dict(self.factors + part.factors).items()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItBoundary:
    """Where IT energy is measured: PUE category (1 UPS output, 2 PDU output) and the sum.

    ``facts`` say what is between the meters and the equipment, and what was taken out.
    """

    category: int
    meters: SignedMeters
    facts: tuple[BoundaryFact, ...] = ()


class MeterTree:
    """The meters of one site and the buses between them."""

    def __init__(
        self,
        meters: Iterable[Meter],
        buses: Iterable[str] = (),
        *,
        complete_buses: Iterable[str] = (),
        kwh_per_unit: Mapping[Role, float] | None = None,
    ) -> None:
        """Index the meters; call :func:`models.metering.problems.tree_problems` first.

        Parameters
        ----------
        meters : iterable of Meter
            In the order of the site file.
        buses, complete_buses : iterable of str
            Nodes without a meter, and those of them of which all that they feed is metered.
        kwh_per_unit : mapping of Role to float, optional
            Declared weight in E_DC of the carriers beside electricity. [kWh for each kWh or m3]
        """
        self.meters = {meter.id: meter for meter in meters}
        self.buses = frozenset(buses)
        self.complete_buses = frozenset(complete_buses)
        self.kwh_per_unit = dict(kwh_per_unit or {})

    def with_role(self, *roles: Role) -> tuple[str, ...]:
        """Ids of the meters that have one of the roles, in file order."""
        wanted = frozenset(roles)
        return tuple(m.id for m in self.meters.values() if m.role in wanted)

    def children(self, node: str) -> tuple[Meter, ...]:
        """Meters directly inside a meter or bus."""
        return tuple(m for m in self.meters.values() if m.inside == node)

    def descendants(self, node: str) -> tuple[Meter, ...]:
        """Meters anywhere inside a meter or bus."""
        found: list[Meter] = []
        queue = [node]
        while queue:
            for child in self.children(queue.pop()):
                found.append(child)
                queue.append(child.id)
        return tuple(found)

    def is_complete(self, node: str) -> bool:
        """Whether everything inside a meter or bus is metered.

        It is declared, but for a UPS: what leaves it leaves by its outputs.
        """
        meter = self.meters.get(node)
        if meter is None:
            return node in self.complete_buses
        inside = self.children(node)
        is_ups = meter.role is Role.UPS_INPUT and bool(inside)
        return meter.complete or (is_ups and all(m.role is Role.UPS_OUTPUT for m in inside))

    def facility_energy(self) -> SignedMeters:
        """E_DC: what enters at the boundary, less what is given back and what is not its own.

        A carrier beside electricity without a weight is left out; :meth:`facility_facts` says so.
        """
        carried = {
            one: self.kwh_per_unit[role]
            for role in CARRIERS
            if role in self.kwh_per_unit
            for one in self.with_role(role)
        }
        return SignedMeters(
            plus=(*self.with_role(*SOURCES), *carried),
            minus=(*self.with_role(Role.EXPORT), *self.outermost(Role.OTHER_LOAD)),
            factors=tuple(carried.items()),
        )

    def facility_facts(self) -> tuple[BoundaryFact, ...]:
        """What was taken out of E_DC, and what enters beside electricity."""
        taken = (
            (Role.OTHER_LOAD, BoundaryFact.OTHER_LOADS_TAKEN_OUT),
            (Role.EXPORT, BoundaryFact.EXPORT_TAKEN_OUT),
        )
        facts = [fact for role, fact in taken if self.with_role(role)]
        for role, (counted, lacking) in CARRIERS.items():
            if self.with_role(role):
                facts.append(counted if role in self.kwh_per_unit else lacking)
        return tuple(facts)

    def it_energy(self) -> ItBoundary | None:
        """E_IT at the best category the meters allow; None without IT meters.

        Category 2 needs PDU meters inside every UPS output. Otherwise category 1: UPS outputs, and
        the PDUs that no UPS feeds. Loads that are not IT and are metered inside the chosen meters
        are subtracted, whatever feeds them.
        """
        ups, pdus = self.outermost(Role.UPS_OUTPUT), self.outermost(Role.PDU)
        behind = {m.id for one in ups for m in self.descendants(one)}
        past = tuple(one for one in pdus if one not in behind)
        every_ups_has_pdus = all(
            any(m.role is Role.PDU for m in self.descendants(one)) for one in ups
        )
        if not ups and not pdus:
            return None
        at_pdus = every_ups_has_pdus and bool(pdus)
        meters = self._without_non_it(pdus if at_pdus else ups + past)
        facts = [BoundaryFact.IT_AT_PDU if at_pdus else BoundaryFact.IT_AT_UPS_OUTPUT]
        if ups and past:
            facts.append(BoundaryFact.IT_FED_PAST_THE_UPS)
        if meters.minus:
            facts.append(BoundaryFact.NON_IT_TAKEN_OUT)
        return ItBoundary(category=2 if at_pdus else 1, meters=meters, facts=tuple(facts))

    def _without_non_it(self, plus: tuple[str, ...]) -> SignedMeters:
        minus: list[str] = []
        for node in plus:
            inside = [m for m in self.descendants(node) if m.role in NON_IT]
            covered = {d.id for m in inside for d in self.descendants(m.id)}
            minus.extend(m.id for m in inside if m.id not in covered)
        return SignedMeters(plus=plus, minus=tuple(minus))

    def outermost(self, role: Role) -> tuple[str, ...]:
        """Meters of a role that are not inside another of that role: nothing counts twice."""
        ids = self.with_role(role)
        inner = {below.id for one in ids for below in self.descendants(one)}
        return tuple(one for one in ids if one not in inner)

    def own(self, role: Role) -> SignedMeters:
        """A role's energy that is the data centre's own: each once, less other loads inside."""
        others = self.outermost(Role.OTHER_LOAD)
        not_own = {m.id for one in others for m in self.descendants(one)}
        plus = tuple(one for one in self.outermost(role) if one not in not_own)
        inside = {m.id for one in plus for m in self.descendants(one)}
        return SignedMeters(plus=plus, minus=tuple(one for one in others if one in inside))

    def water_input(self) -> SignedMeters:
        """W_IN: all water that enters for the data centre's functions."""
        return SignedMeters(plus=self.with_role(*WATER_INPUTS))

    def fresh_water(self) -> SignedMeters:
        """W_IN-FRE: potable water, and what is declared fresh of the rest."""
        fresh = (m for m in self.meters.values() if m.role in WATER_INPUTS)
        return SignedMeters(
            plus=tuple(m.id for m in fresh if m.fresh or m.role is Role.POTABLE_WATER)
        )

    def reused_heat(self) -> SignedMeters:
        """E_REUSE: heat handed over to others at the boundary."""
        return SignedMeters(plus=self.with_role(Role.HEAT_HANDOVER))

    def heat_upgrade(self) -> SignedMeters:
        """Electricity of heat pumps that serve the reuse of heat alone; empty if one does not."""
        pumps = self.own(Role.HEAT_PUMP)
        alone = all(self.meters[one].serves is Serves.REUSE_ONLY for one in pumps.plus)
        return pumps if alone else SignedMeters(plus=())
