"""A site after validation: identity, installation, points and meter tree, ready for use."""

from collections.abc import Mapping
from dataclasses import dataclass

from collectors.installation import Device, Installation
from collectors.profiles.schema import Profile
from models.metering.tree import MeterTree
from models.quantities import Quantity
from service.site.declarations import (
    Declarations,
    Envelope,
    ExchangerShape,
    HeatOfferShape,
    TakerShape,
    ThermalNode,
)
from service.site.schema import Identity, LoopShape, Noise


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePoint:
    """One point: a quantity read from one device."""

    key: str
    device: str
    name: str
    quantity: Quantity
    unit: str
    kind: str
    poll_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One data centre, validated."""

    identity: Identity
    installation: Installation
    profiles: Mapping[str, Profile]
    points: Mapping[str, SitePoint]
    tree: MeterTree
    noise: Noise | None
    heat_branches: tuple[LoopShape, ...]
    heat_pumps: tuple[str, ...]
    heat_pump_outputs: tuple[str, ...]
    outdoor_device: str | None
    bus_labels: Mapping[str, tuple[str, str]]
    declared: Declarations
    envelope: Envelope
    exchanger: ExchangerShape | None
    heat_offer: HeatOfferShape | None
    takers: tuple[TakerShape, ...]
    thermal_nodes: tuple[ThermalNode, ...]

    def device(self, device_id: str) -> Device:
        """The device of that id; KeyError when there is none."""
        for device in self.installation.devices:
            if device.id == device_id:
                return device
        raise KeyError(device_id)


def point_key(device_id: str, point_name: str) -> str:
    """The site-wide name of a point."""
    return f"{device_id}.{point_name}"
