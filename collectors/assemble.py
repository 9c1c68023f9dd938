"""From installation and profiles to sources: checks that all fits, then builds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from collectors.errors import InstallationError, ProfileError
from collectors.installation import Device, Installation, Link, ModbusLink, link_problems
from collectors.modbus.link import PymodbusLink
from collectors.modbus.source import Layout, ModbusSource
from collectors.opcua.link import AsyncuaLink
from collectors.opcua.source import OpcUaSource
from collectors.polling import Source
from collectors.ports import LessonStore
from collectors.profiles.node_ids import object_problems
from collectors.profiles.schema import ModbusProfile, OpcUaProfile, Profile
from collectors.rates import periods_of, rate_problems, rates_of
from collectors.several_rates import SeveralRates
from collectors.variants import absent_problems, read_twice, variant_of


class Closable(Protocol):
    """A link, as seen by whoever ends it."""

    async def close(self) -> None:
        """Hang up."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """One device ready to be polled; its rates are the fastest first."""

    device: Device
    source: Source
    rates_s: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """All devices, and the links to close in the end."""

    wired: tuple[Wired, ...]
    links: tuple[Closable, ...]
    longest_timeout_s: float


def assemble(
    installation: Installation,
    profiles: Mapping[str, Profile],
    point_ids: Mapping[str, int],
    lessons: LessonStore,
) -> Assembly:
    """Build every source; raises `InstallationError` naming all mistakes at once.

    What devices taught before comes from ``lessons``, and what they teach goes there.
    """
    problems = [*installation_problems(installation, profiles)]
    problems.extend(_missing_ids(installation, profiles, point_ids))
    if problems:
        raise InstallationError(problems)
    return _Builder(installation, profiles, point_ids, lessons).build()


def installation_problems(
    installation: Installation, profiles: Mapping[str, Profile]
) -> Iterator[str]:
    """What does not fit together in the wiring, one sentence each."""
    links = {link.id: link for link in installation.links}
    if len(links) < len(installation.links):
        yield "two links have the same id"
    if len({d.id for d in installation.devices}) < len(installation.devices):
        yield "two devices have the same id"
    for device in installation.devices:
        link, profile = links.get(device.link), profiles.get(device.profile)
        if link is None:
            known = ", ".join(links)
            yield f"device {device.id}: link {device.link!r} is not one of {known}"
        if profile is None:
            yield f"device {device.id}: there is no profile {device.profile!r}"
        if link is not None and profile is not None:
            yield from _device_problems(device, link, profile)
    for link in installation.links:
        behind = [d for d in installation.devices if d.link == link.id]
        for problem in link_problems(link, behind) if isinstance(link, ModbusLink) else ():
            yield f"link {link.id}: {problem}"
    for index, first in read_twice(installation.devices, profiles):
        yield f"device {installation.devices[index].id}: reads what {first.id} reads already"


def _device_problems(device: Device, link: Link, profile: Profile) -> Iterator[str]:
    for problem in absent_problems(device, profile):
        yield f"device {device.id}: {problem}"
    for problem in rate_problems(device, profile):
        yield f"device {device.id}: {problem}"
    if link.protocol != profile.protocol:
        yield (
            f"device {device.id}: link {link.id} speaks {link.protocol}, "
            f"profile {profile.id} is for {profile.protocol}"
        )
    elif isinstance(profile, ModbusProfile) and device.unit is None:
        yield f"device {device.id}: a Modbus device needs a unit"
    elif isinstance(profile, OpcUaProfile):
        yield from (f"device {device.id}: {one}" for one in object_problems(device.object, profile))


def _missing_ids(
    installation: Installation, profiles: Mapping[str, Profile], point_ids: Mapping[str, int]
) -> Iterator[str]:
    for device in installation.devices:
        profile = profiles.get(device.profile)
        for point in profile.points if profile is not None else ():
            key = f"{device.id}.{point.name}"
            if key not in point_ids and point.name not in device.absent:
                yield f"point {device.id}.{point.name} has no id"


class _Builder:
    """Builds links and layouts once, however many devices share them."""

    def __init__(
        self,
        installation: Installation,
        profiles: Mapping[str, Profile],
        point_ids: Mapping[str, int],
        lessons: LessonStore,
    ) -> None:
        self._lessons = lessons
        self._installation = installation
        self._profiles = profiles
        self._point_ids = point_ids
        self._modbus: dict[str, PymodbusLink] = {}
        self._opcua: dict[str, AsyncuaLink] = {}
        self._layouts: dict[tuple[str, frozenset[str], tuple[float, ...]], Layout] = {}

    def build(self) -> Assembly:
        for link in self._installation.links:
            if isinstance(link, ModbusLink):
                self._modbus[link.id] = PymodbusLink(link)
            else:
                self._opcua[link.id] = AsyncuaLink(link)
        problems: list[str] = []
        wired: list[Wired] = []
        for device in self._installation.devices:
            try:
                wired.append(self._wired(device))
            except ProfileError as exc:
                problems.append(f"device {device.id}: {exc}")
        if problems:
            raise InstallationError(problems)
        return Assembly(
            wired=tuple(wired),
            links=(*self._modbus.values(), *self._opcua.values()),
            longest_timeout_s=max((x.timeout_s for x in self._installation.links), default=0.0),
        )

    def _wired(self, device: Device) -> Wired:
        profile = variant_of(self._profiles[device.profile], device.absent)
        point_ids = [self._point_ids[f"{device.id}.{p.name}"] for p in profile.points]
        periods_s = periods_of(device, profile)
        rates_s = rates_of(periods_s)
        source: Source
        if isinstance(profile, ModbusProfile):
            source = ModbusSource(
                device=device.id,
                link_id=device.link,
                unit=device.unit or 0,
                layout=self._layout(profile, device, periods_s),
                link=self._modbus[device.link],
                point_ids=point_ids,
                poll_s=rates_s[0],
                lessons=self._lessons,
            )
        else:
            source = OpcUaSource(
                device=device.id,
                object_name=device.object or "",
                profile=profile,
                link=self._opcua[device.link],
                point_ids=point_ids,
                periods_s=periods_s,
            )
        if len(rates_s) > 1:
            source = SeveralRates(source, point_ids, periods_s)
        return Wired(device=device, source=source, rates_s=rates_s)

    def _layout(
        self, profile: ModbusProfile, device: Device, periods_s: tuple[float, ...]
    ) -> Layout:
        variant = profile.id, frozenset(device.absent), periods_s
        if variant not in self._layouts:
            self._layouts[variant] = Layout(profile, periods_s)
        return self._layouts[variant]
