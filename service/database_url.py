"""Whether ``BOUCLE_DATABASE_URL`` can be an address at all, told without what is secret in it."""

from typing import Final
from urllib.parse import parse_qs, urlsplit

_SCHEMES: Final = ("postgresql", "postgres")
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_ESCAPES: Final = "write / ? # @ : [ ] % of a password as %2F %3F %23 %40 %3A %5B %5D %25"


def fault_of(url: str) -> str | None:
    """What is wrong, with the remedy; None when nothing is.

    No part of it is repeated: with a password that is not escaped any part may be the password.

    Examples
    --------
    >>> fault_of("postgresql://boucle@localhost:5432/boucle") is None
    True
    """
    if not url.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES)):
        return "it must begin with postgresql://"
    if "#" in url or any(one.isspace() or not one.isprintable() for one in url):
        return f"it holds a #, a space, a line break or such; {_ESCAPES}"
    try:
        parts = urlsplit(url)
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        return f"it cannot be taken apart; {_ESCAPES}"
    hosts = parts.netloc.rpartition("@")[2].split(",")
    if not all(_has_port(one) for one in hosts):
        return f"its port is not a number from 1 to 65535; {_ESCAPES}"
    if not set(options.get("sslmode", ())) <= set(_SSL_MODES):
        return f"its sslmode must be one of {', '.join(_SSL_MODES)}"
    return None


def _has_port(host: str) -> bool:
    """A good one, or none."""
    _, colon, port = host.rpartition("]")[2].partition(":")
    if not colon:
        return True
    return port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65_536
