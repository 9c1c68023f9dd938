"""From a checked site file to the plain site, and to what the collectors poll."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from pydantic import BaseModel

from collectors.installation import Installation
from collectors.profiles.schema import Profile
from collectors.rates import poll_s_of
from collectors.variants import variant_of
from models.kpi.carbon_avoided import FactorRange
from models.kpi.cue import EmissionFactor
from models.kpi.ref import RenewableEnergy, RenewableKind
from models.kpi.thermal_envelope import AIR_CLASSES
from models.kpi.trajectory import BaseYear
from models.metering.tree import MeterTree, Role, SignedMeters
from models.quantities import QUANTITIES
from models.site.dated import FactsFrom
from models.site.declarations import (
    CarrierWeight,
    Declarations,
    DeclaredFigure,
    DutyDone,
    InspectionFound,
)
from models.site.devices import Device, SitePoint, point_key
from models.site.envelope import AirEnvelope, Envelope, LiquidEnvelope
from models.site.heat import (
    Exchanger,
    HeatBranch,
    HeatOfferPoints,
    HeatTaker,
    TakerReport,
    ThermalNode,
)
from models.site.identity import Identity, Redundancy
from models.site.noise import NoiseMonitoring, NoisePoint
from models.site.site import Site
from service.site.declarations import (
    CarbonFactorShape,
    CarbonRangeShape,
    EnvelopeShape,
    RenewableShape,
    TakerReportShape,
)
from service.site.disclosure import disclosure_of
from service.site.meters import meters_of
from service.site.schema import IdentityShape, NoiseShape, SiteFile
from service.site.site import InstalledSite

_Plain = TypeVar("_Plain")


def installed_site(site_file: SiteFile, profiles: Mapping[str, Profile]) -> InstalledSite:
    """The site of a checked file, with the profiles it uses."""
    used = {device.profile for device in site_file.devices}
    return InstalledSite(
        site=build_site(site_file, profiles),
        installation=Installation(links=site_file.links, devices=site_file.devices),
        profiles={name: profile for name, profile in profiles.items() if name in used},
    )


def build_site(site_file: SiteFile, profiles: Mapping[str, Profile]) -> Site:
    """Turn a checked site file into a plain site."""
    offer, exchanger = site_file.heat_offer, site_file.exchanger
    return Site(
        identity=_identity(site_file.site),
        devices={device.id: device for device in _devices(site_file)},
        points={point.key: point for point in _points(site_file, profiles)},
        tree=_tree(site_file, profiles),
        bus_labels={bus.id: (bus.label_fr, bus.label_en) for bus in site_file.buses},
        noise=None if site_file.noise is None else _noise(site_file.noise),
        heat_branches=tuple(_plain(HeatBranch, one) for one in site_file.heat_branches),
        heat_pumps=site_file.heat_pumps,
        heat_pump_outputs=site_file.heat_pump_outputs,
        outdoor_device=site_file.outdoor_device,
        declared=_declarations(site_file),
        envelope=_envelope(site_file.envelope),
        exchanger=None if exchanger is None else _plain(Exchanger, exchanger),
        heat_offer=None if offer is None else _plain(HeatOfferPoints, offer),
        takers=tuple(
            _plain(HeatTaker, one, valid_from=one.from_, valid_to=one.until)
            for one in site_file.takers
        ),
        thermal_nodes=tuple(_plain(ThermalNode, one) for one in site_file.thermal_nodes),
        disclosure=disclosure_of(site_file.disclosure),
    )


def _identity(shape: IdentityShape) -> Identity:
    return _plain(
        Identity,
        shape,
        redundancy=_plain(Redundancy, shape.redundancy),
        changes=tuple(FactsFrom(one.day, tuple(one.written().items())) for one in shape.changes),
    )


def _plain(target: type[_Plain], shape: BaseModel, **other: object) -> _Plain:
    """A dataclass from the fields of the same name; ``other`` are those that differ."""
    made: Callable[..., _Plain] = target
    named = {one.name for one in fields(target)}  # type: ignore[arg-type]  # is a dataclass
    same = named & type(shape).model_fields.keys() - other.keys()
    given: dict[str, Any] = {name: getattr(shape, name) for name in same}
    return made(**given, **other)


def _tree(site_file: SiteFile, profiles: Mapping[str, Profile]) -> MeterTree:
    buses = site_file.buses
    return MeterTree(
        meters_of(site_file, profiles),
        (bus.id for bus in buses),
        complete_buses=(bus.id for bus in buses if bus.complete),
        kwh_per_unit={one.carrier: one.kwh_per_unit for one in site_file.declared.carriers},
    )


def _devices(site_file: SiteFile) -> Iterator[Device]:
    protocol_of = {link.id: link.protocol for link in site_file.links}
    for device in site_file.devices:
        yield _plain(Device, device, protocol=protocol_of[device.link])


def _points(site_file: SiteFile, profiles: Mapping[str, Profile]) -> Iterator[SitePoint]:
    for device in site_file.devices:
        for point in variant_of(profiles[device.profile], device.absent).points:
            yield SitePoint(
                key=point_key(device.id, point.name),
                device=device.id,
                name=point.name,
                quantity=point.quantity,
                unit=QUANTITIES[point.quantity].unit,
                kind=point.kind,
                poll_s=poll_s_of(device, point.name),
            )


def _noise(shape: NoiseShape) -> NoiseMonitoring:
    return NoiseMonitoring(
        wind=point_key(shape.wind.device, shape.wind.speed),
        points=tuple(
            _plain(NoisePoint, one, level=point_key(one.device, one.level)) for one in shape.points
        ),
    )


def _envelope(shape: EnvelopeShape) -> Envelope:
    air, liquid = shape.air, shape.liquid
    return Envelope(
        air=None
        if air is None
        else AirEnvelope(
            air_class=AIR_CLASSES[air.ashrae_class],
            inlets=tuple(point_key(one, air.inlets.point) for one in air.inlets.devices),
            sensor_u_k=air.sensor_u_k,
        ),
        liquid=None
        if liquid is None
        else LiquidEnvelope(
            liquid_class=liquid.ashrae_class,
            supply=point_key(liquid.device, liquid.supply),
            sensor_u_k=liquid.sensor_u_k,
        ),
    )


def _declarations(site_file: SiteFile) -> Declarations:
    shape = site_file.declared
    renewables, base = shape.renewables, shape.trajectory_base
    exports = tuple(meter.id for meter in site_file.meters if meter.role is Role.EXPORT)
    return Declarations(
        electricity_carbon=_factor(shape.electricity_carbon),
        fuel_carbon=_factor(shape.fuel_carbon),
        carriers=tuple(_plain(CarrierWeight, one) for one in shape.carriers),
        fuel_kwh_per_m3=shape.fuel_kwh_per_m3,
        electricity_carbon_range=_range(shape.electricity_carbon_range),
        displaced_heat=_range(shape.displaced_heat),
        renewables=None if renewables is None else tuple(_renewables(renewables, exports)),
        trajectory_base=None if base is None else _plain(BaseYear, base),
        figures=tuple(_plain(DeclaredFigure, one) for one in shape.figures),
        duties=tuple(_plain(DutyDone, one) for one in shape.duties),
        inspections=tuple(_plain(InspectionFound, one) for one in shape.inspections),
        taker_reports=tuple(_report(one) for one in shape.taker_reports),
    )


def _factor(shape: CarbonFactorShape | None) -> EmissionFactor | None:
    return None if shape is None else _plain(EmissionFactor, shape)


def _range(shape: CarbonRangeShape | None) -> FactorRange | None:
    return None if shape is None else _plain(FactorRange, shape)


def _renewables(
    shapes: Sequence[RenewableShape], exports: tuple[str, ...]
) -> Iterator[RenewableEnergy]:
    """What is given back is not used: it comes off the first generation on site."""
    for shape in shapes:
        on_site = shape.kind is RenewableKind.ON_SITE and bool(shape.meters)
        meters = SignedMeters(plus=shape.meters, minus=exports if on_site else ())
        yield _plain(RenewableEnergy, shape, meters=meters if shape.meters else None)
        exports = () if on_site else exports


def _report(shape: TakerReportShape) -> TakerReport:
    year, month = (int(part) for part in shape.month.split("-"))
    return _plain(TakerReport, shape, year=year, month=month)
