"""A site together with how it is reached: what the collectors poll, and what is reckoned."""

from collections.abc import Mapping
from dataclasses import dataclass

from collectors.installation import Installation
from collectors.profiles.schema import Profile
from models.site.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledSite:
    """What a site file describes. Addresses and register maps stay on the collectors' side."""

    site: Site
    installation: Installation
    profiles: Mapping[str, Profile]
