"""From the meters of a site file, and the registers of their profiles, to those of the tree."""

from collections.abc import Mapping

from collectors.profiles.schema import REGISTERS_OF_TYPE, ModbusPoint, OpcUaPoint, Profile
from models.metering.tree import Meter
from models.metering.uncertainty import (
    Accuracy,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
)
from models.site.devices import point_key
from models.units import affine_to_canonical
from service.site.schema import (
    AccuracyShape,
    ElectricityAccuracyShape,
    MeterShape,
    SiteFile,
    VolumeAccuracyShape,
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
