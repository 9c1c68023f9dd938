"""What an installation will ask of its links, before it asks. Pure.

For a check of the site file: requests, registers, and the share of each link's time they
are predicted to take.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from collectors.installation import Device, Installation, ModbusLink
from collectors.modbus.planning import plan_blocks
from collectors.profiles.schema import ModbusProfile, Profile
from collectors.rates import periods_of, rates_of
from collectors.variants import variant_of

# A gateway answers from memory in a few ms, from a 9600 baud bus in 100 ms: the middle.
ASSUMED_ANSWER_S: Final = 0.03
_NODES_PER_READ: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePlan:
    """What one poll of the points of one rate takes; ``registers`` is 0 for OPC UA."""

    poll_s: float
    points: int
    requests: int
    registers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePlan:
    """What one device takes, its fastest rate first."""

    device: str
    link: str
    profile: str
    rates: tuple[RatePlan, ...]

    @property
    def requests_per_s(self) -> float:
        """Requests of all its rates."""
        return sum(rate.requests / rate.poll_s for rate in self.rates)

    @property
    def points_per_s(self) -> float:
        """Readings of all its rates."""
        return sum(rate.points / rate.poll_s for rate in self.rates)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPlan:
    """What all devices of a link take together; a load above 1 cannot be kept up."""

    link: str
    protocol: str
    devices: int
    requests_per_s: float
    points_per_s: float
    load_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPlan:
    """The whole plan."""

    devices: tuple[DevicePlan, ...]
    links: tuple[LinkPlan, ...]

    @property
    def points_per_s(self) -> float:
        """Readings per second of the whole site."""
        return sum(link.points_per_s for link in self.links)


def poll_plan(
    installation: Installation,
    profiles: Mapping[str, Profile],
    *,
    answer_s: float = ASSUMED_ANSWER_S,
) -> PollPlan:
    """Plan every device and add up its link; raises `ProfileError` as reading would."""
    devices = tuple(_device_plan(d, profiles[d.profile]) for d in installation.devices)
    links = []
    for link in installation.links:
        mine = [d for d in devices if d.link == link.id]
        gap_s = link.gap_s if isinstance(link, ModbusLink) else 0.0
        requests_per_s = sum(d.requests_per_s for d in mine)
        links.append(
            LinkPlan(
                link=link.id,
                protocol=link.protocol,
                devices=len(mine),
                requests_per_s=requests_per_s,
                points_per_s=sum(d.points_per_s for d in mine),
                load_ratio=requests_per_s * (answer_s + gap_s),
            )
        )
    return PollPlan(devices=devices, links=tuple(links))


def _device_plan(device: Device, profile: Profile) -> DevicePlan:
    profile = variant_of(profile, device.absent)
    periods_s = periods_of(device, profile)
    return DevicePlan(
        device=device.id,
        link=device.link,
        profile=profile.id,
        rates=tuple(_rate_plan(profile, periods_s, poll_s) for poll_s in rates_of(periods_s)),
    )


def _rate_plan(profile: Profile, periods_s: Sequence[float], poll_s: float) -> RatePlan:
    points = periods_s.count(poll_s)
    if isinstance(profile, ModbusProfile):
        blocks = [b for b in plan_blocks(profile, periods_s) if periods_s[b.points[0]] == poll_s]
        requests, registers = len(blocks), sum(b.count for b in blocks)
    else:
        # The server's clock is read with the points.
        requests, registers = ceil((points + 1) / _NODES_PER_READ), 0
    return RatePlan(poll_s=poll_s, points=points, requests=requests, registers=registers)
