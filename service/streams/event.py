"""One event as it goes over the wire, and the number by which a reader resumes."""

import re
from dataclasses import dataclass
from typing import Final

# What the client waits before it connects again.
RETRY: Final = b"retry: 2000\n\n"
_PLACE: Final = re.compile(r"([0-9a-f]{1,32})-(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where a reader knows: ``epoch`` names who counted, ``sequence`` is no time."""

    epoch: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.sequence}"


def place_of(last_event_id: str | None) -> Place | None:
    """What ``Last-Event-ID`` says; None for anything that was never an id.

    Examples
    --------
    >>> place_of("5fa0-12"), place_of("12"), place_of(None)
    (Place(epoch='5fa0', sequence=12), None, None)
    """
    found = _PLACE.fullmatch(last_event_id or "")
    return None if found is None else Place(found[1], int(found[2]))


def encoded(event: str, data: str) -> bytes:
    """An event in bytes, without its number."""
    lines = "".join(f"data: {line}\n" for line in data.split("\n"))
    return f"event: {event}\n{lines}\n".encode()


def numbered(event: bytes, place: Place | None) -> bytes:
    """With its number. Without a place the client keeps the number it had."""
    return event if place is None else f"id: {place}\n".encode() + event
