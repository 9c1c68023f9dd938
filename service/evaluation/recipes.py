"""Which meters each KPI of a site needs, and how it is made of their totals.

Each KPI is computed over the time for which *its own* meters are known together: a silent water
meter must not take the PUE with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from models.kpi.carbon_avoided import carbon_avoided
from models.kpi.cer import cer
from models.kpi.cue import CarbonMethod, EnergyCarrier, cue
from models.kpi.ere import ere
from models.kpi.erf import erf
from models.kpi.facility_energy import facility_energy
from models.kpi.load_factor import load_factor
from models.kpi.metered import MeteredTotals
from models.kpi.pue import pue, pue_excluding_heat_upgrade
from models.kpi.recovered_heat import recovered_heat
from models.kpi.ref import RenewableEnergy, ref
from models.kpi.result import Flag, KpiResult
from models.kpi.seasonal_factor import seasonal_factor
from models.kpi.trajectory import CITY_TRAJECTORY, BaseYear, trajectory_ratio
from models.kpi.wue import wue, wue_potable
from models.metering.sums import SiteSums, Sum
from models.metering.tree import ItBoundary, Meter, MeterTree, Role, SignedMeters
from models.site.declarations import Declarations
from models.site.site import Site

_YEAR = timedelta(days=364)

Compute = Callable[[MeteredTotals], Sequence[KpiResult]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Some KPIs that are made of the same meters over the same covered time.

    ``ratio`` names the two sums of a single KPI and the scale to its unit: what the time without
    data may hide follows from them. ``whole`` says that the KPI stands for the whole window, so
    that a part without data is missing from it.
    """

    meters: tuple[Meter, ...]
    compute: Compute
    ratio: tuple[SignedMeters, SignedMeters, float] | None = None
    whole: bool = False


class KpiMeters:
    """The sums behind the KPIs, as attributes; fixed for a site."""

    def __init__(self, tree: MeterTree) -> None:
        self.tree = tree
        self.sums = SiteSums(tree)
        self.facility, self.it = self.sums[Sum.FACILITY], self.sums.it_boundary
        self.water, self.potable = self.sums[Sum.WATER], self.sums[Sum.POTABLE]
        self.reused, self.removed = self.sums[Sum.REUSED], self.sums[Sum.HEAT_REMOVED]
        self.heat_pumps, self.cooling = self.sums[Sum.HEAT_PUMPS], self.sums[Sum.COOLING]
        self.of_pue = self.sums.meters(Sum.FACILITY, Sum.IT)
        self.of_wue = self.sums.meters(Sum.WATER, Sum.IT)
        self.of_erf = self.sums.meters(Sum.REUSED, Sum.FACILITY)
        self.of_heat = self.sums.meters(Sum.REUSED)

    @property
    def it_sum(self) -> SignedMeters:
        """E_IT; empty without IT meters."""
        return self.sums[Sum.IT]

    def told(self, result: KpiResult, meters: Sequence[Meter]) -> KpiResult:
        """A result with what the boundary of its meters contains, and a flag where it lacks."""
        ids = {meter.id for meter in meters}
        whole = [name for name in (Sum.FACILITY, Sum.IT) if ids.issuperset(self.sums[name].ids)]
        lacks = self.sums.lacks_carrier(*whole)
        return replace(
            result,
            boundary_facts=self.sums.facts(*whole),
            flags=(*result.flags, Flag.CARRIER_LACKING) if lacks else result.flags,
        )

    def meters(self, *sums: SignedMeters) -> tuple[Meter, ...]:
        """The meters of some sums, each once."""
        ids = dict.fromkeys(one for each in sums for one in each.ids)
        return tuple(self.tree.meters[one] for one in ids)


def recipes_of(site: Site, sums: KpiMeters) -> tuple[Recipe, ...]:
    """Every KPI that the meters and declarations of a site allow."""
    recipes = [
        _ratio(sums, sums.reused, sums.facility, lambda t: erf(t, sums.reused, sums.facility)),
        _one(sums, (sums.reused,), lambda t: recovered_heat(t, sums.reused)),
        Recipe(
            meters=sums.meters(sums.facility),
            compute=lambda t: (facility_energy(t, sums.facility),),
            whole=True,
        ),
        *_heat_recipes(site, sums),
    ]
    if sums.it is not None:
        recipes += _it_recipes(site, sums, sums.it)
    base = site.declared.trajectory_base
    if base is not None:
        recipes.append(
            Recipe(
                meters=sums.meters(sums.facility),
                compute=lambda t: _trajectory(t, sums.facility, base),
                whole=True,
            )
        )
    renewables = site.declared.renewables
    if renewables is not None:
        recipes.append(_renewable_share(sums, renewables))
    return tuple(replace(one, compute=_told(one, sums)) for one in recipes)


def _told(recipe: Recipe, sums: KpiMeters) -> Compute:
    """The KPIs of a recipe, each with what its boundary contains and lacks."""
    return lambda totals: [sums.told(result, recipe.meters) for result in recipe.compute(totals)]


def _one(
    sums: KpiMeters, of: Sequence[SignedMeters], compute: Callable[[MeteredTotals], KpiResult]
) -> Recipe:
    return Recipe(meters=sums.meters(*of), compute=lambda totals: (compute(totals),))


def _ratio(
    sums: KpiMeters,
    top: SignedMeters,
    bottom: SignedMeters,
    compute: Callable[[MeteredTotals], KpiResult],
    scale: float = 1.0,
) -> Recipe:
    return Recipe(
        meters=sums.meters(top, bottom),
        compute=lambda totals: (compute(totals),),
        ratio=(top, bottom, scale),
    )


def _renewable_share(sums: KpiMeters, renewables: tuple[RenewableEnergy, ...]) -> Recipe:
    counted = [one.meters for one in renewables if one.meters is not None]
    facility = sums.facility

    def compute(totals: MeteredTotals) -> KpiResult:
        return ref(totals, facility, renewables)

    if len(counted) < len(renewables):
        # A declared energy has no days that could tell what a gap hides.
        return _one(sums, (facility, *counted), compute)
    metered = SignedMeters(
        plus=tuple(meter for each in counted for meter in each.plus),
        minus=tuple(meter for each in counted for meter in each.minus),
    )
    return _ratio(sums, metered, facility, compute)


def _trajectory(
    totals: MeteredTotals, facility: SignedMeters, base: BaseYear
) -> tuple[KpiResult, ...]:
    """Of whole years only, from the base year to the goal: it says nothing of a month."""
    window = totals.window
    year = (window.start + window.duration / 2).year
    if window.duration < _YEAR or not base.year <= year <= CITY_TRAJECTORY.goal_year:
        return ()
    return (trajectory_ratio(totals, facility, base),)


def _it_recipes(site: Site, sums: KpiMeters, it: ItBoundary) -> list[Recipe]:
    rated_kw = site.identity.rated_it_power_kw
    facility, it_sum = sums.facility, it.meters
    recipes = [
        _ratio(sums, facility, it_sum, lambda t: pue(t, facility, it)),
        _one(sums, (it_sum,), lambda t: load_factor(t, it, rated_kw)),
        _ratio(sums, sums.water, it_sum, lambda t: wue(t, sums.water, it), 1000.0),
        _ratio(sums, sums.potable, it_sum, lambda t: wue_potable(t, sums.potable, it), 1000.0),
        _ratio(
            sums,
            facility.less(sums.reused),
            it_sum,
            lambda t: ere(t, facility, sums.reused, it),
        ),
    ]
    if sums.heat_pumps.plus:
        recipes.append(_without_upgrade(sums, it))
    carriers = _carriers(site.declared, sums.tree)
    if carriers:
        recipes.append(_emissions(sums, carriers, it))
    return recipes


def _emissions(sums: KpiMeters, carriers: tuple[EnergyCarrier, ...], it: ItBoundary) -> Recipe:
    # Of bought cooling and fuel no emission factor is declared: CUE lacks what they emit.
    lacks = sums.sums.has(Sum.BOUGHT_COOLING) or sums.sums.has(Sum.BOUGHT_FUEL)

    def compute(totals: MeteredTotals) -> KpiResult:
        result = cue(totals, carriers, it, CarbonMethod.LOCATION)
        return replace(result, flags=(*result.flags, Flag.CARRIER_LACKING)) if lacks else result

    return _one(sums, (*(one.meters for one in carriers), it.meters), compute)


def _without_upgrade(sums: KpiMeters, it: ItBoundary) -> Recipe:
    upgrade = sums.sums[Sum.HEAT_UPGRADE]

    def compute(totals: MeteredTotals) -> KpiResult:
        return pue_excluding_heat_upgrade(totals, sums.facility, upgrade, it)

    return _ratio(sums, sums.facility.less(upgrade), it.meters, compute)


def _heat_recipes(site: Site, sums: KpiMeters) -> list[Recipe]:
    recipes = []
    if sums.removed.plus and sums.cooling.plus:
        recipes.append(
            _ratio(sums, sums.removed, sums.cooling, lambda t: cer(t, sums.removed, sums.cooling))
        )
    raised = SignedMeters(plus=site.heat_pump_outputs)
    if sums.heat_pumps.plus and raised.plus:
        recipes.append(
            _ratio(
                sums,
                raised,
                sums.heat_pumps,
                lambda t: seasonal_factor(t, raised, sums.heat_pumps),
            )
        )
    displaced = site.declared.displaced_heat
    electricity = site.declared.electricity_carbon_range
    if displaced is not None and electricity is not None and sums.reused.plus:

        def avoided(totals: MeteredTotals) -> tuple[KpiResult, ...]:
            both = carbon_avoided(totals, sums.reused, sums.heat_pumps, displaced, electricity)
            return both.low, both.high

        recipes.append(Recipe(meters=sums.meters(sums.reused, sums.heat_pumps), compute=avoided))
    return recipes


def _carriers(declared: Declarations, tree: MeterTree) -> tuple[EnergyCarrier, ...]:
    """Every carrier of E_DC once: the generator counts by its fuel, not by its output."""
    grid, fuel = declared.electricity_carbon, declared.fuel_carbon
    if grid is None:
        return ()
    carriers = [
        EnergyCarrier(
            name="grid",
            meters=SiteSums(tree)[Sum.GRID],
            factor=replace(grid, method=CarbonMethod.LOCATION),
        )
    ]
    if tree.with_role(Role.FUEL):
        if fuel is None or declared.fuel_kwh_per_m3 is None:
            return ()
        carriers.append(
            EnergyCarrier(
                name="fuel",
                meters=SignedMeters(plus=tree.with_role(Role.FUEL)),
                kwh_per_unit=declared.fuel_kwh_per_m3,
                factor=fuel,
            )
        )
    return tuple(carriers)
