"""By which names this server is reached, and which other sites may read its API."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class WebAccess:
    """Names in lower case, without port; origins such as ``https://carte.example.org``."""

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        bound_to: str,
        hosts: Iterable[str],
        origins: Iterable[str],
        public_url: str | None = None,
    ) -> "WebAccess":
        """Those that are named, that of ``public_url``, and those that are this machine's own.

        Nobody can make a name of another's domain lead here and have it be one of these.
        """
        own = ("localhost", "127.0.0.1", "::1", bound_to, socket.gethostname())
        public = (public_url or "").partition("://")[2].rstrip("/")
        names = (bare_host(one) for one in (*own, *hosts, public))
        return cls(frozenset(one for one in names if one), frozenset(origins))


def bare_host(value: str) -> str:
    """The host of a ``Host`` header: no port, no brackets, lower case.

    Examples
    --------
    >>> bare_host("Boucle.example.org:8000"), bare_host("[::1]:8000"), bare_host("::1")
    ('boucle.example.org', '::1', '::1')
    """
    host = value.strip().lower()
    if host.startswith("["):
        inside, closed, _ = host[1:].partition("]")
        return inside if closed else host
    if host.count(":") == 1:
        host = host.partition(":")[0]
    return host.rstrip(".")


def listed(text: str) -> tuple[str, ...]:
    """The parts of a setting that has commas between them."""
    return tuple(part for part in (one.strip() for one in text.split(",")) if part)
