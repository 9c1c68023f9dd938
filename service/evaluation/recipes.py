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
from models.kpi.result import KpiResult
from models.kpi.seasonal_factor import seasonal_factor
from models.kpi.trajectory import CITY_TRAJECTORY, BaseYear, trajectory_ratio
from models.kpi.wue import wue, wue_potable
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
    """The sums behind the KPIs; fixed for a site."""

    def __init__(self, tree: MeterTree) -> None:
        self.tree = tree
        self.facility = tree.facility_energy()
        self.it = tree.it_energy()
        self.water = tree.water_input()
        self.potable = SignedMeters(plus=tree.with_role(Role.POTABLE_WATER))
        self.reused = tree.reused_heat()
        self.heat_pumps = SignedMeters(plus=tree.with_role(Role.HEAT_PUMP))
        self.removed = SignedMeters(plus=tree.with_role(Role.HEAT_REMOVED))
        self.cooling = SignedMeters(plus=_outermost(tree, Role.COOLING))
        self.of_pue = self.meters(self.facility, self.it_sum)
        self.of_wue = self.meters(self.water, self.it_sum)
        self.of_erf = self.meters(self.reused, self.facility)
        self.of_heat = self.meters(self.reused)

    @property
    def it_sum(self) -> SignedMeters:
        """E_IT; empty without IT meters."""
        return SignedMeters(plus=()) if self.it is None else self.it.meters

    def meters(self, *sums: SignedMeters) -> tuple[Meter, ...]:
        """The meters of some sums, each once."""
        ids = dict.fromkeys(one for each in sums for one in each.ids)
        return tuple(self.tree.meters[one] for one in ids)


def _outermost(tree: MeterTree, role: Role) -> tuple[str, ...]:
    """Meters of a role that are not inside another of that role: nothing is counted twice."""
    ids = tree.with_role(role)
    inner = {below.id for one in ids for below in tree.descendants(one)}
    return tuple(one for one in ids if one not in inner)


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
    return tuple(recipes)


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


def _less(total: SignedMeters, part: SignedMeters) -> SignedMeters:
    """A sum without a part of it."""
    return SignedMeters(plus=total.plus + part.minus, minus=total.minus + part.plus)


def _renewable_share(sums: KpiMeters, renewables: tuple[RenewableEnergy, ...]) -> Recipe:
    counted = [one.meters for one in renewables if one.meters is not None]
    facility = sums.facility

    def compute(totals: MeteredTotals) -> KpiResult:
        return ref(totals, facility, renewables)

    if len(counted) < len(renewables):
        # A declared energy has no days that could tell what a gap hides.
        return _one(sums, (facility, *counted), compute)
    metered = SignedMeters(plus=tuple(meter for each in counted for meter in each.plus))
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
            _less(facility, sums.reused),
            it_sum,
            lambda t: ere(t, facility, sums.reused, it),
        ),
    ]
    if sums.heat_pumps.plus:
        recipes.append(
            _ratio(
                sums,
                _less(facility, sums.heat_pumps),
                it_sum,
                lambda t: pue_excluding_heat_upgrade(t, facility, sums.heat_pumps, it),
            )
        )
    carriers = _carriers(site.declared, sums.tree)
    if carriers:
        recipes.append(
            _one(
                sums,
                (*(one.meters for one in carriers), it_sum),
                lambda t: cue(t, carriers, it, CarbonMethod.LOCATION),
            )
        )
    return recipes


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
            meters=SignedMeters(plus=tree.with_role(Role.UTILITY_INTAKE)),
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
