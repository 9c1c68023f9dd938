"""The settings of ``boucle notify``, a part of those of any Boucle process."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class NotifySettings(BaseSettings):
    """Whom the notifier tells, and how. Each is described in README.md."""

    # An address of a webhook is often a secret itself.
    notify_webhook_url: SecretStr | None = None
    # Signs what is posted; from the variable or from a file.
    notify_secret: SecretStr | None = Field(default=None, repr=False)
    notify_secret_file: Path | None = Field(default=None, repr=False)
    notify_smtp_host: str | None = None
    notify_smtp_port: int = Field(default=587, ge=1, le=65535)
    notify_smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    notify_smtp_user: str | None = None
    notify_smtp_password: SecretStr | None = None
    notify_smtp_password_file: Path | None = None
    notify_mail_from: str | None = None
    # Addresses with commas between.
    notify_mail_to: str | None = None
    notify_lang: Literal["fr", "en"] = "fr"
    # Where those who get a message reach Boucle's page.
    notify_page_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    notify_every_s: int = Field(default=15, ge=1, le=60)
    # Certificates to trust, beside those of the system, such as of a house's own authority.
    notify_ca_file: Path | None = None
