"""One thing that happened at a site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from models.site.disclosure import Matter


class HappeningKind(StrEnum):
    """What it is that changed."""

    EVALUATION = "evaluation"
    DATABASE = "database"
    COLLECTOR = "collector"
    DEVICE = "device"
    CHARGE = "charge"
    METER = "meter"
    POLLS = "polls"
    READINGS_LOST = "readings_lost"
    VERDICT = "verdict"
    BREACH = "breach"


# As whose part of a site it is disclosed.
MATTERS: Final[Mapping[HappeningKind, Matter]] = {
    HappeningKind.EVALUATION: Matter.DEVICE,
    HappeningKind.DATABASE: Matter.DEVICE,
    HappeningKind.COLLECTOR: Matter.DEVICE,
    HappeningKind.DEVICE: Matter.DEVICE,
    HappeningKind.CHARGE: Matter.DEVICE,
    HappeningKind.METER: Matter.BALANCE,
    HappeningKind.POLLS: Matter.DEVICE,
    HappeningKind.READINGS_LOST: Matter.DEVICE,
    HappeningKind.VERDICT: Matter.VERDICT,
    HappeningKind.BREACH: Matter.BREACH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something became otherwise at ``at``: ``before`` and ``after`` are words of the kind.

    ``subject`` is the device, meter or rule it happened to, or empty. ``why`` says more, where
    more is known: a trouble, a number.
    """

    at: datetime
    kind: HappeningKind
    subject: str = ""
    before: str | None = None
    after: str
    why: Mapping[str, str] = field(default_factory=dict)
