"""From the text of a site file to the values the rest of Boucle works with."""

from collections.abc import Iterator, Mapping

from collectors.installation import Installation
from collectors.profiles.schema import REGISTERS_OF_TYPE, ModbusPoint, OpcUaPoint, Profile
from models.metering.tree import Meter, MeterTree
from models.metering.uncertainty import (
    Accuracy,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
)
from models.quantities import QUANTITIES
from models.units import affine_to_canonical
from service.site.schema import (
    AccuracyShape,
    ElectricityAccuracyShape,
    MeterShape,
    SiteFile,
    VolumeAccuracyShape,
)
from service.site.site import Site, SitePoint, point_key


def build_site(site_file: SiteFile, profiles: Mapping[str, Profile]) -> Site:
    """Turn a checked site file into a Site."""
    used = {device.profile for device in site_file.devices}
    return Site(
        identity=site_file.site,
        installation=Installation(links=site_file.links, devices=site_file.devices),
        profiles={name: profile for name, profile in profiles.items() if name in used},
        points={point.key: point for point in _points(site_file, profiles)},
        tree=MeterTree(meters_of(site_file, profiles), (bus.id for bus in site_file.buses)),
        noise=site_file.noise,
        heat_branches=site_file.heat_branches,
        heat_pumps=site_file.heat_pumps,
        heat_pump_outputs=site_file.heat_pump_outputs,
        outdoor_device=site_file.outdoor_device,
        bus_labels={bus.id: (bus.label_fr, bus.label_en) for bus in site_file.buses},
        declared=site_file.declared,
        envelope=site_file.envelope,
        exchanger=site_file.exchanger,
        heat_offer=site_file.heat_offer,
        takers=site_file.takers,
        thermal_nodes=site_file.thermal_nodes,
    )


def _points(site_file: SiteFile, profiles: Mapping[str, Profile]) -> Iterator[SitePoint]:
    for device in site_file.devices:
        for point in profiles[device.profile].points:
            yield SitePoint(
                key=point_key(device.id, point.name),
                device=device.id,
                name=point.name,
                quantity=point.quantity,
                unit=QUANTITIES[point.quantity].unit,
                kind=point.kind,
                poll_s=device.poll_s,
            )


def meters_of(site_file: SiteFile, profiles: Mapping[str, Profile]) -> list[Meter]:
    """The meters of the tree, in file order."""
    profile_of = {device.id: profiles.get(device.profile) for device in site_file.devices}
    return [_meter(shape, profile_of.get(shape.device)) for shape in site_file.meters]


def _meter(shape: MeterShape, profile: Profile | None) -> Meter:
    def key(name: str | None) -> str | None:
        return None if name is None else point_key(shape.device, name)

    register = _point_of(profile, shape.register_)
    return Meter(
        id=shape.id,
        role=shape.role,
        point=point_key(shape.device, shape.register_),
        power_point=key(shape.power),
        volume_point=key(shape.volume),
        inside=shape.inside,
        accuracy=_accuracy(shape.accuracy),
        modulus=_modulus(register),
        resolution=_resolution(register),
        max_rate_per_h=shape.max_per_h,
    )


def _accuracy(shape: AccuracyShape) -> Accuracy:
    if isinstance(shape, ElectricityAccuracyShape):
        return ElectricityAccuracy(
            mpe_ratio=shape.mpe_percent / 100.0, ct_mpe_ratio=shape.ct_mpe_percent / 100.0
        )
    if isinstance(shape, VolumeAccuracyShape):
        return VolumeAccuracy(mpe_ratio=shape.mpe_percent / 100.0)
    return HeatAccuracy(
        accuracy_class=shape.accuracy_class, dt_min_k=shape.dt_min_k, qp_m3_per_h=shape.qp_m3_per_h
    )


def _point_of(profile: Profile | None, register: str) -> ModbusPoint | OpcUaPoint | None:
    points: tuple[ModbusPoint | OpcUaPoint, ...] = () if profile is None else profile.points
    return next((point for point in points if point.name == register), None)


def _modulus(point: ModbusPoint | OpcUaPoint | None) -> float | None:
    """Where the register starts again at zero, in canonical unit."""
    if point is None:
        return None
    raw = point.modulus if point.modulus is not None else _range_of_type(point)
    factor, _ = affine_to_canonical(point.unit, point.quantity)
    return None if raw is None else raw * point.scale * factor


def _resolution(point: ModbusPoint | OpcUaPoint | None) -> float:
    """The step in which an integer register counts, in canonical unit."""
    if point is None or isinstance(point, OpcUaPoint) or point.type.startswith("f"):
        return 0.0
    factor, _ = affine_to_canonical(point.unit, point.quantity)
    return abs(point.scale) * factor


def _range_of_type(point: ModbusPoint | OpcUaPoint) -> float | None:
    if isinstance(point, OpcUaPoint) or not point.type.startswith("u"):
        return None
    return float(2 ** (16 * REGISTERS_OF_TYPE[point.type]))
