"""A site as data: enough of its file and profiles to build it again on another machine.

Addresses of devices stay at home: nothing is computed from them.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from charter_rules.facts import SiteFacts
from collectors.profiles.schema import Profile
from models.site.site import Site
from service.evidence.canonical import Json, plain
from service.evidence.report import PartError
from service.evidence.said import Said
from service.site.build import build_site
from service.site.checks import SiteChecker
from service.site.facts import facts_of
from service.site.schema import SiteFile

# Who measures what; the other fields of a site file are facts and declarations.
_METER_FIELDS: Final = ("links", "devices", "buses", "meters")
_PROFILE: Final[TypeAdapter[Profile]] = TypeAdapter(Profile)
_WITHHELD: Final = "withheld"


def site_parts(
    site_file: SiteFile, profiles: Mapping[str, Profile]
) -> tuple[dict[str, Json], dict[str, Json]]:
    """The parts ``site_facts`` and ``meters`` of a pack."""
    data = plain(site_file)
    data["links"] = [_without_address(link) for link in data["links"]]
    used = {device.profile for device in site_file.devices}
    site = build_site(site_file, profiles)
    meters = {
        "registry": {name: data.pop(name) for name in _METER_FIELDS if name in data},
        "profiles": {name: plain(profiles[name]) for name in sorted(used)},
        "as_computed": plain(site.tree.meters),
    }
    return {"facts": plain(facts_of(site)), "declared": data}, meters


def _no_line(path: tuple[str | int, ...]) -> int:
    """A pack is no file of lines."""
    del path
    return 1


def _without_address(link: dict[str, Any]) -> dict[str, Any]:
    if "endpoint" in link:
        return {**link, "endpoint": f"opc.tcp://{_WITHHELD}", "login": None}
    return {**link, "host": _WITHHELD}


def site_from(site_facts: Json, meters: Json) -> tuple[Site, SiteFacts]:
    """Build the site of a pack again.

    Raises
    ------
    PartError
        If a part is not that of a sound site, or does not follow from the other.
    ValueError, TypeError, LookupError
        If the parts are something else altogether.
    """
    profiles = {name: _PROFILE.validate_python(one) for name, one in meters["profiles"].items()}
    site_file = _site_file({**site_facts["declared"], **meters["registry"]})
    problems = SiteChecker(site_file, profiles, lambda path: path, _no_line).run()
    if problems:
        first = problems[0]
        said = Said("site_problem", {"field": first.field, "why": first.message})
        raise PartError(_part_of(first.field), said)
    site = build_site(site_file, profiles)
    if plain(site.tree.meters) != meters["as_computed"]:
        part = "meters"
        raise PartError(part, Said("meters_do_not_follow"))
    facts = facts_of(site)
    if plain(facts) != site_facts["facts"]:
        part = "site_facts"
        raise PartError(part, Said("facts_do_not_follow"))
    return site, facts


def _site_file(data: Json) -> SiteFile:
    try:
        return SiteFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(one) for one in first["loc"])
        said = Said("site_problem", {"field": f"{field}:", "why": first["msg"]})
        raise PartError(_part_of(field), said) from error


def _part_of(field: str) -> str:
    return "meters" if field.partition(".")[0] in _METER_FIELDS else "site_facts"
