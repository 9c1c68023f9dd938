"""Reads a site file: every mistake at once, each with its line, its field and the remedy."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from collectors.profiles.schema import Profile
from collectors.redaction import redacted
from models.located_yaml import LocatedDocument, LocatedYamlError, load_located
from service.site.build import installed_site
from service.site.checks import SiteChecker
from service.site.errors import Problem, SiteFileError
from service.site.salvage import salvage
from service.site.schema import SiteFile
from service.site.site import InstalledSite

_SECRET_FIELDS = frozenset({"endpoint", "host", "login"})
_CREDENTIALS = frozenset({"user", "username", "password"})
# pydantic puts the branch of a union it tried into the path; the file has no such level.
_UNION_TAGS = frozenset({"modbus", "opcua", "electricity", "volume", "heat"})


def load_site(path: Path, profiles: Mapping[str, Profile]) -> InstalledSite:
    """Read and check a site file.

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
    return parse_site(text, str(path), profiles)


def parse_site(text: str, source: str, profiles: Mapping[str, Profile]) -> InstalledSite:
    """Check the text of a site file; ``source`` names it in messages."""
    try:
        document = load_located(text, source)
    except LocatedYamlError as error:
        raise SiteFileError(source, [Problem(error.line, "YAML", str(error))]) from error
    try:
        site_file = SiteFile.model_validate(document.data)
    except ValidationError as error:
        problems = [_from_pydantic(document, details) for details in error.errors()]
        raise SiteFileError(source, problems + _checks_of_the_rest(document, profiles)) from error
    problems = SiteChecker(site_file, profiles, lambda path: path, document.line).run()
    if problems:
        raise SiteFileError(source, problems)
    return installed_site(site_file, profiles)


def _checks_of_the_rest(
    document: LocatedDocument, profiles: Mapping[str, Profile]
) -> list[Problem]:
    """Names that do not fit, among the entries whose shape is sound."""
    rest = salvage(document.data)
    if rest is None:
        return []
    checker = SiteChecker(rest.site_file, profiles, rest.file_path, document.line)
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
    match details["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            if path[0] == "links" and path[-1] in _CREDENTIALS:
                return "does not stand here; write 'login: {user: {env: …}, password: {env: …}}'"
            return "is not a field here; correct its name or remove it"
        case "union_tag_not_found":
            return f"{details['msg']}; add it"
        case "value_error":
            return details["msg"].removeprefix("Value error, ")
        case _:
            return details["msg"] + _got(path, details["input"])


def _got(path: tuple[str | int, ...], given: object) -> str:
    """What stands there; not where it may hold a secret, on purpose or by mistake."""
    if _SECRET_FIELDS.intersection(path) or isinstance(given, dict | list):
        return ""
    return f"; got {redacted(repr(given))}"
