"""How much of an address the audit log keeps."""

from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network


class KeptAddress(StrEnum):
    """The setting."""

    FULL = "full"
    TRUNCATED = "truncated"
    NONE = "none"


def kept_address(address: str | None, kept: KeptAddress) -> str | None:
    """What is written down: the network of an address tells one place from another, not who.

    Examples
    --------
    >>> kept_address("192.0.2.7", KeptAddress.TRUNCATED)
    '192.0.2.0/24'
    >>> kept_address("2001:db8:1:2::5", KeptAddress.TRUNCATED)
    '2001:db8:1::/48'
    """
    if address is None or kept is KeptAddress.NONE:
        return None
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if kept is KeptAddress.FULL:
        return str(parsed)
    bits = 48 if isinstance(parsed, IPv6Address) else 24
    return str(
        ip_network(
            (int(parsed), bits) if isinstance(parsed, IPv6Address) else f"{parsed}/{bits}",
            strict=False,
        )
    )
