"""The named sums of a site: which meters are behind each energy and each volume.

A KPI names the sums it is made of; which meters these are follows from the tree.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from models.metering.boundary import LACKING, BoundaryFact
from models.metering.tree import ItBoundary, Meter, MeterTree, Role, SignedMeters


class Sum(StrEnum):
    """Names of the sums, as the formulae of the field call them."""

    FACILITY = "facility"
    IT = "it"
    WATER = "water"
    POTABLE = "potable"
    FRESH = "fresh"
    RAIN = "rain"
    REUSED = "reused"
    HEAT_REMOVED = "heat_removed"
    COOLING = "cooling"
    HEAT_PUMPS = "heat_pumps"
    HEAT_UPGRADE = "heat_upgrade"
    HEAT_PUMP_OUTPUTS = "heat_pump_outputs"
    GRID = "grid"
    GENERATION_ON_SITE = "generation_on_site"
    RENEWABLE = "renewable"
    EXPORT = "export"
    OTHER_LOADS = "other_loads"
    FUEL = "fuel"
    BOUGHT_COOLING = "bought_cooling"
    BOUGHT_FUEL = "bought_fuel"


class SiteSums(Mapping[str, SignedMeters]):
    """The sums of one site by name; a sum without meters is empty."""

    def __init__(
        self,
        tree: MeterTree,
        *,
        heat_pump_outputs: Sequence[str] = (),
        renewables: Sequence[SignedMeters] = (),
    ) -> None:
        """Build every sum.

        Parameters
        ----------
        tree : MeterTree
            The meters.
        heat_pump_outputs : sequence of str
            Heat meters behind the heat pumps.
        renewables : sequence of SignedMeters
            Meters that count renewable energy, declared as such.
        """
        self.tree = tree
        self.it_boundary: ItBoundary | None = tree.it_energy()
        self._facts: dict[str, tuple[BoundaryFact, ...]] = {
            Sum.FACILITY: tree.facility_facts(),
            Sum.IT: () if self.it_boundary is None else self.it_boundary.facts,
        }
        others = tree.outermost(Role.OTHER_LOAD)
        export = tree.with_role(Role.EXPORT)
        it = self.it_boundary
        self._sums: dict[str, SignedMeters] = {
            Sum.FACILITY: tree.facility_energy(),
            Sum.IT: SignedMeters(plus=()) if it is None else it.meters,
            Sum.WATER: tree.water_input(),
            Sum.POTABLE: SignedMeters(plus=tree.with_role(Role.POTABLE_WATER)),
            Sum.FRESH: tree.fresh_water(),
            Sum.RAIN: SignedMeters(plus=tree.with_role(Role.RAIN_WATER)),
            Sum.REUSED: tree.reused_heat(),
            Sum.HEAT_REMOVED: SignedMeters(plus=tree.with_role(Role.HEAT_REMOVED)),
            Sum.COOLING: tree.own(Role.COOLING),
            Sum.HEAT_PUMPS: tree.own(Role.HEAT_PUMP),
            Sum.HEAT_UPGRADE: tree.heat_upgrade(),
            Sum.HEAT_PUMP_OUTPUTS: SignedMeters(plus=tuple(heat_pump_outputs)),
            Sum.GRID: _if_any(tree.with_role(Role.UTILITY_INTAKE), minus=others),
            Sum.GENERATION_ON_SITE: _if_any(tree.with_role(Role.PHOTOVOLTAIC), minus=export),
            Sum.RENEWABLE: SignedMeters(
                plus=tuple(one for each in renewables for one in each.plus),
                minus=tuple(one for each in renewables for one in each.minus),
            ),
            Sum.EXPORT: SignedMeters(plus=export),
            Sum.OTHER_LOADS: SignedMeters(plus=others),
            Sum.FUEL: SignedMeters(plus=tree.with_role(Role.FUEL)),
            Sum.BOUGHT_COOLING: SignedMeters(plus=tree.with_role(Role.BOUGHT_COOLING)),
            Sum.BOUGHT_FUEL: SignedMeters(plus=tree.with_role(Role.BOUGHT_FUEL)),
        }

    def __getitem__(self, name: str) -> SignedMeters:
        return self._sums[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sums)

    def __len__(self) -> int:
        return len(self._sums)

    @property
    def category(self) -> int | None:
        """Category of E_IT; None without IT meters."""
        return None if self.it_boundary is None else self.it_boundary.category

    def meters(self, *names: str) -> tuple[Meter, ...]:
        """The meters of some sums, each once."""
        ids = dict.fromkeys(one for name in names for one in self[name].ids)
        return tuple(self.tree.meters[one] for one in ids)

    def has(self, *names: str) -> bool:
        """Whether each of some sums has a meter."""
        return all(self[name].plus for name in names)

    def facts(self, *names: str) -> tuple[BoundaryFact, ...]:
        """What a figure made of some sums must say of its boundary."""
        return tuple(fact for name, own in self._facts.items() if name in names for fact in own)

    def lacks_carrier(self, *names: str) -> bool:
        """Whether a form of energy that enters is missing from one of some sums."""
        return not LACKING.isdisjoint(self.facts(*names))


def _if_any(plus: tuple[str, ...], *, minus: tuple[str, ...]) -> SignedMeters:
    """A sum that is empty without what it is made of."""
    return SignedMeters(plus=plus, minus=minus if plus else ())
