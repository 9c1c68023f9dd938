"""What a node link takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeValue:
    """One value as the server gave it: any scalar, its status code and its source time."""

    value: object
    status: int
    source_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReply:
    """Values in the order asked, with the wall-clock time of receipt."""

    values: Sequence[NodeValue]
    received_us: int


class NodeLink(Protocol):
    """A session shared by the devices of one server."""

    async def read(self, namespace_uri: str, identifiers: Sequence[str]) -> NodeReply:
        """Read variables of one namespace, or raise a `CollectorError`."""
        ...
