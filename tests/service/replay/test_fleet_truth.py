"""The histories of the fourteen invented sites, held against what is true of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from charter_rules.facts import IcpeRegime, NoiseRegime
from charter_rules.law.kpis import KPIS
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.kpi.registry import KPIS as REGISTRY
from models.kpi.result import KpiResult, Withheld
from models.kpi.wanted import wanted_points
from models.kpi_history import KpiColumns
from models.readings import Origin
from models.site.site import site_sums
from service.replay.errors import FleetFileError
from service.replay.fleet import Fleet, history_of_site, read_fleet
from service.replay.truths import TruthKey, read_truths

LAST = date(2026, 10, 31)
# Where something was wrong with the meters on purpose, and what it may reach.
FAULTY = {"site_03", "site_07", "site_09"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    site: str
    result: KpiResult
    true: float

    @property
    def misses_u(self) -> float:
        """How many standard uncertainties the value is off."""
        assert self.result.value is not None
        assert self.result.expanded_uncertainty is not None
        off = abs(self.result.value - self.true)
        u = self.result.expanded_uncertainty / 2.0
        # a ratio of nothing is exactly zero
        return 0.0 if off == 0.0 else off / u


@pytest.fixture(scope="module")
def truths(fleet: Fleet) -> dict[TruthKey, float]:
    return read_truths(fleet.folder, tuple(fleet.sites))


@pytest.fixture(scope="module")
def compared(history: KpiColumns, truths: dict[TruthKey, float]) -> list[Compared]:
    return list(_compared(history, truths))


def _compared(history: KpiColumns, truths: dict[TruthKey, float]) -> Iterator[Compared]:
    for row in range(len(history)):
        result, site = history.result(row), history.sites[history.site[row]]
        on = date.fromordinal(int(history.on[row]))
        true = truths.get((site, result.kpi, result.window.name, on))
        if true is not None and result.value is not None:
            yield Compared(site=site, result=result, true=true)


def of(compared: list[Compared], site: str, kpi: str, window: str = "12months") -> KpiResult:
    [one] = [
        c.result
        for c in compared
        if (c.site, c.result.kpi, c.result.window.name) == (site, kpi, window)
    ]
    return one


def test_intervals_hold_the_truth_nine_times_in_ten_over_the_fleet(
    compared: list[Compared],
) -> None:
    measured = [one for one in compared if one.result.origin is not Origin.DECLARED]
    assert len(measured) > 200
    inside = np.array([one.misses_u <= 2.0 for one in measured])
    assert inside.mean() >= 0.9
    # and not always: one that never misses is padded
    assert not inside.all()


def test_no_sound_meter_is_off_by_more_than_three_standard_uncertainties(
    compared: list[Compared],
) -> None:
    sound = [
        one
        for one in compared
        if one.site not in FAULTY and one.result.origin is not Origin.DECLARED
    ]
    worst = max(sound, key=lambda one: one.misses_u)
    assert worst.misses_u <= 3.0, worst


@pytest.mark.parametrize("kpi", ["pue", "wue", "wue_potable", "erf"])
def test_gaps_widen_the_interval_of_a_ratio_and_do_not_move_it_away_from_the_truth(
    compared: list[Compared], kpi: str
) -> None:
    gaps = [one for one in compared if one.site in {"site_03", "site_07"} and one.result.kpi == kpi]
    assert gaps
    assert max(one.misses_u for one in gaps) <= 3.0


def test_a_replaced_meter_costs_coverage_and_certainty(compared: list[Compared]) -> None:
    replaced, whole = of(compared, "site_07", "wue"), of(compared, "site_11", "wue")
    assert 0.95 < replaced.coverage_ratio < 0.99
    assert whole.coverage_ratio == 1.0
    assert replaced.expanded_uncertainty is not None
    assert whole.expanded_uncertainty is not None
    assert replaced.value is not None
    assert whole.value is not None
    relative = replaced.expanded_uncertainty / replaced.value
    assert relative > 1.5 * whole.expanded_uncertainty / whole.value


def test_a_dead_meter_proves_nothing_of_what_needs_it_and_takes_nothing_else_with_it(
    history: KpiColumns,
) -> None:
    dead = history.of_site("site_09")
    results = {(r.kpi, r.window.name): r for r in (dead.result(row) for row in range(len(dead)))}
    for kpi in ("pue", "erf", "ere", "ref", "facility_energy"):
        result = results[kpi, "12months"]
        assert result.value is None, kpi
        assert 0.0 < result.coverage_ratio < 0.5, kpi
    for kpi in ("wue", "load_factor", "cer"):
        assert results[kpi, "12months"].value is not None, kpi


def test_the_sites_stand_on_both_sides_of_what_charters_ask_and_close_to_it(
    truths: dict[TruthKey, float], fleet: Fleet
) -> None:
    def true(kpi: str, window: str = "12months") -> dict[str, float]:
        return {site: truths[site, kpi, window, LAST] for site in fleet.sites}

    pue, facts = true("pue"), fleet.facts()
    limits = ((2015, 1.6), (2019, 1.5), (2024, 1.3), (2030, 1.25))
    margin = {
        site: next(limit for until, limit in limits if entered.year < until) - pue[site]
        for site, one in facts.items()
        if (entered := one.entry_into_operation)
    }
    assert sum(one > 0.05 for one in margin.values()) >= 3
    assert sum(one < -0.05 for one in margin.values()) >= 3
    assert sum(abs(one) < 0.015 for one in margin.values()) >= 3
    assert min(pue.values()) < 1.2
    assert max(pue.values()) > 1.65
    wue, erf = true("wue"), true("erf")
    for figure, limit, near in ((wue, 0.4, 0.06), (erf, 0.1, 0.015), (erf, 0.3, 0.04)):
        assert sum(one < limit - near for one in figure.values()) >= 2
        assert sum(one > limit + near for one in figure.values()) >= 2
        assert any(abs(one - limit) < near for one in figure.values())
    night = true("noise_emergence_night", "last_night")
    assert min(night.values()) < 1.0
    assert max(night.values()) > 6.0


def test_facts_are_read_like_those_of_any_site(fleet: Fleet) -> None:
    facts = fleet.facts()
    assert list(facts) == [f"site_{n:02d}" for n in range(1, 15)]
    assert facts["site_01"].public_operator
    assert facts["site_02"].installed_it_power_kw == 1050.0
    assert facts["site_10"].noise_regime is NoiseRegime.ICPE
    assert facts["site_10"].icpe_regime is IcpeRegime.REGISTRATION
    assert facts["site_12"].installed_it_power_kw < 50.0
    assert facts["site_13"].icpe_regime is IcpeRegime.DECLARATION
    assert facts["site_14"].icpe_regime is IcpeRegime.AUTHORISATION
    assert {one.kpi for one in facts["site_14"].inspections} == {
        "noise_emergence_day",
        "noise_emergence_night",
    }
    assert all(one.ai_share_ratio is not None for one in facts.values())


def test_every_row_can_be_named_by_a_rule_and_says_where_it_comes_from(
    history: KpiColumns,
) -> None:
    for row in range(len(history)):
        result = history.result(row)
        assert result.window.name in KPIS[result.kpi].windows
        if result.value is not None:
            declared = result.window.name == "declared"
            assert result.origin is (Origin.DECLARED if declared else Origin.IMPORTED)


def test_a_declaration_may_be_untrue_and_the_history_has_what_was_declared(
    history: KpiColumns, truths: dict[TruthKey, float]
) -> None:
    own = history.of_site("site_05")
    [declared] = [r for r in map(own.result, range(len(own))) if r.kpi == "refrigerant_gwp"]
    assert declared.value == 7.0
    assert truths["site_05", "refrigerant_gwp", "declared", LAST] == 1430.0


def test_any_legal_day_can_be_judged(fleet: Fleet) -> None:
    site = fleet.sites["site_12"]
    own = history_of_site("site_12", site, fleet.folder / "site_12", (date(2026, 10, 14),))
    results = {(r.kpi, r.window.name): r for r in map(own.result, range(len(own)))}
    assert results["pue", "month"].value is not None
    assert results["pue", "12months"].coverage_ratio < 0.96
    # sound levels were kept for the month's last day alone
    assert results["noise_emergence_night", "last_night"].value is None


def test_a_folder_holds_the_gauges_that_the_kpis_of_its_sites_are_made_of(fleet: Fleet) -> None:
    for name, site in fleet.sites.items():
        wanted = wanted_points(REGISTRY.values(), site, site_sums(site))
        with np.load(fleet.folder / name / "gauges.npz") as file:
            assert set(file["keys"].tolist()) == set(wanted.gauges), name


TEMPERATURES = (
    "inlet_air_temp",
    "supply_air_compliance",
    "liquid_supply_compliance",
    "delivered_temperature",
)


def test_every_kpi_of_temperatures_is_replayed_and_a_silent_thermometer_costs_coverage(
    history: KpiColumns,
) -> None:
    sound, gaps = (
        {(r.kpi, r.window.name): r for r in map(own.result, range(len(own)))}
        for own in map(history.of_site, ("site_01", "site_03"))
    )

    for kpi, window in (*((one, "12months") for one in TEMPERATURES), ("inlet_air_temp", "today")):
        assert sound[kpi, window].value is not None, kpi
        assert sound[kpi, window].coverage_ratio == 1.0, kpi
    assert sound["cooling_degree_days", "12months"].coverage_ratio == 1.0
    # a PDU is silent for 12 of 365 days, and with it the sensor at its racks
    assert gaps["inlet_air_temp", "12months"].coverage_ratio == pytest.approx(
        1 - 12 / 365, abs=1e-4
    )
    assert gaps["delivered_temperature", "12months"].coverage_ratio < 1.0


def test_a_site_that_hands_no_heat_over_has_no_temperature_of_it(
    history: KpiColumns, truths: dict[TruthKey, float]
) -> None:
    own = history.of_site("site_02")
    [year] = [
        r
        for r in map(own.result, range(len(own)))
        if (r.kpi, r.window.name) == ("delivered_temperature", "12months")
    ]
    assert year.value is None
    assert year.withheld is Withheld.ZERO_DENOMINATOR
    assert ("site_02", "delivered_temperature", "12months", LAST) not in truths


def test_days_judged_together_come_out_as_each_by_itself(fleet: Fleet) -> None:
    """Whole months, a year that is not yet there, and days of both changes of the clock."""
    days = (date(2026, 3, 29), date(2026, 7, 14), date(2026, 10, 25), LAST)
    site, folder = fleet.sites["site_03"], fleet.folder / "site_03"

    together = history_of_site("site_03", site, folder, days)
    apart = KpiColumns.concat([history_of_site("site_03", site, folder, (on,)) for on in days])

    assert rows_of(together) == rows_of(apart)


def rows_of(history: KpiColumns) -> dict[tuple[str, str, int], KpiResult]:
    """Rounded where sums over other stretches may differ in the last places."""
    found = {}
    for row in range(len(history)):
        result = history.result(row)
        found[result.kpi, result.window.name, int(history.on[row])] = replace(
            result,
            value=rounded(result.value),
            expanded_uncertainty=rounded(result.expanded_uncertainty),
            coverage_ratio=float(f"{result.coverage_ratio:.7g}"),
            numerator=rounded(result.numerator),
        )
    assert len(found) == len(history)
    return found


def rounded(figure: float | None) -> float | None:
    return None if figure is None else float(f"{figure:.7g}")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("fleet.json", None),
        ("fleet.json", "{}"),
        ("fleet.json", "not json"),
        ("site_01/site.yaml", "site: {}"),
    ],
)
def test_a_folder_that_is_no_fleet_is_refused_with_file_and_remedy(
    tmp_path: Path, name: str, content: str | None
) -> None:
    (tmp_path / "site_01").mkdir()
    fleet_text = '{"sites": [{"name": "site_01"}], "judged_days": ["2026-10-31"]}'
    (tmp_path / "fleet.json").write_text(fleet_text)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(FleetFileError, match="write the folder anew") as caught:
        read_fleet(tmp_path, load_profiles(SHIPPED_PROFILES))
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("content", [None, "[1]", '[{"kpi": "pue"}]', "{"])
def test_a_truth_that_cannot_be_read_is_refused_with_file_and_remedy(
    tmp_path: Path, content: str | None
) -> None:
    (tmp_path / "site_01").mkdir()
    if content is not None:
        (tmp_path / "site_01/truth.json").write_text(content)
    with pytest.raises(FleetFileError, match=r"truth\.json: .*write the folder anew"):
        read_truths(tmp_path, ("site_01",))


def test_registers_that_cannot_be_read_are_refused_with_file_and_remedy(
    fleet: Fleet, tmp_path: Path
) -> None:
    (tmp_path / "registers.npz").write_bytes(b"nothing")
    with pytest.raises(FleetFileError, match=r"registers\.npz: cannot be read"):
        history_of_site("site_01", fleet.sites["site_01"], tmp_path, (LAST,))
