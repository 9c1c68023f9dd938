"""Receivers as the settings name them; what cannot work is refused before anything is started."""

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from service.errors import UserError
from service.notifying.mail import Mail, MailServer
from service.notifying.receivers import Receiver
from service.notifying.webhook import Webhook
from service.secret_setting import secret_of
from service.settings import Settings


def is_wanted(settings: Settings) -> bool:
    """Whether a receiver is named."""
    return settings.notify_webhook_url is not None or settings.notify_smtp_host is not None


def page_url_of(settings: Settings) -> str:
    """Where the pages are."""
    return settings.notify_page_url or f"http://{settings.http_host}:{settings.http_port}"


def receivers_of(settings: Settings, site_name: str) -> list[Receiver]:
    """Every receiver of the settings.

    Raises
    ------
    UserError
        When none is named, or one of them cannot work.
    """
    if not is_wanted(settings):
        msg = (
            "nobody is to be told: set BOUCLE_NOTIFY_WEBHOOK_URL, or BOUCLE_NOTIFY_SMTP_HOST with "
            "BOUCLE_NOTIFY_MAIL_FROM and BOUCLE_NOTIFY_MAIL_TO"
        )
        raise UserError(msg)
    tls = _trust(settings.notify_ca_file)
    found: list[Receiver] = []
    if settings.notify_webhook_url is not None:
        found.append(_webhook(settings.notify_webhook_url.get_secret_value(), settings, tls))
    if settings.notify_smtp_host is not None:
        found.append(_mail(settings.notify_smtp_host, settings, site_name, tls))
    return found


def _webhook(url: str, settings: Settings, tls: ssl.SSLContext) -> Webhook:
    if not _is_address(url):
        msg = (
            "BOUCLE_NOTIFY_WEBHOOK_URL is not an address that messages can be posted to: write "
            "http:// or https://, a host and a path, without user and password"
        )
        raise UserError(msg)
    secret = secret_of(settings.notify_secret, settings.notify_secret_file, "BOUCLE_NOTIFY_SECRET")
    return Webhook(url, secret, page_url_of(settings), tls)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_plain = url.isascii() and url.isprintable() and " " not in url
    is_named = _is_host(host) and parts.username is None
    return is_plain and is_named and parts.scheme in {"http", "https"}


def _is_host(host: str) -> bool:
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def _mail(host: str, settings: Settings, site_name: str, tls: ssl.SSLContext) -> Mail:
    sender, named = settings.notify_mail_from, settings.notify_mail_to
    recipients = [one.strip() for one in (named or "").split(",") if one.strip()]
    if sender is None or not recipients:
        msg = "mail needs BOUCLE_NOTIFY_MAIL_FROM and BOUCLE_NOTIFY_MAIL_TO (commas between)"
        raise UserError(msg)
    for one in (sender, *recipients):
        if "@" not in one or not one.isascii() or any(c.isspace() or c in "<>" for c in one):
            msg = f"{one!r} is not an address for mail: write it as operators@example.org"
            raise UserError(msg)
    if not _is_host(host):
        msg = f"BOUCLE_NOTIFY_SMTP_HOST {host!r} is no name of a host"
        raise UserError(msg)
    server = MailServer(
        host=host,
        port=settings.notify_smtp_port,
        security=settings.notify_smtp_security,
        login=_login(settings),
    )
    return Mail(server, sender, recipients, site_name, settings.notify_lang, tls)


def _login(settings: Settings) -> tuple[str, str] | None:
    password = secret_of(
        settings.notify_smtp_password,
        settings.notify_smtp_password_file,
        "BOUCLE_NOTIFY_SMTP_PASSWORD",
    )
    user = settings.notify_smtp_user
    if user is None and password is None:
        return None
    if user is None or password is None:
        msg = "BOUCLE_NOTIFY_SMTP_USER and BOUCLE_NOTIFY_SMTP_PASSWORD go together: set both"
        raise UserError(msg)
    if settings.notify_smtp_security == "none":
        msg = (
            "a password does not go over a connection that is not encrypted: set "
            "BOUCLE_NOTIFY_SMTP_SECURITY to starttls or tls"
        )
        raise UserError(msg)
    return user, password


def _trust(file: Path | None) -> ssl.SSLContext:
    tls = ssl.create_default_context()
    if file is not None:
        try:
            tls.load_verify_locations(cafile=file)
        except OSError as error:
            msg = f"BOUCLE_NOTIFY_CA_FILE: {file} holds no certificates that can be read"
            raise UserError(msg) from error
    return tls
