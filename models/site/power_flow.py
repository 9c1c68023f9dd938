"""Power flow now, from the newest readings of powers and the roles of the meters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from models.heat.heat_pump import STANDING_BELOW_KW, cop_ratio
from models.metering.tree import MeterTree, Role, SignedMeters
from models.site.devices import point_key
from models.site.heat import HeatBranch
from models.site.site import Site

LiveValues: TypeAlias = Mapping[str, float]
"""Newest value of each point that is fresh; what is missing or stale has no entry."""

_SOURCES = (Role.UTILITY_INTAKE, Role.GENERATOR, Role.PHOTOVOLTAIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatBranchView:
    """A branch through which heat leaves to a taker, now. Their order gives their colours."""

    id: str
    label_fr: str
    label_en: str
    power_kw: float | None
    supply_temp_degc: float | None
    return_temp_degc: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """Power flow now, kW. None where an input is missing or stale.

    ``total_kw`` is that of the data centre: what the sources give, less what is given back and what
    others behind the same intakes use.
    """

    grid_kw: float | None
    generator_kw: float | None
    photovoltaic_kw: float | None
    total_kw: float | None
    it_kw: float | None
    cooling_kw: float | None
    heat_pump_kw: float | None
    general_kw: float | None
    other_loads_kw: float | None
    export_kw: float | None
    losses_kw: float | None
    heat_branches: tuple[HeatBranchView, ...]
    heat_rejected_kw: float | None
    outdoor_temp_degc: float | None
    heat_pump_cop: Mapping[str, float | None]


def power_flow(site: Site, values: LiveValues) -> FlowView:
    """Where the power comes from and where it goes.

    Parameters
    ----------
    site : Site
        Its meters and heat branches.
    values : mapping of str to float
        Fresh values by point. [kW, degC]

    Returns
    -------
    FlowView
        A sum of which a part is not known is None. Losses are what remains of the total; heat
        that is not handed over leaves with the air, since all electricity ends as heat.
    """
    tree = site.tree

    def kw(of: SignedMeters) -> float | None:
        return _sum_kw(tree, of, values)

    def role_kw(role: Role) -> float | None:
        return kw(SignedMeters(plus=tree.outermost(role)))

    sources = {role: role_kw(role) for role in _SOURCES}
    other_loads, export = role_kw(Role.OTHER_LOAD), role_kw(Role.EXPORT)
    total = _difference(_sum(sources.values()), other_loads, export)
    boundary = tree.it_energy()
    it = None if boundary is None else kw(boundary.meters)
    cooling, heat_pump = kw(tree.own(Role.COOLING)), kw(tree.own(Role.HEAT_PUMP))
    general = kw(tree.own(Role.GENERAL))
    branches = tuple(_branch(branch, values) for branch in site.heat_branches)
    return FlowView(
        grid_kw=sources[Role.UTILITY_INTAKE],
        generator_kw=sources[Role.GENERATOR],
        photovoltaic_kw=sources[Role.PHOTOVOLTAIC],
        total_kw=total,
        it_kw=it,
        cooling_kw=cooling,
        heat_pump_kw=heat_pump,
        general_kw=general,
        other_loads_kw=other_loads,
        export_kw=export,
        losses_kw=_difference(total, it, cooling, heat_pump, general),
        heat_branches=branches,
        heat_rejected_kw=_difference(total, *(branch.power_kw for branch in branches)),
        outdoor_temp_degc=values.get(point_key(site.outdoor_device or "", "outdoor_temp_degc")),
        heat_pump_cop={pump: _cop(pump, values) for pump in site.heat_pumps},
    )


def _sum(values: Iterable[float | None]) -> float | None:
    listed = list(values)
    known = [value for value in listed if value is not None]
    return sum(known) if listed and len(known) == len(listed) else None


def _difference(total: float | None, *parts: float | None) -> float | None:
    known = _sum(parts) if parts else 0.0
    return None if total is None or known is None else total - known


def _branch(branch: HeatBranch, values: LiveValues) -> HeatBranchView:
    def now(name: str) -> float | None:
        return values.get(point_key(branch.device, name))

    return HeatBranchView(
        id=branch.id,
        label_fr=branch.label_fr,
        label_en=branch.label_en,
        power_kw=now("heat_power_kw"),
        supply_temp_degc=now("supply_temp_degc"),
        return_temp_degc=now("return_temp_degc"),
    )


def _sum_kw(tree: MeterTree, of: SignedMeters, values: LiveValues) -> float | None:
    """Power of a sum of meters; 0 without any, None when one is not known."""
    plus, minus = (
        [values.get(tree.meters[one].power_point or "") for one in side]
        for side in (of.plus, of.minus)
    )
    return _difference(_sum(plus) if plus else 0.0, *minus)


def _cop(pump: str, values: LiveValues) -> float | None:
    """Coefficient of performance now; None while the pump stands still."""
    heat, power = (
        np.array([values.get(point_key(pump, name), np.nan)])
        for name in ("heat_power_kw", "active_power_kw")
    )
    cop = float(cop_ratio(heat, power, STANDING_BELOW_KW)[0])
    return None if np.isnan(cop) else cop
