"""Roles and what is granted."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to a site."""

    PUBLIC = "public"
    HEAT_TAKER = "heat_taker"
    OPERATOR = "operator"
    PLANNER = "planner"
    INSPECTOR = "inspector"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at a site, or at all."""

    role: Role
    site: str | None = None
    taker: str | None = None
