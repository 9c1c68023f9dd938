"""Power flow now, from the latest instantaneous readings and the roles of the meters."""

from collections.abc import Iterable, Mapping

from models.metering.tree import MeterTree, Role, SignedMeters
from models.site.devices import point_key
from models.site.heat import HeatBranch
from models.site.site import Site
from service.live.snapshot import FlowView, HeatBranchView, PointView

_SOURCES = (Role.UTILITY_INTAKE, Role.GENERATOR, Role.PHOTOVOLTAIC)


def live_value(points: Mapping[str, PointView], key: str | None) -> float | None:
    """The value of a point, or None when it is missing or stale."""
    view = points.get(key) if key is not None else None
    return None if view is None or view.stale else view.value


def _sum(values: Iterable[float | None]) -> float | None:
    listed = list(values)
    known = [value for value in listed if value is not None]
    return sum(known) if listed and len(known) == len(listed) else None


def _difference(total: float | None, *parts: float | None) -> float | None:
    known = _sum(parts) if parts else 0.0
    return None if total is None or known is None else total - known


def power_flow(site: Site, points: Mapping[str, PointView]) -> FlowView:
    """Where the power comes from and where it goes, kW. A sum with a stale part is None."""
    tree = site.tree

    def kw(of: SignedMeters) -> float | None:
        return _sum_kw(tree, of, points)

    def role_kw(role: Role) -> float | None:
        return kw(SignedMeters(plus=tree.outermost(role)))

    sources = {role: role_kw(role) for role in _SOURCES}
    other_loads, export = role_kw(Role.OTHER_LOAD), role_kw(Role.EXPORT)
    total = _difference(_sum(sources.values()), other_loads, export)
    boundary = tree.it_energy()
    it = None if boundary is None else kw(boundary.meters)
    cooling, heat_pump = kw(tree.own(Role.COOLING)), kw(tree.own(Role.HEAT_PUMP))
    general = kw(tree.own(Role.GENERAL))
    branches = tuple(_branch(branch, points) for branch in site.heat_branches)
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
        # All electricity ends as heat: what is not handed over leaves with the air.
        heat_rejected_kw=_difference(total, *(branch.power_kw for branch in branches)),
        outdoor_temp_degc=live_value(
            points, point_key(site.outdoor_device or "", "outdoor_temp_degc")
        ),
        heat_pump_cop={pump: _cop(pump, points) for pump in site.heat_pumps},
    )


def _branch(branch: HeatBranch, points: Mapping[str, PointView]) -> HeatBranchView:
    def now(name: str) -> float | None:
        return live_value(points, point_key(branch.device, name))

    return HeatBranchView(
        id=branch.id,
        label_fr=branch.label_fr,
        label_en=branch.label_en,
        power_kw=now("heat_power_kw"),
        supply_temp_degc=now("supply_temp_degc"),
        return_temp_degc=now("return_temp_degc"),
    )


def _sum_kw(tree: MeterTree, of: SignedMeters, points: Mapping[str, PointView]) -> float | None:
    """Power of a sum of meters; 0 without any, None when one is not known."""
    plus, minus = (
        [live_value(points, tree.meters[one].power_point) for one in side]
        for side in (of.plus, of.minus)
    )
    return _difference(_sum(plus) if plus else 0.0, *minus)


def _cop(pump: str, points: Mapping[str, PointView]) -> float | None:
    """Coefficient of performance now; None while the pump stands still."""
    heat = live_value(points, point_key(pump, "heat_power_kw"))
    power = live_value(points, point_key(pump, "active_power_kw"))
    running = power is not None and power > 1.0
    return heat / power if heat is not None and power is not None and running else None
