"""How long the next try of a password waits, after those that failed. A delay, never a lock.

Three counts stand beside each other. That of a name *from an address* starts first and grows
longest: it slows whoever guesses from one place. That of an *address* slows one place that tries
many names. That of a *name* slows many places that try one name; it is capped low, and it does not
hold where that name signed in before, so that no stranger keeps its owner out. A try that comes too
early is refused without a look at the password, and does not count.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final


class Counted(StrEnum):
    """What failures are counted by."""

    PAIR = "pair"
    ADDRESS = "address"
    LOGIN = "login"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Failures that cost nothing, then a second that doubles, up to a cap; forgotten after rest."""

    free: int
    cap: timedelta
    forgotten_after: timedelta


DELAYS: Final = {
    Counted.PAIR: Delay(free=3, cap=timedelta(minutes=15), forgotten_after=timedelta(hours=24)),
    Counted.ADDRESS: Delay(free=20, cap=timedelta(minutes=5), forgotten_after=timedelta(hours=1)),
    Counted.LOGIN: Delay(free=20, cap=timedelta(seconds=30), forgotten_after=timedelta(hours=1)),
}
# Where a name signed in within this time, it is not slowed for what others do.
KNOWN_FOR: Final = timedelta(days=30)
# When the longest count is forgotten, its row may go.
KEPT_FOR: Final = max(delay.forgotten_after for delay in DELAYS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What is stored of one count."""

    failures: int = 0
    last_failed_at: datetime | None = None
    succeeded_at: datetime | None = None


def subjects(login: str, address: str | None) -> dict[Counted, bytes]:
    """Under which keys a try is counted; a name that does not exist counts like one that does."""
    place = throttled_address(address)
    texts = {
        Counted.PAIR: f"pair\n{place}\n{login}",
        Counted.ADDRESS: f"address\n{place}",
        Counted.LOGIN: f"login\n{login}",
    }
    return {kind: hashlib.sha256(text.encode()).digest() for kind, text in texts.items()}


def throttled_address(address: str | None) -> str:
    """An address as it is counted: of IPv6 the network of a household, which has 2^64 addresses.

    Examples
    --------
    >>> throttled_address("192.0.2.7"), throttled_address("2001:db8:1:2:3:4:5:6")
    ('192.0.2.7', '2001:db8:1:2::/64')
    """
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((int(parsed), 64), strict=False))
    return str(parsed)


def failures_now(kind: Counted, count: Count, now: datetime) -> int:
    """The failures that still count."""
    if count.last_failed_at is None:
        return 0
    return count.failures if now - count.last_failed_at < DELAYS[kind].forgotten_after else 0


def wait(counts: dict[Counted, Count], now: datetime) -> timedelta:
    """How long until a try would be looked at; zero when it is now."""
    seen = counts[Counted.PAIR].succeeded_at
    known = seen is not None and now - seen < KNOWN_FOR
    kinds = (Counted.PAIR,) if known else tuple(Counted)
    return max(_left(kind, counts[kind], now) for kind in kinds)


def _left(kind: Counted, count: Count, now: datetime) -> timedelta:
    delay, failures = DELAYS[kind], failures_now(kind, count, now)
    if count.last_failed_at is None or failures <= delay.free:
        return timedelta(0)
    # The exponent is bounded before it is one: a count of thousands is no number of seconds.
    doubled = timedelta(seconds=2 ** min(failures - delay.free - 1, 16))
    return max(count.last_failed_at + min(doubled, delay.cap) - now, timedelta(0))
