"""The part of a site file the simulators need: what to serve, where, and from which profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from pydantic import ValidationError

from collectors.installation import Device, Installation, Link, ModbusLink, OpcUaLink
from collectors.profiles.errors import ProfileFilesError
from collectors.profiles.library import load_profiles
from collectors.profiles.schema import ModbusPoint, ModbusProfile, OpcUaPoint, Profile
from models.located_yaml import LocatedYamlError, load_located
from simulators.errors import SiteError

Point: TypeAlias = ModbusPoint | OpcUaPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDevice:
    """One device to imitate; ``is_alone`` when no other shares its link."""

    device: Device
    link: Link
    profile: Profile
    is_alone: bool

    @property
    def id(self) -> str:
        """Its id in the site file."""
        return self.device.id

    @property
    def points(self) -> tuple[Point, ...]:
        """The points of its profile."""
        return self.profile.points

    def key(self, point: Point) -> str:
        """The site-wide key of one of its points."""
        return f"{self.device.id}.{point.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSite:
    """All links and devices of a site file."""

    links: tuple[Link, ...]
    devices: tuple[SimulatedDevice, ...]

    def on_link(self, link_id: str) -> tuple[SimulatedDevice, ...]:
        """The devices behind one link."""
        return tuple(d for d in self.devices if d.link.id == link_id)

    def points(self) -> dict[str, Point]:
        """Every point by key."""
        return {d.key(point): point for d in self.devices for point in d.points}


def opcua_address(link: OpcUaLink) -> tuple[str, int]:
    """Host and port of an endpoint."""
    parts = urlsplit(link.endpoint)
    return parts.hostname or "127.0.0.1", parts.port or 4840


def load_simulated_site(path: Path, profile_folder: Path) -> SimulatedSite:
    """Read the links and devices of a site file.

    Raises
    ------
    SiteError
        With every problem, one per line.
    """
    try:
        document = load_located(path.read_text(encoding="utf-8"), str(path))
        profiles = load_profiles(profile_folder)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read ({error})"
        raise SiteError(msg) from error
    except LocatedYamlError as error:
        msg = f"{path}:{error.line}: {error}"
        raise SiteError(msg) from error
    except ProfileFilesError as error:
        raise SiteError(str(error)) from error
    data = document.data if isinstance(document.data, dict) else {}
    wiring = {name: data[name] for name in ("links", "devices") if name in data}
    try:
        installation = Installation.model_validate(wiring)
    except ValidationError as error:
        lines = [
            f"{path}:{document.line(e['loc'])}: {'.'.join(map(str, e['loc']))}: {e['msg']}"
            for e in error.errors()
        ]
        raise SiteError("\n".join(lines)) from error
    problems = list(_misfits(installation, profiles))
    if problems:
        raise SiteError("\n".join(f"{path}: {problem}" for problem in problems))
    return _joined(installation, profiles)


def require_signals(site: SimulatedSite, signals: tuple[str, ...]) -> None:
    """Refuse a site with points the plant does not have."""
    missing = sorted(site.points().keys() - set(signals))
    if missing:
        msg = f"the simulated plant has no signal for {', '.join(missing)}"
        raise SiteError(msg)


def _misfits(installation: Installation, profiles: Mapping[str, Profile]) -> list[str]:
    links = {link.id: link for link in installation.links}
    problems = [
        f"link {link.id}: only framing mbap is simulated, not {link.framing}"
        for link in installation.links
        if isinstance(link, ModbusLink) and link.framing != "mbap"
    ]
    for device in installation.devices:
        link = links.get(device.link)
        profile = profiles.get(device.profile)
        if link is None:
            problems.append(f"device {device.id}: there is no link {device.link!r}")
        elif profile is None:
            problems.append(f"device {device.id}: there is no profile {device.profile!r}")
        elif profile.protocol != link.protocol:
            problems.append(
                f"device {device.id}: profile {profile.id} speaks {profile.protocol},"
                f" link {link.id} {link.protocol}"
            )
        elif (device.unit if isinstance(profile, ModbusProfile) else device.object) is None:
            need = "unit" if isinstance(profile, ModbusProfile) else "object"
            problems.append(f"device {device.id}: needs {need}")
    return problems


def _joined(installation: Installation, profiles: Mapping[str, Profile]) -> SimulatedSite:
    links = {link.id: link for link in installation.links}
    used = [device.link for device in installation.devices]
    return SimulatedSite(
        links=installation.links,
        devices=tuple(
            SimulatedDevice(
                device=device,
                link=links[device.link],
                profile=profiles[device.profile],
                is_alone=used.count(device.link) == 1,
            )
            for device in installation.devices
        ),
    )
