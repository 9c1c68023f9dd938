"""Cooling degree days of a site whose outdoor temperature is read by the hour."""

from datetime import date, timedelta

import numpy as np
import pytest

from models.kpi.result import KpiResult
from models.legal_time.days import day_start, to_us
from models.readings import Window
from models.registers.gauges import gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples
from tests.models.kpi.small_site import HOUR_US, MINUTE_US, measured, results, site_of

DAYS = [date(2026, 7, 1) + timedelta(days=n) for n in range(31)]
START_US, END_US = (to_us(day_start(one)) for one in (DAYS[0], date(2026, 8, 1)))
KEY = "roof.outdoor_temp_degc"
SITE = site_of(outdoor_device="roof", points=[KEY])
JULY = Window(name="month", start=day_start(DAYS[0]), end=day_start(date(2026, 8, 1)))


def degree_days(every_us: int) -> KpiResult:
    """A July whose days swing by 8 K about means from 22 to 31 degC, read at some interval."""
    ts_us = np.arange(START_US - 2 * HOUR_US, END_US, every_us)
    day = (ts_us - START_US) / (24 * HOUR_US)
    temp = 26.5 + 4.5 * np.sin(day) + 4.0 * np.sin(2.0 * np.pi * (day - 0.4))
    edges = Periods.between(np.arange(START_US, END_US + 1, HOUR_US))
    gauge = gauge_totals(Samples(ts_us=ts_us, value=temp), edges)
    (result,) = results(measured(SITE, {}, [JULY], gauges={KEY: gauge}), "cooling_degree_days")
    return result


def test_by_the_hour_they_are_known_and_a_little_less_certain() -> None:
    hourly, fine = degree_days(HOUR_US), degree_days(5 * MINUTE_US)

    assert hourly.coverage_ratio == fine.coverage_ratio == 1.0
    assert hourly.value is not None
    assert fine.value is not None
    assert hourly.expanded_uncertainty is not None
    assert fine.expanded_uncertainty is not None
    assert fine.value > 100.0
    assert abs(hourly.value - fine.value) <= hourly.expanded_uncertainty
    assert fine.expanded_uncertainty < hourly.expanded_uncertainty < 1.5 * fine.expanded_uncertainty


def test_every_two_hours_they_are_not() -> None:
    assert degree_days(2 * HOUR_US).value is None
    assert degree_days(2 * HOUR_US).coverage_ratio == pytest.approx(0.0)
