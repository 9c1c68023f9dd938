"""What people are to a site, and what that lets them do."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from models.site.disclosure import Confidentiality


class Role(StrEnum):
    """What somebody is to one site, or to all."""

    PUBLIC = "public"
    HEAT_TAKER = "heat_taker"
    OPERATOR = "operator"
    PLANNER = "planner"
    INSPECTOR = "inspector"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What somebody may do beyond reading."""

    # Acknowledge, plan, comment: the operator's answer to a breach.
    ANSWER_BREACH = "answer_breach"
    # Grant a derogation, move a deadline: the authority's decision, never the operator's.
    DECIDE_BREACH = "decide_breach"
    TAKE_CHARGE = "take_charge"
    IMPORT = "import"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_AUDIT = "read_audit"


CLEARANCE: Final[Mapping[Role, Confidentiality]] = {
    Role.PUBLIC: Confidentiality.PUBLIC,
    # Sees its own delivery points besides.
    Role.HEAT_TAKER: Confidentiality.PUBLIC,
    Role.OPERATOR: Confidentiality.OPERATOR,
    Role.PLANNER: Confidentiality.AUTHORITY,
    Role.INSPECTOR: Confidentiality.AUTHORITY,
    Role.ADMINISTRATOR: Confidentiality.OPERATOR,
}
ACTIONS: Final[Mapping[Role, frozenset[Action]]] = {
    Role.PUBLIC: frozenset(),
    Role.HEAT_TAKER: frozenset(),
    Role.OPERATOR: frozenset({Action.ANSWER_BREACH, Action.TAKE_CHARGE, Action.IMPORT}),
    Role.PLANNER: frozenset({Action.DECIDE_BREACH}),
    Role.INSPECTOR: frozenset({Action.DECIDE_BREACH}),
    # Keeps the accounts, and takes no part in what they decide.
    Role.ADMINISTRATOR: frozenset({Action.MANAGE_ACCOUNTS, Action.READ_AUDIT}),
}
