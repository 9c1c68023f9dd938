"""What several commands load the same way: profiles, site file, signing key."""

from pathlib import Path

from collectors.profiles.errors import ProfileFilesError
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from service.errors import UserError
from service.evidence.keys import KEY_FILE, SigningKey, load_or_create
from service.settings import Settings
from service.site.errors import SiteFileError
from service.site.loader import load_site
from service.site.site import InstalledSite


def load_the_site(path: Path | None, settings: Settings) -> InstalledSite:
    """Load the named site file, or the one of the settings.

    Raises
    ------
    UserError
        With everything that is wrong with the profiles or the site file.
    """
    try:
        return load_site(path or settings.site, load_profiles(SHIPPED_PROFILES))
    except (ProfileFilesError, SiteFileError) as error:
        msg = f"the site file cannot be used\n{error}"
        raise UserError(msg) from error


def signing_key(settings: Settings) -> SigningKey:
    """The key of the settings; made when there is none yet."""
    return load_or_create(settings.signing_key or settings.data_dir / KEY_FILE)
