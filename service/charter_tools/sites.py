"""The sites of a folder, and their past KPIs: what a charter is replayed over."""

from pathlib import Path

from charter_rules.facts import SiteFacts
from collectors.profiles.errors import ProfileFilesError
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from service.errors import UserError
from service.site.errors import SiteFileError
from service.site.facts import facts_of
from service.site.loader import load_site


def facts_of_folder(folder: Path) -> dict[str, SiteFacts]:
    """The facts of every site file of a folder, by the id of the site.

    A site file is ``NAME.yaml`` in the folder or ``NAME/site.yaml`` below it.

    Raises
    ------
    UserError
        With every site file that cannot be used, or when there is none.
    """
    paths = sorted([*folder.glob("*.yaml"), *folder.glob("*/site.yaml")])
    if not paths:
        msg = f"{folder} has no site file: give a folder of NAME.yaml or NAME/site.yaml"
        raise UserError(msg)
    try:
        profiles = load_profiles(SHIPPED_PROFILES)
    except ProfileFilesError as error:
        raise UserError(str(error)) from error
    facts: dict[str, SiteFacts] = {}
    problems: list[str] = []
    for path in paths:
        try:
            site = load_site(path, profiles)
        except SiteFileError as error:
            problems.append(str(error))
            continue
        if site.identity.id in facts:
            problems.append(f"{path}: another site is named {site.identity.id}, too; rename one")
        facts[site.identity.id] = facts_of(site)
    if problems:
        raise UserError("\n".join(problems))
    return facts
