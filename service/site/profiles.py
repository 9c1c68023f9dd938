"""Which profiles a site has: those that come with Boucle, the operator's, and its own.

Later folders go first: a profile of the operator's takes the place of a shipped one of its name.
"""

from pathlib import Path
from typing import Final

from collectors.profiles.errors import ProfileFilesError, ProfileProblem
from collectors.profiles.library import SHIPPED_PROFILES, ProfileShelf, shelved

BESIDE_SITE: Final = "profiles"
"""The folder beside a site file that holds profiles of that site."""


class ProfileFolders:
    """Reads the folders that are common to all sites once."""

    def __init__(self, own: Path | None) -> None:
        """``own`` is the operator's folder.

        Raises
        ------
        ProfileFilesError
            If there is no such folder.
        """
        self._common = shelved(SHIPPED_PROFILES)
        if own is None:
            return
        if not own.is_dir():
            message = "is no folder; correct BOUCLE_PROFILES or leave it unset"
            raise ProfileFilesError([ProfileProblem(str(own), 1, "folder", message)])
        self._common = self._common.under(shelved(own))

    def of_site(self, path: Path) -> ProfileShelf:
        """The profiles of the site whose file this is."""
        beside = path.parent / BESIDE_SITE
        return self._common.under(shelved(beside)) if beside.is_dir() else self._common
