"""Who asks: what was given to them, for which sites."""

from dataclasses import dataclass
from typing import Final

from models.site.disclosure import Confidentiality
from service.access.roles import ACTIONS, CLEARANCE, Action, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role at one site, or at all of them (None); of a heat taker, which one it is."""

    role: Role
    site: str | None = None
    taker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who asks; ``account`` is None for whoever has not signed in.

    ``actions`` narrows what a token may do: None for a person who signed in.
    """

    account: str | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    actions: frozenset[Action] | None = None

    def clearance(self, site: str) -> Confidentiality:
        """The most confidential that they see of a site.

        Examples
        --------
        >>> Visitor(grants=(Grant(role=Role.PLANNER),)).clearance("north").name
        'AUTHORITY'
        >>> Visitor(grants=(Grant(role=Role.OPERATOR, site="south"),)).clearance("north").name
        'PUBLIC'
        """
        given = (CLEARANCE[one.role] for one in self._at(site))
        return max(given, default=Confidentiality.PUBLIC)

    def takers(self, site: str) -> frozenset[str]:
        """The heat takers of a site whose delivery points are theirs."""
        return frozenset(one.taker for one in self._at(site) if one.taker is not None)

    def may(self, action: Action, site: str | None) -> bool:
        """Whether they may do something at a site; at all of them for None."""
        if self.actions is not None and action not in self.actions:
            return False
        given = [one for one in self.grants if one.site is None] if site is None else self._at(site)
        return any(action in ACTIONS[one.role] for one in given)

    def _at(self, site: str) -> list[Grant]:
        return [one for one in self.grants if one.site in {None, site}]


ANYBODY: Final = Visitor()
