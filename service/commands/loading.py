"""What several commands load the same way: profiles, site file, signing key."""

from pathlib import Path

from collectors.profiles.errors import ProfileFilesError
from service.errors import UserError
from service.evidence.keys import KEY_FILE, SigningKey, load_or_create
from service.settings import Settings
from service.site.errors import SiteFileError
from service.site.loader import load_site
from service.site.profiles import ProfileFolders
from service.site.site import InstalledSite


def load_the_site(path: Path | None, settings: Settings) -> InstalledSite:
    """Load the named site file, or the one of the settings.

    Raises
    ------
    UserError
        With everything that is wrong with the site file and the profiles it uses.
    """
    try:
        file = path or settings.site
        shelf = ProfileFolders(settings.profiles).of_site(file)
        return load_site(file, shelf.profiles, shelf.broken)
    except (ProfileFilesError, SiteFileError) as error:
        msg = f"the site file cannot be used\n{error}"
        raise UserError(msg) from error


def signing_key(settings: Settings) -> SigningKey:
    """The key of the settings; made when there is none yet."""
    return load_or_create(settings.signing_key or settings.data_dir / KEY_FILE)
