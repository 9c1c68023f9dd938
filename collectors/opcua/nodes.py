"""What a node link takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collectors.request_time import RequestTime


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeValue:
    """One value as the server gave it, with its times and the request that brought it.

    ``source_us`` is when the value last changed, ``server_us`` when the server knew it to be
    so: a value that stands still keeps the first, and with some servers the second as well.
    """

    value: object
    status: int
    source_us: int | None
    server_us: int | None
    request: RequestTime


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReply:
    """Values in the order asked; how far the server's clock is ahead of ours, if it told."""

    values: Sequence[NodeValue]
    clock_offset_us: int | None


class NodeLink(Protocol):
    """A session shared by the devices of one server."""

    async def read(self, namespace_uri: str, identifiers: Sequence[str]) -> NodeReply:
        """Read variables of one namespace, or raise a `CollectorError`."""
        ...
