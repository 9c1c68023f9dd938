"""Who may see what of a site, written out for the database, which knows no site file."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from models.site.disclosure import Confidentiality, Disclosure, Matter

_OF_RULES = (Matter.VERDICT, Matter.BREACH)


class Level(NamedTuple):
    """The confidentiality of a matter; ``subject`` is a single KPI or rule, or empty: any other."""

    matter: Matter
    subject: str
    level: Confidentiality


def levels_of(disclosure: Disclosure, kpi_of_rule: Mapping[str, str]) -> Iterator[Level]:
    """Every level of a site.

    A verdict stays as confidential as the figure that it is on; what is on a rule that the charter
    no longer has, as the most confidential of all.
    """
    for matter in Matter:
        if matter not in _OF_RULES:
            yield Level(matter, "", disclosure.of(matter))
    for kpi, level in disclosure.kpis.items():
        yield Level(Matter.KPI, kpi, level)
    any_kpi = max([disclosure.of(Matter.KPI), *disclosure.kpis.values()])
    for matter in _OF_RULES:
        yield Level(matter, "", max(disclosure.of(matter), any_kpi))
        for rule, kpi in kpi_of_rule.items():
            yield Level(matter, rule, max(disclosure.of(matter), disclosure.of_kpi(kpi)))
