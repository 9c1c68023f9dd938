"""The sites of a folder: what a charter is replayed over, with a history of their KPIs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from charter_rules.facts import SiteFacts
from collectors.profiles.errors import ProfileFilesError
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from collectors.profiles.schema import Profile
from models.located_yaml import LocatedYamlError, load_located
from service.charter_tools.facts_file import facts_from, is_facts_file
from service.errors import UserError
from service.site.errors import Problem, SiteFileError
from service.site.facts import facts_of
from service.site.loader import load_site
from service.site.profiles import ProfileFolders

_EVERY_SITE_FILE = "NAME.yaml or NAME/site.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSite:
    """A site as a history knows it, and the charter that it is under if its file says so."""

    name: str
    facts: SiteFacts
    charter: str | None


def read_site(path: Path, own_profiles: Path | None) -> NamedSite:
    """Read a site file, or a file of facts; ``own_profiles`` is the operator's folder.

    Raises
    ------
    UserError
        With everything that is wrong with it.
    """
    try:
        return _read(path, ProfileFolders(own_profiles))
    except (SiteFileError, ProfileFilesError) as error:
        raise UserError(str(error)) from error


def profiles_of_devices() -> Mapping[str, Profile]:
    """The shipped profiles.

    Raises
    ------
    UserError
        If one cannot be used.
    """
    try:
        return load_profiles(SHIPPED_PROFILES)
    except ProfileFilesError as error:
        raise UserError(str(error)) from error


def facts_of_folder(folder: Path, own_profiles: Path | None) -> dict[str, SiteFacts]:
    """The facts of every site of a folder, by the name that the history knows it by.

    A site is ``NAME.yaml`` in the folder or ``NAME/site.yaml`` below it: a site file, which says
    its own id, or a file of facts (``facts_file.py``), whose site is called as the file.

    Raises
    ------
    UserError
        With every file that cannot be used, or when there is none.
    """
    paths = sorted([*folder.glob("*.yaml"), *folder.glob("*/site.yaml")])
    if not paths:
        why = "has no site" if folder.is_dir() else "is no folder"
        msg = f"{folder} {why}: give a folder of {_EVERY_SITE_FILE}"
        raise UserError(msg)
    try:
        profiles = ProfileFolders(own_profiles)
    except ProfileFilesError as error:
        raise UserError(str(error)) from error
    facts: dict[str, SiteFacts] = {}
    problems: list[str] = []
    for path in paths:
        try:
            site = _read(path, profiles)
        except SiteFileError as error:
            problems.append(str(error))
            continue
        if site.name in facts:
            problems.append(f"{path}: another site is named {site.name}, too; rename one")
        facts[site.name] = site.facts
    if problems:
        raise UserError("\n".join(problems))
    return facts


def _read(path: Path, profiles: ProfileFolders) -> NamedSite:
    try:
        document = load_located(path.read_text(encoding="utf-8"), str(path))
    except LocatedYamlError as error:
        raise SiteFileError(str(path), [Problem(error.line, "YAML", str(error))]) from error
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(1, "file", f"cannot be read ({error}); check the path and its encoding")
        raise SiteFileError(str(path), [problem]) from error
    if is_facts_file(document):
        name = path.parent.name if path.name == "site.yaml" else path.stem
        return NamedSite(name=name, facts=facts_from(document, path), charter=None)
    shelf = profiles.of_site(path)
    site = load_site(path, shelf.profiles, shelf.broken).site
    identity = site.identity
    return NamedSite(name=identity.id, facts=facts_of(site), charter=identity.charter)
