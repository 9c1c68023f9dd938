"""What a node link takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collectors.profiles.node_ids import NodeName
from collectors.request_time import RequestTime
from models.trouble.trouble import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeValue:
    """One value as the server gave it, with its times and the request that brought it.

    ``source_us`` is when the value last changed, ``server_us`` when the server knew it to be
    so: a value that stands still keeps the first, and with some servers the second as well.
    ``cause`` is what a status that is not good means; ``data_type`` is the built-in type of the
    value (OPC 10000-6, 5.1.2).
    """

    value: object
    status: int
    source_us: int | None
    server_us: int | None
    request: RequestTime
    cause: Cause | None = None
    data_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReply:
    """Values in the order asked; how far the server's clock is ahead of ours, if it told."""

    values: Sequence[NodeValue]
    clock_offset_us: int | None


class NodeLink(Protocol):
    """A session shared by the devices of one server."""

    async def read(self, nodes: Sequence[NodeName]) -> NodeReply:
        """Read variables, or raise a `CollectorError`."""
        ...
