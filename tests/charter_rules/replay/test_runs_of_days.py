"""A replay of every day in a row: what turns on some day turns on that very day."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from charter_rules.cases.book import REFERENCE_SITE
from charter_rules.facts import Declaration, IcpeRegime, SiteFacts
from charter_rules.findings import Verdict
from charter_rules.judging.conditions import Comparison
from charter_rules.judging.engine import judge
from charter_rules.law.dated import Absence, DatedValue
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import RuleBook
from charter_rules.replay.engine import replay
from charter_rules.replay.outcome import effects
from models.kpi_history import KpiColumns
from models.site.dated import FactsFrom
from tests.charter_rules.replay.test_replay import columns_of
from tests.charter_rules.test_kinds_of_rules import YEARLY, result

PARIS = load_rulebook()
DUTIES = tuple(rule for rule in PARIS.rules if rule.comparison is Comparison.DECLARED)
# Nothing is measured: what turns is the law, and what is declared.
NOTHING = KpiColumns.concat([])
DAYS = tuple(date(2024, 12, 1) + timedelta(days=n) for n in range(1300))


def site(entry: date, *said: Declaration) -> SiteFacts:
    return replace(
        REFERENCE_SITE,
        entry_into_operation=entry,
        installed_it_power_kw=5000.0,
        total_rated_input_kw=9000.0,
        floor_area_m2=5000.0,
        icpe_regime=IcpeRegime.DECLARATION,
        ai_share_ratio=0.5,
        declarations=said,
    )


def said(key: str, made_on: date | None, for_year: int | None, *, made: bool = True) -> Declaration:
    return Declaration(key=key, made=made, made_on=made_on, for_year=for_year, document="d")


def test_every_day_of_three_years_has_the_verdict_of_the_engine() -> None:
    book = replace(PARIS, rules=(*PARIS.rules, replace(YEARLY, id="yearly")))
    keys = {rule.duty.key for rule in book.rules if rule.duty is not None}
    on_time = [said(key, date(y + 1, 4, 30), y) for key in keys for y in (2024, 2025, 2026)]
    late = [said(key, date(y + 1, 5, 1), y, made=False) for key in keys for y in (2024, 2025)]
    late += [said(key, date(2026, 9, 9), 2025) for key in keys]
    facts = {
        "old": site(date(2018, 6, 1), *on_time),
        "late": site(date(2018, 6, 1), *late),
        "undated": site(date(2024, 2, 29), *(said(key, None, None) for key in keys)),
        "new": site(date(2025, 7, 15), *on_time),
        "silent": site(date(2026, 12, 31)),
    }

    table = replay(book, facts, NOTHING, DAYS)

    turned = 0
    for name, one in facts.items():
        for rule in book.rules:
            codes = table.code[table.sites.index(name), table.rules.index(rule.id)]
            turns = np.flatnonzero(np.diff(codes))
            # Both sides of each turn, and days between them lest one be missed.
            for day in sorted({*turns.tolist(), *(turns + 1).tolist(), *range(0, len(DAYS), 15)}):
                expected = judge(rule, one, {}, DAYS[day]).verdict
                assert table.verdict(name, rule.id, DAYS[day]) is expected, (name, rule.id, day)
            turned += len(turns) > 0
    assert turned > 10


def test_the_duties_of_the_charter_are_judged_from_what_is_declared() -> None:
    assert len(DUTIES) >= 5
    (one,) = (each for each in DUTIES if each.id == "eed_heat_use")
    assert one.duty is not None
    done = said(one.duty.key, date(2026, 6, 1), 2025)
    book = replace(PARIS, rules=(one,))

    table = replay(book, {"site": site(date(2018, 6, 1), done)}, NOTHING, DAYS)

    assert table.verdict("site", one.id, date(2026, 5, 31)) is Verdict.INSUFFICIENT_DATA
    assert table.verdict("site", one.id, date(2026, 6, 1)) in {
        Verdict.DECLARED_UNCHECKED,
        Verdict.LATE,
    }


def test_a_figure_that_changes_or_is_repealed_turns_on_its_day() -> None:
    (water,) = (rule for rule in PARIS.rules if rule.id == "paris_wue")
    first = water.parameter.values.entries[0]
    entries = (
        replace(first, in_force_from=date(2025, 1, 1), published_on=None, value=0.4),
        replace(first, in_force_from=date(2026, 1, 1), published_on=None, value=0.3),
        replace(
            first,
            in_force_from=date(2027, 1, 1),
            published_on=None,
            value=None,
            absence=Absence.REPEALED,
        ),
    )
    values = DatedValue(entries)
    stepped = replace(water, parameter=replace(water.parameter, values=values))
    used = result("wue", "L/kWh", "12months", 0.35)
    used = replace(used, window=replace(used.window, start=used.window.end - timedelta(days=365)))
    columns = KpiColumns.concat([columns_of([used], day) for day in DAYS])

    table = replay(replace(PARIS, rules=(stepped,)), {"site": REFERENCE_SITE}, columns, DAYS)

    turns = {date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)}
    turns |= {date(2026, 12, 31), date(2027, 1, 1)}
    found = [table.verdict("site", "paris_wue", day) for day in sorted(turns)]
    assert found == [
        Verdict.NOT_IN_FORCE,
        *[Verdict.COMPLIANT] * 2,
        *[Verdict.DEVIATION] * 2,
        Verdict.NOT_IN_FORCE,
    ]


@pytest.mark.parametrize("days", [(DAYS[1], DAYS[0]), (DAYS[0], DAYS[0])])
def test_days_out_of_order_are_refused(days: tuple[date, ...]) -> None:
    with pytest.raises(ValueError, match="in order"):
        replay(PARIS, {"site": REFERENCE_SITE}, NOTHING, days)


def test_no_day_and_no_site_replay_to_nothing() -> None:
    assert replay(PARIS, {"site": REFERENCE_SITE}, NOTHING, ()).code.shape == (
        1,
        len(PARIS.rules),
        0,
    )
    assert replay(PARIS, {}, NOTHING, DAYS[:2]).code.shape == (0, len(PARIS.rules), 2)


def test_an_effect_names_the_sites_that_newly_have_a_verdict() -> None:
    facts = {"a": site(date(2018, 6, 1)), "b": site(date(2025, 7, 15))}
    shorter = RuleBook(
        charter="draft",
        title_fr="t",
        title_en="t",
        timezone=PARIS.timezone,
        rules=tuple(rule for rule in PARIS.rules if rule.id == "paris_wue"),
    )
    before = replay(replace(shorter, rules=()), facts, NOTHING, DAYS[700:740])
    after = replay(shorter, facts, NOTHING, DAYS[700:740])

    (effect,) = effects(before, after)

    assert effect.rule == "paris_wue"
    assert effect.newly == {
        Verdict.INSUFFICIENT_DATA: ("a", "b"),
        Verdict.NOT_IN_FORCE: ("a", "b"),
    }
    (gone,) = effects(after, before)
    assert gone.newly == {}


def test_a_replay_takes_the_facts_of_each_day() -> None:
    grown = replace(
        site(date(2018, 6, 1)),
        floor_area_m2=500.0,
        changes=(FactsFrom(DAYS[700], (("floor_area_m2", 1500.0),)),),
    )
    table = replay(PARIS, {"grown": grown, "other": site(date(2018, 6, 1))}, NOTHING, DAYS)

    for name, facts in (("grown", grown), ("other", site(date(2018, 6, 1)))):
        for rule in PARIS.rules:
            for day in (DAYS[699], DAYS[700], DAYS[-1]):
                expected = judge(rule, facts, {}, day).verdict
                assert table.verdict(name, rule.id, day) is expected
    codes = table.code[0]
    assert (codes[:, 699] != codes[:, 700]).any()
