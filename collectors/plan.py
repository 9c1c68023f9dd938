"""What an installation will ask of its links, before it asks. Pure.

For a check of the site file: requests, registers, and the share of each link's time they
are predicted to take.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from collectors.installation import Device, Installation, ModbusLink
from collectors.modbus.planning import plan_blocks
from collectors.profiles.schema import ModbusProfile, Profile
from collectors.variants import variant_of

# A gateway answers from memory in a few ms, from a 9600 baud bus in 100 ms: the middle.
ASSUMED_ANSWER_S: Final = 0.03
_NODES_PER_READ: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePlan:
    """What one poll of one device takes; ``registers`` is 0 for OPC UA."""

    device: str
    link: str
    profile: str
    poll_s: float
    points: int
    requests: int
    registers: int


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
        requests_per_s = sum(d.requests / d.poll_s for d in mine)
        links.append(
            LinkPlan(
                link=link.id,
                protocol=link.protocol,
                devices=len(mine),
                requests_per_s=requests_per_s,
                points_per_s=sum(d.points / d.poll_s for d in mine),
                load_ratio=requests_per_s * (answer_s + gap_s),
            )
        )
    return PollPlan(devices=devices, links=tuple(links))


def _device_plan(device: Device, profile: Profile) -> DevicePlan:
    profile = variant_of(profile, device.absent)
    if isinstance(profile, ModbusProfile):
        blocks = plan_blocks(profile)
        requests, registers = len(blocks), sum(b.count for b in blocks)
    else:
        # The server's clock is read with the points.
        requests, registers = ceil((len(profile.points) + 1) / _NODES_PER_READ), 0
    return DevicePlan(
        device=device.id,
        link=device.link,
        profile=profile.id,
        poll_s=device.poll_s,
        points=len(profile.points),
        requests=requests,
        registers=registers,
    )
