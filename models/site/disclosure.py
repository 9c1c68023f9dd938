"""Who may see what of a site: each kind of figure has a confidentiality."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final


class Confidentiality(IntEnum):
    """For whom a figure is; each sees what those before it see."""

    PUBLIC = 0
    AUTHORITY = 1
    OPERATOR = 2


class Matter(StrEnum):
    """What a figure is about, as far as it is disclosed apart."""

    KPI = "kpi"
    VERDICT = "verdict"
    BREACH = "breach"
    HEAT = "heat"
    LIVE = "live"
    POINT = "point"
    DEVICE = "device"
    OUTLOOK = "outlook"
    BALANCE = "balance"
    SUSPICION = "suspicion"
    EVIDENCE = "evidence"
    RAW = "raw"


# What a planner checks is for the authority, what would help an intruder or a competitor stays with
# the operator; nothing is public unless the law or the site says so.
_DEFAULT: Final[Mapping[Matter, Confidentiality]] = MappingProxyType(
    dict.fromkeys(Matter, Confidentiality.AUTHORITY)
    | dict.fromkeys((Matter.LIVE, Matter.DEVICE, Matter.RAW), Confidentiality.OPERATOR)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """The confidentiality of each matter, and of single KPIs where it differs.

    Examples
    --------
    >>> of_pue = Disclosure(kpis={"pue": Confidentiality.PUBLIC})
    >>> of_pue.of_kpi("pue").name, of_pue.of_kpi("wue").name, of_pue.least(Matter.KPI).name
    ('PUBLIC', 'AUTHORITY', 'PUBLIC')
    """

    matters: Mapping[Matter, Confidentiality] = field(default_factory=lambda: _DEFAULT)
    kpis: Mapping[str, Confidentiality] = field(default_factory=dict)

    def of(self, matter: Matter) -> Confidentiality:
        """That of a matter as a whole; the site's own choice before the default."""
        return self.matters.get(matter, _DEFAULT[matter])

    def of_kpi(self, kpi: str) -> Confidentiality:
        """That of one KPI, wherever it is shown."""
        return self.kpis.get(kpi, self.of(Matter.KPI))

    def least(self, matter: Matter) -> Confidentiality:
        """Who sees anything at all of a matter."""
        whole = self.of(matter)
        return min(whole, *self.kpis.values()) if matter is Matter.KPI and self.kpis else whole


OPEN: Final = Disclosure(matters=dict.fromkeys(Matter, Confidentiality.PUBLIC))
