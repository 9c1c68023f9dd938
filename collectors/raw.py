"""The last raw words of each point: what came over the wire before anything was made of it.

Sources keep what a poll brought as it is, and make these of it only when somebody asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from collectors.profiles.schema import Space

# What a variable showed, as far as JSON can say it; anything else as text.
RawValue = bool | int | float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRegisters:
    """Registers of 16 bits as they were read, the one at ``address`` first.

    ``address`` is that of the request, which counts from 0.
    """

    unit: int
    space: Space
    address: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawVariable:
    """One OPC UA variable as the server gave it; ``node`` is its id with its namespace.

    ``data_type`` is the built-in type of the value, None where there is no value.
    """

    node: str
    data_type: str | None
    value: RawValue
    status: int
    source_us: int | None
    server_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPoint:
    """The last good words of one point, and whether reading it has failed since.

    ``read_us`` and ``raw`` are None where it was never read. ``failed_us`` is the last try that
    brought none and ``failure`` says why; both are None as long as the last try brought some.
    """

    key: str
    read_us: int | None
    raw: RawRegisters | RawVariable | None
    failed_us: int | None = None
    failure: str | None = None


class RawSource(Protocol):
    """Whoever keeps the words of a device."""

    def raw(self) -> Sequence[RawPoint]:
        """The points of the device that were ever tried."""
        ...


class RawBook:
    """The sources of the site that is polled now."""

    def __init__(self) -> None:
        self._sources: tuple[RawSource, ...] = ()

    def follow(self, sources: Iterable[RawSource]) -> None:
        """From now on these are asked."""
        self._sources = tuple(sources)

    @property
    def sources(self) -> tuple[RawSource, ...]:
        """One a device: whoever goes over many may give way in between."""
        return self._sources
