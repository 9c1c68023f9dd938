"""The meter tree: which meter measures what, inside what; and what follows for the KPIs.

Nobody types a formula. The sums behind PUE, WUE and ERF follow from the roles of the meters
and from what is metered inside what.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from models.metering.uncertainty import Accuracy, CommonError
from models.quantities import Quantity


class Role(StrEnum):
    """What a meter stands for in the energy and water balance."""

    UTILITY_INTAKE = "utility_intake"
    GENERATOR = "generator"
    PHOTOVOLTAIC = "photovoltaic"
    UPS_INPUT = "ups_input"
    UPS_OUTPUT = "ups_output"
    PDU = "pdu"
    COOLING = "cooling"
    HEAT_PUMP = "heat_pump"
    GENERAL = "general"
    FUEL = "fuel"
    POTABLE_WATER = "potable_water"
    RAIN_WATER = "rain_water"
    HEAT_HANDOVER = "heat_handover"
    HEAT_SOURCE = "heat_source"
    HEAT_REMOVED = "heat_removed"


SOURCES = frozenset({Role.UTILITY_INTAKE, Role.GENERATOR, Role.PHOTOVOLTAIC})
WATER_INPUTS = frozenset({Role.POTABLE_WATER, Role.RAIN_WATER})
NON_IT = frozenset({Role.COOLING, Role.HEAT_PUMP, Role.GENERAL})

QUANTITY_OF_ROLE: dict[Role, Quantity] = {
    **dict.fromkeys(
        (
            Role.UTILITY_INTAKE,
            Role.GENERATOR,
            Role.PHOTOVOLTAIC,
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
    Role.POTABLE_WATER: Quantity.VOLUME,
    Role.RAIN_WATER: Quantity.VOLUME,
    Role.HEAT_HANDOVER: Quantity.HEAT_ENERGY,
    Role.HEAT_SOURCE: Quantity.HEAT_ENERGY,
    Role.HEAT_REMOVED: Quantity.HEAT_ENERGY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One meter. ``point`` is the key of its cumulative register.

    ``inside`` names the meter or bus that feeds it; None at the boundary of the site.
    ``volume_point`` of a heat meter is the key of its m3 register, for its mean flow and dT.
    ``max_rate_per_h`` is the most it can count in an hour, ``resolution`` the step in which its
    register counts (0: none that matters).
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
    common_errors: tuple[CommonError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMeters:
    """A sum of meters: ``plus`` minus ``minus``."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All meters of the sum."""
        return self.plus + self.minus


@dataclass(frozen=True, slots=True, kw_only=True)
class ItBoundary:
    """Where IT energy is measured: PUE category (1 UPS output, 2 PDU output) and the sum."""

    category: int
    meters: SignedMeters


class MeterTree:
    """The meters of one site and the buses between them."""

    def __init__(self, meters: Iterable[Meter], buses: Iterable[str] = ()) -> None:
        """Index the meters; call :func:`tree_problems` first on data from outside."""
        self.meters = {meter.id: meter for meter in meters}
        self.buses = frozenset(buses)

    def with_role(self, *roles: Role) -> tuple[str, ...]:
        """Ids of the meters that have one of the roles, in file order."""
        return tuple(m.id for m in self.meters.values() if m.role in roles)

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

    def facility_energy(self) -> SignedMeters:
        """E_DC: every electrical source at the boundary of the data centre."""
        return SignedMeters(plus=self.with_role(*SOURCES))

    def it_energy(self) -> ItBoundary | None:
        """E_IT at the best category the meters allow; None without IT meters.

        Category 2 needs PDU meters inside every UPS output. Otherwise category 1: UPS outputs.
        Non-IT loads metered inside the chosen meters are subtracted, whatever feeds them.
        """
        ups = self.with_role(Role.UPS_OUTPUT)
        pdus = self.with_role(Role.PDU)
        every_ups_has_pdus = all(
            any(m.role is Role.PDU for m in self.descendants(one)) for one in ups
        )
        if pdus and every_ups_has_pdus:
            return ItBoundary(category=2, meters=self._without_non_it(pdus))
        if ups:
            return ItBoundary(category=1, meters=self._without_non_it(ups))
        return None

    def _without_non_it(self, plus: tuple[str, ...]) -> SignedMeters:
        minus: list[str] = []
        for node in plus:
            inside = [m for m in self.descendants(node) if m.role in NON_IT]
            covered = {d.id for m in inside for d in self.descendants(m.id)}
            minus.extend(m.id for m in inside if m.id not in covered)
        return SignedMeters(plus=plus, minus=tuple(minus))

    def water_input(self) -> SignedMeters:
        """W_IN: all water that enters for the data centre's functions."""
        return SignedMeters(plus=self.with_role(*WATER_INPUTS))

    def reused_heat(self) -> SignedMeters:
        """E_REUSE: heat handed over to others at the boundary."""
        return SignedMeters(plus=self.with_role(Role.HEAT_HANDOVER))


def tree_problems(meters: Iterable[Meter], buses: Iterable[str]) -> list[tuple[str, str]]:
    """Say what is wrong with a tree: pairs of meter id and a sentence with the remedy."""
    by_id = {meter.id: meter for meter in meters}
    known = set(by_id) | set(buses)
    problems: list[tuple[str, str]] = []
    for meter in by_id.values():
        if meter.inside is not None and meter.inside not in known:
            problems.append(
                (
                    meter.id,
                    f"is inside {meter.inside!r}, which is neither a meter nor a bus; declare it",
                )
            )
        if meter.role in SOURCES and meter.inside is not None:
            problems.append(
                (meter.id, f"is a {meter.role.value} and stands at the boundary; remove 'inside'")
            )
        if _runs_in_a_circle(meter, by_id):
            problems.append((meter.id, "is inside itself by way of its parents; break the circle"))
    return problems


def _runs_in_a_circle(meter: Meter, by_id: dict[str, Meter]) -> bool:
    seen = {meter.id}
    parent = meter.inside
    while parent is not None and parent in by_id:
        if parent in seen:
            return parent == meter.id
        seen.add(parent)
        parent = by_id[parent].inside
    return False
