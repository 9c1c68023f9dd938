from datetime import date, datetime, timedelta
from math import isnan
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar_fr import NoisePeriod, NoiseRegime, easter, noise_period, public_holidays
from models.noise_limits import allowed_emergence_icpe_db, duration_term_db

PARIS = ZoneInfo("Europe/Paris")
# Published lists of public holidays (service-public.gouv.fr), movable ones only.
MOVABLE = {
    2024: (date(2024, 4, 1), date(2024, 5, 9), date(2024, 5, 20)),
    2025: (date(2025, 4, 21), date(2025, 5, 29), date(2025, 6, 9)),
    2026: (date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25)),
    2027: (date(2027, 3, 29), date(2027, 5, 6), date(2027, 5, 17)),
}


@pytest.mark.parametrize("year", MOVABLE)
def test_the_movable_holidays_are_those_published(year: int) -> None:
    assert set(MOVABLE[year]) <= public_holidays(year)


@given(year=st.integers(1600, 2999))
def test_easter_is_a_sunday_between_22_march_and_25_april(year: int) -> None:
    day = easter(year)

    assert day.weekday() == 6
    assert date(year, 3, 22) <= day <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("instant", "public_health", "icpe"),
    [
        (datetime(2026, 11, 20, 6, 59, tzinfo=PARIS), "night", "night"),
        (datetime(2026, 11, 20, 7, 0, tzinfo=PARIS), "day", "day"),
        (datetime(2026, 11, 20, 21, 59, tzinfo=PARIS), "day", "day"),
        (datetime(2026, 11, 20, 22, 0, tzinfo=PARIS), "night", "night"),
        (datetime(2026, 11, 22, 12, 0, tzinfo=PARIS), "day", "night"),  # Sunday
        (datetime(2026, 11, 11, 12, 0, tzinfo=PARIS), "day", "night"),  # Armistice
    ],
)
def test_sundays_and_holidays_are_night_for_classified_installations_only(
    instant: datetime, public_health: str, icpe: str
) -> None:
    assert noise_period(instant, NoiseRegime.PUBLIC_HEALTH_CODE).value == public_health
    assert noise_period(instant, NoiseRegime.ICPE).value == icpe


@pytest.mark.parametrize(
    ("minutes", "term"),
    [(1, 6), (1.01, 5), (5, 5), (20, 4), (120, 3), (240, 2), (480, 1), (481, 0), (900, 0)],
)
def test_the_duration_term_steps_where_the_text_says(minutes: float, term: float) -> None:
    assert duration_term_db(timedelta(minutes=minutes)) == term


@given(a=st.integers(0, 1440), b=st.integers(0, 1440))
def test_a_longer_noise_is_never_allowed_more(a: int, b: int) -> None:
    short, long = sorted((timedelta(minutes=a), timedelta(minutes=b)))

    assert duration_term_db(short) >= duration_term_db(long)


def test_the_icpe_table_has_its_edges_where_the_order_says() -> None:
    assert isnan(allowed_emergence_icpe_db(NoisePeriod.DAY, 35.0))
    found = [
        allowed_emergence_icpe_db(period, level)
        for period in NoisePeriod
        for level in (35.1, 45.0, 45.1)
    ]
    assert found == [6.0, 6.0, 5.0, 4.0, 4.0, 3.0]


def test_a_noise_cannot_last_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="cannot be heard"):
        duration_term_db(timedelta(seconds=-1))
