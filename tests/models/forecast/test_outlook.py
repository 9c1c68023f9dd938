"""The year's end of the shipped site on the plant's own registers, against the plant's truth."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from models.forecast.outlook import HISTORY, ExpectedSide, ForecastView, Outlook
from models.kpi.limit import KpiLimit
from models.kpi.measurement import SiteReadings
from models.legal_time.days import to_us
from models.registers.samples import Samples
from models.site.site import site_sums
from tests.models.plant_readings import NOW, PLANT, hourly, site, traced

OUTLOOK = Outlook(site(), site_sums(site()))
INTAKES = ("intake_a.active_energy_kwh", "intake_b.active_energy_kwh")


@cache
def _year() -> SiteReadings:
    return hourly(NOW - HISTORY, NOW, registers=OUTLOOK.registers(), gauges=OUTLOOK.gauges())


def _limit(kpi: str, value: float, *, at_least: bool = False, rule: str = "a_rule") -> KpiLimit:
    return KpiLimit(kpi=kpi, window="12months", rule=rule, value=value, at_least=at_least)


def _forecasts(given: SiteReadings, limits: Sequence[KpiLimit] = ()) -> dict[str, ForecastView]:
    found = OUTLOOK.forecasts(given, traced(given), NOW, (), limits)
    return {one.kpi: one for one in found}


def test_the_forecast_holds_what_the_plant_will_do() -> None:
    start = NOW.replace(month=1, day=1, hour=0, minute=0, second=0)
    year = PLANT.truth(start, start.replace(year=2027))
    truth = {"pue": year.pue, "wue": year.wue_l_per_kwh, "erf": year.erf}

    found = _forecasts(_year())

    assert set(found) == set(truth)
    for kpi, view in found.items():
        assert view.lower is not None
        assert view.upper is not None
        assert view.lower <= truth[kpi] <= view.upper, view
        assert (view.limit, view.expected, view.probability_of_breach) == (None, None, None)


def test_a_forecast_is_held_against_the_strictest_limit() -> None:
    plain = _forecasts(_year())
    pue, erf = plain["pue"], plain["erf"]
    assert pue.value is not None
    assert pue.lower is not None
    assert erf.value is not None
    assert erf.upper is not None
    limits = [
        _limit("pue", 3.0, rule="far"),
        _limit("pue", pue.lower - 0.01, rule="near"),
        replace(_limit("pue", 1.0, rule="of a month"), window="month"),
        _limit("erf", erf.value + 0.001, at_least=True),
    ]

    found = _forecasts(_year(), limits)

    assert (found["pue"].rule, found["pue"].expected) == ("near", ExpectedSide.BROKEN)
    assert found["pue"].probability_of_breach == 1.0
    assert found["erf"].at_least
    assert found["erf"].expected is ExpectedSide.BROKEN_NOT_SURE
    assert found["erf"].probability_of_breach is not None
    assert 0.4 < found["erf"].probability_of_breach <= 1.0
    assert found["erf"].still_to_deliver_kwh is not None
    assert found["erf"].still_to_deliver_kwh > 0.0
    assert found["wue"].expected is None


@pytest.mark.parametrize(("value", "expected"), [(9.0, "kept"), (None, "kept_not_sure")])
def test_a_limit_that_is_likely_kept_is_as_sure_as_the_interval(
    value: float | None, expected: str
) -> None:
    median = _forecasts(_year())["pue"].value or 0.0

    found = _forecasts(_year(), [_limit("pue", median + 1e-6 if value is None else value)])

    assert found["pue"].expected == ExpectedSide(expected)


def test_a_site_too_young_says_why_there_is_no_forecast() -> None:
    start = NOW - timedelta(days=30)
    young = hourly(start, NOW, registers=OUTLOOK.registers(), gauges=OUTLOOK.gauges())

    found = _forecasts(young, [_limit("pue", 1.3)])

    assert {one.value for one in found.values()} == {None}
    assert all(one.withheld for one in found.values())


def test_a_sound_year_shows_no_shift_and_a_hidden_load_is_found_with_its_size() -> None:
    """240 kWh a day more at the intakes since eight weeks, which nothing explains."""
    sound = _year()
    since = to_us(NOW - timedelta(days=56))

    def loaded(of: Samples) -> Samples:
        days = np.maximum(of.ts_us - since, 0) / 86.4e9
        return replace(of, value=of.value + 120.0 * days)

    more = {key: loaded(sound.registers[key]) for key in INTAKES}
    hidden = replace(sound, registers={**sound.registers, **more})

    before = OUTLOOK.shifts(sound, traced(sound), NOW)
    after = OUTLOOK.shifts(hidden, traced(hidden), NOW)

    assert before == ()
    (shift,) = after
    assert abs((shift.began - (NOW - timedelta(days=56)).date()).days) <= 10
    assert shift.size_per_day == pytest.approx(240.0, rel=0.3)


def test_without_weather_there_is_no_outlook() -> None:
    blind = Outlook(replace(site(), outdoor_device=None), site_sums(site()))

    assert blind.gauges() == {}
    assert blind.forecasts(_year(), traced(_year()), NOW, (), ()) == ()
    assert blind.shifts(_year(), traced(_year()), NOW) == ()
