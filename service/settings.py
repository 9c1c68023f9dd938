"""How this process runs: from ``BOUCLE_*`` variables, read once and passed down."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from service.accounts.addresses import KeptAddress
from service.database_url import fault_of
from service.errors import UserError
from service.notify_settings import NotifySettings
from service.oidc_settings import OidcSettings

PREFIX = "BOUCLE_"
# Read by the tests, not by the program.
_TEST_VARIABLES = ("BOUCLE_TEST_", "BOUCLE_AXE_", "BOUCLE_REQUIRE_")


class SettingsError(Exception):
    """A ``BOUCLE_*`` variable is unknown or has a value that cannot be used."""


class Settings(NotifySettings, OidcSettings):
    """Settings of a Boucle process. Each is described in README.md."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: SecretStr | None = None
    data_dir: Path = Path(".boucle")
    site: Path = Path("deploy/sites/chapelle-international.yaml")
    # Profiles of the operator's; a folder "profiles" beside the site file needs no setting.
    profiles: Path | None = None
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=1, le=65535)
    # Names by which it is reached beside this machine's own, and other sites whose pages may read
    # the API; commas between, * for all.
    trusted_hosts: str = ""
    cors_origins: str = Field(
        default="", pattern=r"^(\*|https?://[^\s,/]+(\s*,\s*https?://[^\s,/]+)*)?$"
    )
    # How often an address, and an account, may ask, and how many event streams an address may hold
    # open; 0 is without a limit. A screen asks some 20 times a minute, and holds one stream.
    requests_per_minute: int = Field(default=1200, ge=0, le=1_000_000)
    streams_per_address: int = Field(default=20, ge=0, le=100_000)
    # The collector's own metrics and health; not served without a port.
    collect_host: str = "127.0.0.1"
    collect_port: int | None = Field(default=None, ge=1, le=65535)
    # The same of the evaluation.
    evaluate_host: str = "127.0.0.1"
    evaluate_port: int | None = Field(default=None, ge=1, le=65535)
    # A day without the database at 150 readings a second, 40 bytes each.
    spool_max_mb: int = Field(default=512, ge=16, le=65536)
    # Whole legal months of readings, and years of hours: what looks back a year reads hours, what
    # looks at single readings goes back some weeks.
    raw_months: int = Field(default=13, ge=2, le=600)
    hours_years: int = Field(default=10, ge=2, le=100)
    # Where people reach the server; of https, cookies go over nothing else.
    public_url: str | None = Field(default=None, pattern=r"^https?://[^/\s?#@]+/?$")
    # Sessions end after so much rest, and in any case; those of administrators sooner.
    session_idle_minutes: int = Field(default=720, ge=5, le=10_080)
    session_hours: int = Field(default=168, ge=1, le=720)
    admin_session_idle_minutes: int = Field(default=30, ge=5, le=1440)
    admin_session_hours: int = Field(default=12, ge=1, le=168)
    # How long the audit log is kept, and how much of an address it keeps.
    audit_months: int = Field(default=12, ge=6, le=120)
    audit_address: KeptAddress = KeptAddress.TRUNCATED
    # Where the alerts that fire are shown; the page of alerts links to it.
    alertmanager_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    # What the legal notice and the pages on accessibility and personal data say; see deploy/.
    statements: Path | None = None
    # The key that signs evidence; data_dir/signing.key when it is not named.
    signing_key: Path | None = None
    # The keys of sites that boucle verify knows.
    trust: Path | None = None


def require_dsn(settings: Settings) -> str:
    """The database of the settings.

    Raises
    ------
    UserError
        When none is named, or what is named cannot be one.
    """
    if settings.database_url is None:
        msg = (
            "BOUCLE_DATABASE_URL is not set: name a PostgreSQL server, for example "
            "BOUCLE_DATABASE_URL=postgresql://boucle@localhost/boucle (the demo starts its own)"
        )
        raise UserError(msg)
    url = settings.database_url.get_secret_value()
    fault = fault_of(url)
    if fault is not None:
        msg = (
            f"BOUCLE_DATABASE_URL is not the address of a database: {fault}; "
            "an example is postgresql://boucle:secret@localhost:5432/boucle"
        )
        raise UserError(msg)
    return url


def offline_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """For a check on any machine: whatever else is set there, and in whatever order."""
    named = (os.environ if environ is None else environ).get(f"{PREFIX}TRUST")
    return Settings.model_construct(trust=None if named is None else Path(named))


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; refuse misspelt names, which would silently do nothing."""
    names = os.environ if environ is None else environ
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in names:
        if name.startswith(PREFIX) and name not in known and not name.startswith(_TEST_VARIABLES):
            close = get_close_matches(name, known, n=1)
            hint = (
                f"did you mean {close[0]}?" if close else f"use one of {', '.join(sorted(known))}"
            )
            msg = f"{name} is not a setting of Boucle: {hint}"
            raise SettingsError(msg)
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{PREFIX}{str(details['loc'][0]).upper()}: {details['msg']}; got {details['input']!r}"
            for details in error.errors()
        ]
        raise SettingsError("\n".join(lines)) from error
