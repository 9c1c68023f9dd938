"""The settings of an OpenID Connect provider, a part of those of any Boucle process."""

from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

DEFAULT_SCOPES: Final = "openid email profile"


class OidcSettings(BaseSettings):
    """Who vouches for people besides our own passwords. Each is described in README.md."""

    oidc_issuer: str | None = None
    oidc_client_id: str | None = Field(default=None, min_length=1)
    oidc_client_secret: SecretStr | None = Field(default=None, repr=False)
    oidc_client_secret_file: Path | None = Field(default=None, repr=False)
    oidc_scopes: str = DEFAULT_SCOPES
    # On the button; the same in both languages.
    oidc_name: str | None = Field(default=None, min_length=1, max_length=60)
    # Any of these must be in the token; spaces between.
    oidc_acr: str | None = None
