"""From the meters of a site file, and the registers of their profiles, to those of the tree."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from collectors.profiles.schema import REGISTERS_OF_TYPE, ModbusPoint, OpcUaPoint, Profile
from models.metering.tree import Meter, RegisterFormat
from models.metering.uncertainty import (
    Accuracy,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
)
from models.registers.register import RegisterEvent
from models.site.devices import point_key
from models.units import affine_to_canonical
from service.site.schema import (
    AccuracyShape,
    ElectricityAccuracyShape,
    MeterEventShape,
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

    form = format_of(_point_of(profile, shape.register_))
    return Meter(
        id=shape.id,
        role=shape.role,
        point=point_key(shape.device, shape.register_),
        power_point=key(shape.power),
        volume_point=key(shape.volume),
        inside=shape.inside,
        accuracy=_accuracy(shape.accuracy),
        modulus=form.modulus,
        resolution=max(form.resolution, shape.resolution or 0.0),
        float32_unit=form.float32_unit,
        max_rate_per_h=shape.max_per_h,
        starting_rate_per_h=shape.starting_rate_per_h,
        volume_format=format_of(_point_of(profile, shape.volume)),
        net=shape.net,
        complete=shape.complete,
        serves=shape.serves,
        fresh=shape.fresh,
        events=tuple(_event(one) for one in shape.events),
    )


def _event(shape: MeterEventShape) -> RegisterEvent:
    since_1970 = shape.at - datetime(1970, 1, 1, tzinfo=UTC)
    return RegisterEvent(
        at_us=since_1970 // timedelta(microseconds=1),
        kind=shape.kind,
        final_index=shape.final_index,
        initial_index=shape.initial_index,
        factor_before=shape.factor_before,
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


def _point_of(profile: Profile | None, name: str | None) -> ModbusPoint | OpcUaPoint | None:
    points: tuple[ModbusPoint | OpcUaPoint, ...] = () if profile is None else profile.points
    return next((point for point in points if point.name == name), None)


def format_of(point: ModbusPoint | OpcUaPoint | None) -> RegisterFormat:
    """How a register is written, in canonical unit."""
    if point is None:
        return RegisterFormat()
    factor, _ = affine_to_canonical(point.unit, point.quantity)
    unit = abs(point.scale) * factor
    modulus = point.modulus
    if isinstance(point, OpcUaPoint):
        return RegisterFormat(modulus=None if modulus is None else modulus * unit)
    if modulus is None and point.type.startswith("u"):
        modulus = 2 ** (16 * REGISTERS_OF_TYPE[point.type])
    return RegisterFormat(
        modulus=None if modulus is None else modulus * unit,
        resolution=0.0 if point.type.startswith("f") else unit,
        float32_unit=unit if point.type == "f32" else None,
    )
