"""A replay gives the verdicts of the engine, one by one; and tells what they mean."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charter_rules.cases.book import Case, load_casebook, outcome_of, result_of
from charter_rules.facts import Declaration, IcpeRegime, NoiseRegime, SiteFacts
from charter_rules.findings import Verdict
from charter_rules.judging.conditions import Comparison, Evidence, TextReserve
from charter_rules.judging.engine import judge
from charter_rules.law.kpis import spec_of
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import AmbientLevel, Rule, RuleBook
from charter_rules.replay.engine import replay
from charter_rules.replay.outcome import failures, summaries, transitions
from models.kpi.result import KpiResult
from models.kpi_history import NOT_WITHHELD, WITHHELD, KpiColumns
from models.readings import Window
from tests.charter_rules.test_kinds_of_rules import YEARLY, parameter, rule

PARIS = load_rulebook()
KINDS = (
    rule(Comparison.BETWEEN, parameter(18.0), "inlet_air_temp", "month", upper=parameter(27.0)),
    rule(
        Comparison.TREND,
        parameter(-40.0, unit="%"),
        "facility_energy",
        "12months",
        against="base_year",
    ),
    rule(
        Comparison.AT_MOST,
        parameter(4.0, unit="dB(A)"),
        "noise_emergence_night",
        "last_night",
        at_level=AmbientLevel(above_dba=35.0, up_to_dba=45.0),
        guard_band=TextReserve(width=Decimal(2), strict=True, reason_fr="r", reason_en="r"),
        evidence=Evidence.DECLARATION,
    ),
    YEARLY,
)
BOOK = RuleBook(
    charter="all",
    title_fr="t",
    title_en="t",
    timezone=PARIS.timezone,
    rules=(
        *load_casebook().rules.values(),
        *(replace(one, id=f"kind_{n}") for n, one in enumerate(KINDS)),
    ),
)
KPIS = sorted({(one.kpi, one.window.name) for one in BOOK.rules})
KPIS += sorted({(one.kpi, one.against) for one in BOOK.rules if one.against is not None})
DAYS = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 21), date(2031, 1, 1))
# Closed periods are judged by the day before: at a new year, a new figure, a clock change.
ENDS = [
    int(moment.timestamp()) * 1_000_000
    for moment in (
        datetime(2025, 12, 31, 23, tzinfo=UTC),
        datetime(2026, 7, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
        datetime(2030, 12, 31, 22, 59, 59, tzinfo=UTC),
        datetime(2030, 12, 31, 23, 0, 1, tzinfo=UTC),
    )
]
# Values on and near thresholds and guard bands, and impossible ones.
EDGES = [
    0.0,
    0.4,
    0.39,
    0.1,
    1.0,
    1.5,
    1.3,
    3.0,
    5.0,
    18.0,
    27.0,
    600.0,
    1000.0,
    0.75,
    float("nan"),
]
VALUES = st.sampled_from(EDGES) | st.floats(0.0, 50.0)
SPREADS = st.sampled_from([0.0, 0.01, 0.1, 2.0, -1.0, float("nan")]) | st.floats(0.0, 2.0)

sites = st.builds(
    SiteFacts,
    entry_into_operation=st.sampled_from(
        [date(2018, 6, 1), date(2024, 1, 1), date(2026, 7, 1), date(2026, 3, 1)]
    ),
    installed_it_power_kw=st.sampled_from([420.0, 500.0, 1000.0, 1500.0]),
    public_operator=st.booleans(),
    noise_regime=st.sampled_from(NoiseRegime),
    zone=st.just("paris"),
    floor_area_m2=st.sampled_from([None, 999.0, 1000.0]),
    total_rated_input_kw=st.sampled_from([None, 1000.0, 1200.0]),
    icpe_regime=st.sampled_from([None, *IcpeRegime]),
    ai_share_ratio=st.sampled_from([None, 0.0, 0.3]),
    declarations=st.lists(
        st.builds(
            Declaration,
            key=st.sampled_from(["yearly_report", "report", "ai_share"]),
            made=st.booleans(),
            made_on=st.sampled_from([None, date(2026, 5, 1), date(2030, 5, 1)]),
            for_year=st.sampled_from([None, 2025, 2029]),
            document=st.just("d"),
        ),
        max_size=3,
    ).map(tuple),
)


@st.composite
def histories(draw: st.DrawFn) -> KpiColumns:
    """KPIs of two sites; some rows are missing, some come twice."""
    rows = draw(st.integers(0, 60))
    values = [draw(VALUES) for _ in range(rows)]
    unknown = st.integers(NOT_WITHHELD, len(WITHHELD) - 1)
    picked = [draw(st.sampled_from(KPIS)) for _ in range(rows)]
    kpis = sorted({kpi for kpi, _ in KPIS})
    windows = sorted({window for _, window in KPIS})
    ends = [draw(st.sampled_from(ENDS)) for _ in range(rows)]
    lengths = [draw(st.sampled_from([9, 15, 24, 8735, 8736, 8784])) for _ in range(rows)]

    def drawn(strategy: st.SearchStrategy[float]) -> list[float]:
        return [draw(strategy) for _ in range(rows)]

    return KpiColumns.of_rows(
        sites=("a", "b"),
        kpis=kpis,
        windows=windows,
        site=[draw(st.integers(0, 1)) for _ in range(rows)],
        kpi=[kpis.index(kpi) for kpi, _ in picked],
        window=[windows.index(window) for _, window in picked],
        on=[draw(st.sampled_from(DAYS)).toordinal() for _ in range(rows)],
        start_us=[e - hours * 3_600_000_000 for e, hours in zip(ends, lengths, strict=True)],
        end_us=ends,
        value=values,
        expanded_uncertainty=drawn(SPREADS),
        coverage_ratio=drawn(st.sampled_from([0.0, 0.49, 0.5, 0.9, 0.95, 1.0])),
        origin=[draw(st.integers(0, 3)) for _ in range(rows)],
        numerator=drawn(st.sampled_from([30.0, 35.0, 40.0, 45.0, 50.0, float("nan")])),
        withheld=[draw(unknown) if np.isnan(one) else NOT_WITHHELD for one in values],
        doubtful=[draw(st.booleans()) for _ in range(rows)],
        closed=[draw(st.booleans()) for _ in range(rows)],
    )


def results_of(columns: KpiColumns, site: str, on: date) -> dict[tuple[str, str], KpiResult]:
    """The KPIs of one site on one day, the slow and plain way."""
    found = {}
    for row in range(len(columns)):
        name = columns.sites[columns.site[row]]
        if name == site and columns.on[row] == on.toordinal():
            kpi = columns.kpis[columns.kpi[row]]
            result = columns.result(row, unit=spec_of(kpi).unit)
            found[kpi, result.window.name] = result
    return found


@given(columns=histories(), a=sites, b=sites)
@settings(max_examples=60)
def test_a_replay_gives_the_verdicts_of_the_engine(
    columns: KpiColumns, a: SiteFacts, b: SiteFacts
) -> None:
    facts = {"a": a, "b": b}

    table = replay(BOOK, facts, columns, DAYS)

    for site, one in facts.items():
        for at, day in enumerate(DAYS):
            kpis = results_of(columns, site, day)
            for each in BOOK.rules:
                expected = judge(each, one, kpis, day)
                assert table.verdict(site, each.id, day) is expected.verdict, (each.id, day, kpis)
                margin = table.margin[table.sites.index(site), table.rules.index(each.id), at]
                assert (expected.margin is None) == np.isnan(margin)
                if expected.margin is not None:
                    assert margin == pytest.approx(float(expected.margin), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("case", load_casebook().cases, ids=lambda case: case.name)
def test_every_case_of_a_rule_replays_to_its_verdict(case: Case) -> None:
    given_ = {case.rule.window.name: case.shape.measured, case.rule.against: case.shape.before}
    results = [
        result_of(case.rule, window, shape)
        for window, shape in given_.items()
        if shape is not None and window is not None
    ]
    columns = columns_of(results, case.shape.on)
    book = replace(PARIS, rules=(case.rule,))

    table = replay(book, {"site": case.site}, columns, (case.shape.on,))

    assert table.verdict("site", case.rule.id, case.shape.on) is outcome_of(case).verdict


def columns_of(results: list[KpiResult], on: date, site: str = "site") -> KpiColumns:
    nan = float("nan")
    kpis = list(dict.fromkeys(one.kpi for one in results))
    windows = list(dict.fromkeys(one.window.name for one in results))
    return KpiColumns.of_rows(
        sites=(site,),
        kpis=kpis,
        windows=windows,
        site=[0] * len(results),
        kpi=[kpis.index(one.kpi) for one in results],
        window=[windows.index(one.window.name) for one in results],
        on=[on.toordinal()] * len(results),
        start_us=[int(one.window.start.timestamp() * 1e6) for one in results],
        end_us=[int(one.window.end.timestamp() * 1e6) for one in results],
        value=[nan if one.value is None else one.value for one in results],
        expanded_uncertainty=[
            nan if one.expanded_uncertainty is None else one.expanded_uncertainty for one in results
        ],
        coverage_ratio=[one.coverage_ratio for one in results],
        origin=[one.origin.value for one in results],
        numerator=[nan if one.numerator is None else one.numerator for one in results],
        withheld=[
            NOT_WITHHELD if one.withheld is None else WITHHELD.index(one.withheld)
            for one in results
        ],
        doubtful=[bool(one.doubts) for one in results],
        closed=[one.window.closed for one in results],
        category=[one.category or 0 for one in results],
    )


def known_in_time(one: Rule) -> Rule:
    """The proposal as if it had been published on the day from which it holds."""
    entries = tuple(replace(entry, published_on=None) for entry in one.parameter.values.entries)
    values = replace(one.parameter.values, entries=entries)
    return replace(one, parameter=replace(one.parameter, values=values))


FACTS = SiteFacts(
    entry_into_operation=date(2018, 6, 1),
    installed_it_power_kw=420.0,
    public_operator=True,
    noise_regime=NoiseRegime.CSP,
    zone="paris",
)
WATER = replace(PARIS, rules=tuple(known_in_time(r) for r in PARIS.rules if r.id == "paris_wue"))
MONTHS = tuple(date(2026, month, 1) for month in range(1, 13))


def water_of(values: list[float]) -> KpiColumns:
    """A WUE on the first day of each month."""
    end = datetime(2026, 1, 1, tzinfo=UTC)
    parts = [
        columns_of(
            [
                KpiResult(
                    kpi="wue",
                    window=_year(end),
                    unit="L/kWh",
                    value=None if np.isnan(value) else value,
                    expanded_uncertainty=0.01,
                    coverage_ratio=1.0,
                )
            ],
            month,
        )
        for month, value in zip(MONTHS, values, strict=True)
    ]
    return KpiColumns.concat(parts)


def _year(end: datetime) -> Window:
    return Window(name="12months", start=end - timedelta(days=365), end=end)


def test_a_planner_is_told_who_fails_when_and_by_how_much() -> None:
    values = [0.3, 0.3, 0.45, 0.6, 0.5, 0.3, 0.3, 0.3, 0.405, 0.3, float("nan"), float("nan")]
    table = replay(WATER, {"site": FACTS}, water_of(values), MONTHS)

    (failure,) = failures(table, WATER)
    (summary,) = summaries(table)

    assert (failure.site, failure.rule) == ("site", "paris_wue")
    assert (failure.first_day, failure.last_day) == (date(2026, 3, 1), date(2026, 5, 1))
    assert (failure.days, failure.of_days) == (3, 12)
    assert failure.worst_margin == pytest.approx(-0.2)
    assert failure.unit == "L/kWh"
    assert summary.ever_in_breach == 1
    assert summary.sites == {Verdict.INSUFFICIENT_DATA: 1}


def test_two_charters_are_compared_by_what_changes() -> None:
    values = [0.3] * 6 + [0.2] * 6
    columns = water_of(values)
    tighter = replace(WATER, rules=tuple(_tightened(one, 0.25) for one in WATER.rules))

    before = replay(WATER, {"site": FACTS}, columns, MONTHS)
    after = replay(tighter, {"site": FACTS}, columns, MONTHS)
    (changed,) = transitions(before, after)

    assert (changed.before, changed.after) == (Verdict.COMPLIANT, Verdict.DEVIATION)
    assert (changed.site_days, changed.sites) == (6, ("site",))
    assert list(transitions(before, before)) == []
    gone = replay(replace(WATER, rules=()), {"site": FACTS}, columns, MONTHS)
    assert {one.after for one in transitions(before, gone)} == {None}
    with pytest.raises(ValueError, match="same sites and days"):
        list(transitions(before, replay(WATER, {"site": FACTS}, columns, MONTHS[:3])))


def _tightened(one: Rule, value: float) -> Rule:
    values = one.parameter.values
    entries = tuple(replace(entry, value=value) for entry in values.entries)
    return replace(one, parameter=replace(one.parameter, values=replace(values, entries=entries)))


def test_a_change_from_next_to_nothing_is_not_weighed_and_says_nothing() -> None:
    """0.4 from 5e-324 overflows; numpy's warnings would be errors here."""
    trend = replace(KINDS[1], id="trend")
    year = _year(datetime(2026, 1, 1, tzinfo=UTC))
    now, then = (
        KpiResult(
            kpi="facility_energy",
            window=replace(year, name=name),
            unit="kWh",
            value=value,
            expanded_uncertainty=0.01,
            coverage_ratio=1.0,
        )
        for name, value in (("12months", 0.4), ("base_year", 5e-324))
    )
    book = replace(PARIS, rules=(trend,))

    table = replay(book, {"site": FACTS}, columns_of([now, then], DAYS[2]), DAYS[2:3])

    expected = judge(trend, FACTS, {(r.kpi, r.window.name): r for r in (now, then)}, DAYS[2])
    assert table.verdict("site", "trend", DAYS[2]) is expected.verdict
    assert expected.verdict is Verdict.INSUFFICIENT_DATA


def test_rows_in_any_order_replay_to_the_same_verdicts() -> None:
    """A history of one site after another mixes its KPIs; one of a KPI after another does not."""
    sites = {"a": FACTS, "b": replace(FACTS, public_operator=False)}
    rng = np.random.default_rng(3)
    rows = [
        (site, kpi, day) for kpi in ("pue", "erf", "wue") for site in range(2) for day in range(12)
    ]
    values = rng.uniform(0.0, 2.0, len(rows))
    end = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * 1_000_000

    def history(order: list[int]) -> KpiColumns:
        picked = [rows[n] for n in order]
        return KpiColumns.of_rows(
            sites=("a", "b"),
            kpis=("pue", "erf", "wue"),
            windows=("12months",),
            site=[site for site, _, _ in picked],
            kpi=[("pue", "erf", "wue").index(kpi) for _, kpi, _ in picked],
            window=[0] * len(picked),
            on=[MONTHS[day].toordinal() for _, _, day in picked],
            start_us=[end - 365 * 86_400_000_000] * len(picked),
            end_us=[end] * len(picked),
            value=values[order],
            expanded_uncertainty=[0.05] * len(picked),
            coverage_ratio=[1.0] * len(picked),
            origin=[0] * len(picked),
            numerator=[float("nan")] * len(picked),
        )

    in_order = replay(PARIS, sites, history(list(range(len(rows)))), MONTHS)
    by_site = sorted(range(len(rows)), key=lambda n: (rows[n][0], rows[n][2]))
    mixed = replay(PARIS, sites, history(by_site), MONTHS)
    some = replay(PARIS, sites, history(by_site[3:]), MONTHS[2:5])

    assert len(set(in_order.code.ravel().tolist())) >= 5
    assert (mixed.code == in_order.code).all()
    assert np.array_equal(mixed.margin, in_order.margin, equal_nan=True)
    assert (some.code == in_order.code[:, :, 2:5]).all()
