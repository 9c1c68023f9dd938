"""Somebody answers for what is wrong."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Who answers for a device since ``at``, and what they noted."""

    name: str
    note: str
    at: datetime
