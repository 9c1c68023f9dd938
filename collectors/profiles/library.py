"""Reads device profiles: every mistake of every file at once, with line, field and remedy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

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
from models.located_yaml import LocatedDocument, LocatedYamlError, load_located

SHIPPED_PROFILES: Final = Path(__file__).parent
"""The folder of the profiles that come with Boucle."""

_Entry = TypeVar("_Entry", ModbusPoint, OpcUaPoint, ReadableRange)

_SHAPES: Final[dict[str, type[ModbusProfile] | type[OpcUaProfile]]] = {
    "modbus": ModbusProfile,
    "opcua": OpcUaProfile,
}


def load_profiles(folder: Path) -> Mapping[str, Profile]:
    """Read every ``*.yaml`` of ``folder``, by profile id.

    Raises
    ------
    ProfileFilesError
        A ProfileError with every problem found in every file.
    """
    problems: list[ProfileProblem] = []
    profiles: dict[str, Profile] = {}
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        message = "holds no *.yaml device profile; check the path"
        raise ProfileFilesError([ProfileProblem(str(folder), 1, "folder", message)])
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot be read ({error}); check the file and its encoding"
            problems.append(ProfileProblem(str(path), 1, "file", message))
            continue
        profile, found = parse_profile(text, str(path), path.stem)
        problems += found
        if profile is not None:
            profiles[profile.id] = profile
    if problems:
        raise ProfileFilesError(problems)
    return profiles


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
        findings += [(tuple(e["loc"]), _remedy(e)) for e in error.errors()]
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
    return modbus_findings(
        _sound_entries(data.get("points"), ModbusPoint),
        _sound_entries(data.get("readable_ranges"), ReadableRange),
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


def _remedy(details: ErrorDetails) -> str:
    given = details["input"]
    match details["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return "is not a field of a profile; correct its name or remove it"
        case _:
            return f"{details['msg']}; got {given!r}"
