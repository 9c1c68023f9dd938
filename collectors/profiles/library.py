"""Reads device profiles: every mistake of every file at once, with line, field and remedy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from collectors.profiles.checks import Finding, modbus_findings, opcua_findings
from collectors.profiles.errors import ProfileFilesError, ProfileProblem
from collectors.profiles.schema import (
    ModbusPoint,
    ModbusProfile,
    OpcUaPoint,
    OpcUaProfile,
    Profile,
    ReadableRange,
)
from collectors.shape_errors import remedy, shape_errors
from models.located_yaml import LocatedDocument, LocatedYamlError, load_located

SHIPPED_PROFILES: Final = Path(__file__).parent
"""The folder of the profiles that come with Boucle."""

_Entry = TypeVar("_Entry", ModbusPoint, OpcUaPoint, ReadableRange)

_SHAPES: Final[dict[str, type[ModbusProfile] | type[OpcUaProfile]]] = {
    "modbus": ModbusProfile,
    "opcua": OpcUaProfile,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileShelf:
    """The profiles of one or more folders, and what is wrong with those that cannot be used.

    ``broken`` is by the name of the file, which is the id of its profile.
    """

    profiles: Mapping[str, Profile]
    broken: Mapping[str, tuple[ProfileProblem, ...]]

    def under(self, upper: "ProfileShelf") -> "ProfileShelf":
        """Both; where they have the same name, the upper one's, even if it is broken."""
        names = upper.profiles.keys() | upper.broken.keys()
        mine = {name: one for name, one in self.profiles.items() if name not in names}
        broken = {name: found for name, found in self.broken.items() if name not in names}
        return ProfileShelf(profiles={**mine, **upper.profiles}, broken={**broken, **upper.broken})


def shelved(folder: Path) -> ProfileShelf:
    """Read every ``*.yaml`` of ``folder``; a broken one concerns whoever uses it."""
    profiles: dict[str, Profile] = {}
    broken: dict[str, tuple[ProfileProblem, ...]] = {}
    for path in sorted(folder.glob("*.yaml")):
        profile, found = _read(path)
        if profile is None:
            broken[path.stem] = tuple(sorted(found))
        else:
            profiles[profile.id] = profile
    return ProfileShelf(profiles=profiles, broken=broken)


def load_profiles(folder: Path) -> Mapping[str, Profile]:
    """Read every ``*.yaml`` of ``folder``, by profile id; all must be in order.

    Raises
    ------
    ProfileFilesError
        A ProfileError with every problem found in every file.
    """
    shelf = shelved(folder)
    if shelf.broken:
        raise ProfileFilesError([one for found in shelf.broken.values() for one in found])
    if not shelf.profiles:
        message = "holds no *.yaml device profile; check the path"
        raise ProfileFilesError([ProfileProblem(str(folder), 1, "folder", message)])
    return shelf.profiles


def _read(path: Path) -> tuple[Profile | None, list[ProfileProblem]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot be read ({error}); check the file and its encoding"
        return None, [ProfileProblem(str(path), 1, "file", message)]
    return parse_profile(text, str(path), path.stem)


def parse_profile(
    text: str, source: str, expected_id: str
) -> tuple[Profile | None, list[ProfileProblem]]:
    """One profile and what is wrong with it; the profile is None when anything is."""
    try:
        document = load_located(text, source)
    except LocatedYamlError as error:
        return None, [ProfileProblem(source, error.line, "YAML", str(error))]
    data = document.data
    if not isinstance(data, dict):
        message = "a profile is a mapping with id, protocol, points and so on"
        return None, [ProfileProblem(source, 1, "file", message)]
    protocol = data.get("protocol")
    shape = _SHAPES.get(protocol) if isinstance(protocol, str) else None
    if shape is None:
        message = f"must be one of {', '.join(_SHAPES)}; got {protocol!r}"
        return None, [ProfileProblem(source, document.line(("protocol",)), "protocol", message)]
    findings: list[Finding] = []
    profile: Profile | None = None
    try:
        profile = shape.model_validate(data)
    except ValidationError as error:
        findings += [(tuple(e["loc"]), remedy(shape, e)) for e in shape_errors(error)]
    findings += _named_as_its_file(data, expected_id) + _beyond_shape(data, shape)
    return (None if findings else profile), _located(document, findings)


def _located(document: LocatedDocument, findings: list[Finding]) -> list[ProfileProblem]:
    return [
        ProfileProblem(
            document.source,
            document.line(path),
            ".".join(str(part) for part in path) or "file",
            message,
        )
        for path, message in findings
    ]


def _named_as_its_file(data: dict[str, Any], expected_id: str) -> list[Finding]:
    found = data.get("id")
    if isinstance(found, str) and found != expected_id:
        message = f"{found!r} is not the file's name; write {expected_id!r} or rename the file"
        return [(("id",), message)]
    return []


def _beyond_shape(
    data: dict[str, Any], shape: type[ModbusProfile] | type[OpcUaProfile]
) -> list[Finding]:
    """What the parts of right shape get wrong, even when other parts have no right shape."""
    if shape is OpcUaProfile:
        points = _sound_entries(data.get("points"), OpcUaPoint)
        return opcua_findings(points, str(data.get("namespace_uri")))
    given, ranges = (
        data.get("readable_ranges"),
        _sound_entries(data.get("readable_ranges"), ReadableRange),
    )
    return modbus_findings(
        _sound_entries(data.get("points"), ModbusPoint),
        ranges,
        knows_all_ranges=given is None or (isinstance(given, list) and len(ranges) == len(given)),
        max_span=_positive_or(data.get("max_span"), 125),
    )


def _sound_entries(entries: object, shape: type[_Entry]) -> dict[int, _Entry]:
    adapter = TypeAdapter(shape)
    sound: dict[int, _Entry] = {}
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        try:
            sound[index] = adapter.validate_python(entry)
        except ValidationError:
            continue
    return sound


def _positive_or(value: object, default: int) -> int:
    return value if isinstance(value, int) and value > 0 else default
