"""What we are to the provider, from the settings; what cannot work is refused at the start."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from service.errors import UserError
from service.oidc_settings import DEFAULT_SCOPES
from service.secret_setting import secret_of
from service.settings import Settings

CALLBACK_PATH: Final = "/oidc/callback"
SIGNED_OUT_PATH: Final = "/oidc/signed-out"
BACK_CHANNEL_PATH: Final = "/oidc/backchannel-logout"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClient:
    """One provider, and this server as it is registered there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    name: str
    acr: tuple[str, ...]
    public_url: str

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to: this and no other."""
        return self.public_url + CALLBACK_PATH

    @property
    def signed_out_uri(self) -> str:
        """Where it sends those who signed out."""
        return self.public_url + SIGNED_OUT_PATH


def client_of(settings: Settings) -> OidcClient | None:
    """The client of the settings; None when no provider is named.

    Raises
    ------
    UserError
        When a part is missing or cannot work.
    """
    secret = secret_of(
        settings.oidc_client_secret,
        settings.oidc_client_secret_file,
        "BOUCLE_OIDC_CLIENT_SECRET",
    )
    issuer, client_id, public_url = (
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.public_url,
    )
    if issuer is None or client_id is None or secret is None:
        _refuse_a_part(settings, secret)
        return None
    if public_url is None:
        msg = "BOUCLE_OIDC_ISSUER needs BOUCLE_PUBLIC_URL: the provider sends people back there"
        raise UserError(msg)
    scopes = tuple(settings.oidc_scopes.split())
    if "openid" not in scopes:
        msg = "BOUCLE_OIDC_SCOPES must hold openid: without it the provider vouches for nobody"
        raise UserError(msg)
    host = checked_issuer(issuer)
    return OidcClient(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret,
        scopes=scopes,
        name=settings.oidc_name or host,
        acr=tuple((settings.oidc_acr or "").split()),
        public_url=public_url.rstrip("/"),
    )


def checked_issuer(issuer: str) -> str:
    """The host of an issuer that can be asked.

    Raises
    ------
    UserError
        If it is no address, or what it answers could be changed on the way.
    """
    try:
        parts = urlsplit(issuer)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.username is not None or parts.query or parts.fragment:
        msg = "BOUCLE_OIDC_ISSUER is no address: write https:// and what the provider calls itself"
        raise UserError(msg)
    if not is_trustworthy(issuer):
        msg = "BOUCLE_OIDC_ISSUER must begin with https://, but for a provider on this machine"
        raise UserError(msg)
    return host


def is_trustworthy(url: str) -> bool:
    """Whether nobody on the way changes what an address answers: https, or this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _refuse_a_part(settings: Settings, secret: str | None) -> None:
    named = {
        "BOUCLE_OIDC_ISSUER": settings.oidc_issuer,
        "BOUCLE_OIDC_CLIENT_ID": settings.oidc_client_id,
        "BOUCLE_OIDC_CLIENT_SECRET (or _FILE)": secret,
    }
    missing = [name for name, value in named.items() if value is None]
    named_alone = settings.oidc_name or settings.oidc_acr
    extra = named_alone or settings.oidc_scopes != DEFAULT_SCOPES
    if len(missing) < len(named) or extra:
        msg = f"a provider needs its issuer, a client id and its secret: set {', '.join(missing)}"
        raise UserError(msg)
