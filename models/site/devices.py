"""The devices of a site, and what is read from them."""

from dataclasses import dataclass

from models.quantities import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device: what it is called, and how it is reached."""

    id: str
    label_fr: str
    label_en: str
    link: str
    protocol: str
    profile: str
    poll_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePoint:
    """One quantity read from one device; ``kind`` is gauge, counter or state."""

    key: str
    device: str
    name: str
    quantity: Quantity
    unit: str
    kind: str
    poll_s: float


def point_key(device_id: str, point_name: str) -> str:
    """The site-wide name of a point.

    Examples
    --------
    >>> point_key("intake_a", "active_energy_kwh")
    'intake_a.active_energy_kwh'
    """
    return f"{device_id}.{point_name}"


def device_of(key: str) -> str:
    """The device of a point, from its site-wide name.

    Examples
    --------
    >>> device_of("intake_a.active_energy_kwh")
    'intake_a'
    """
    return key.partition(".")[0]
