"""What the database is told of a disclosure is what pages and API go by."""

import pytest

from models.site.disclosure import OPEN, Confidentiality, Disclosure, Matter
from service.access.levels import levels_of

PUBLIC, AUTHORITY, OPERATOR = Confidentiality
RULES = {"paris_wue": "wue", "eu_pue": "pue"}


@pytest.mark.parametrize(
    "disclosure",
    [
        Disclosure(),
        OPEN,
        Disclosure(kpis={"pue": PUBLIC}),
        Disclosure(matters={Matter.BREACH: PUBLIC, Matter.KPI: PUBLIC}, kpis={"wue": OPERATOR}),
    ],
)
def test_a_rule_is_as_confidential_as_its_matter_and_its_kpi(disclosure: Disclosure) -> None:
    levels = {(one.matter, one.subject): one.level for one in levels_of(disclosure, RULES)}
    for matter in Matter:
        assert levels[matter, ""] >= disclosure.of(matter)
    for matter in (Matter.VERDICT, Matter.BREACH):
        for rule, kpi in RULES.items():
            wanted = max(disclosure.of(matter), disclosure.of_kpi(kpi))
            assert levels[matter, rule] == wanted
        # Nobody knows what a rule was on that is gone.
        assert levels[matter, ""] == max(
            [disclosure.of(matter), disclosure.of(Matter.KPI), *disclosure.kpis.values()]
        )
    for kpi in ("pue", "wue", "erf"):
        told = levels.get((Matter.KPI, kpi), levels[Matter.KPI, ""])
        assert told == disclosure.of_kpi(kpi)
