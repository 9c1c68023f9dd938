"""Reads a site file: every mistake at once, each with its line, its field and the remedy."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from collectors.profiles.schema import Profile
from collectors.shape_errors import remedy, shape_errors
from models.located_yaml import LocatedDocument, LocatedYamlError, load_located
from service.site.build import installed_site
from service.site.checks import BrokenProfiles, SiteChecker
from service.site.errors import Problem, SiteFileError
from service.site.salvage import salvage
from service.site.schema import SiteFile
from service.site.site import InstalledSite

_SECRET_FIELDS = frozenset({"endpoint", "host", "login"})
_CREDENTIALS = frozenset({"user", "username", "password"})
_NONE_BROKEN: BrokenProfiles = {}
# pydantic puts the branch of a union it tried into the path; the file has no such level.
_UNION_TAGS = frozenset({"modbus", "opcua", "electricity", "volume", "heat"})


def load_site(
    path: Path, profiles: Mapping[str, Profile], broken: BrokenProfiles = _NONE_BROKEN
) -> InstalledSite:
    """Read and check a site file; ``broken`` is what is wrong with profiles beside those given.

    Raises
    ------
    SiteFileError
        With every problem found: unreadable file, YAML syntax, shape, or names that do not fit.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(1, "file", f"cannot be read ({error}); check the path and its encoding")
        raise SiteFileError(str(path), [problem]) from error
    return parse_site(text, str(path), profiles, broken)


def parse_site(
    text: str,
    source: str,
    profiles: Mapping[str, Profile],
    broken: BrokenProfiles = _NONE_BROKEN,
) -> InstalledSite:
    """Check the text of a site file; ``source`` names it in messages."""
    try:
        document = load_located(text, source)
    except LocatedYamlError as error:
        raise SiteFileError(source, [Problem(error.line, "YAML", str(error))]) from error
    try:
        site_file = SiteFile.model_validate(document.data)
    except ValidationError as error:
        problems = [_from_pydantic(document, details) for details in shape_errors(error)]
        problems += _checks_of_the_rest(document, profiles, broken)
        raise SiteFileError(source, problems) from error
    checker = SiteChecker(site_file, profiles, lambda path: path, document.line, broken=broken)
    problems = checker.run()
    if problems:
        raise SiteFileError(source, problems)
    return installed_site(site_file, profiles)


def _checks_of_the_rest(
    document: LocatedDocument, profiles: Mapping[str, Profile], broken: BrokenProfiles
) -> list[Problem]:
    """Names that do not fit, among the entries whose shape is sound."""
    rest = salvage(document.data)
    if rest is None:
        return []
    checker = SiteChecker(
        rest.site_file,
        profiles,
        rest.file_path,
        document.line,
        broken=broken,
        nameless=rest.nameless,
    )
    return [
        problem
        for problem in checker.run()
        if not any(f"{name!r}" in problem.message for name in rest.left_out)
    ]


def _from_pydantic(document: LocatedDocument, details: ErrorDetails) -> Problem:
    path = _file_path(document.data, details["loc"])
    field = ".".join(str(part) for part in path) or "file"
    return Problem(document.line(path), field, _remedy(path, details))


def _file_path(data: object, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Drop the union tags pydantic adds to a path."""
    path: list[str | int] = []
    node = data
    for part in loc:
        present = isinstance(node, dict) and part in node
        if part in _UNION_TAGS and not present:
            continue
        path.append(part)
        if isinstance(node, dict):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
    return tuple(path)


def _remedy(path: tuple[str | int, ...], details: ErrorDetails) -> str:
    is_credential = path[:1] == ("links",) and path[-1] in _CREDENTIALS
    if details["type"] == "extra_forbidden" and is_credential:
        return "does not stand here; write 'login: {user: {env: …}, password: {env: …}}'"
    return remedy(SiteFile, details, shows_value=not _SECRET_FIELDS.intersection(path))
