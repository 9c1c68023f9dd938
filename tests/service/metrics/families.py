"""Every family by the program that shows it."""

from typing import Final

from service.metrics import collecting, evaluating, identity, requests, serving
from service.metrics.family import Family, Program

BY_PROGRAM: Final[dict[Program, tuple[Family, ...]]] = {
    Program.COLLECT: (*identity.FAMILIES, *collecting.FAMILIES),
    Program.EVALUATE: (*identity.FAMILIES, *evaluating.FAMILIES),
    Program.SERVE: (*identity.FAMILIES, *serving.FAMILIES, *requests.FAMILIES),
}
ALL: Final = list(dict.fromkeys(family for own in BY_PROGRAM.values() for family in own))
