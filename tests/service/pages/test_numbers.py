"""Numbers are rounded to what is known of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pages.numbers import STYLES, measured, number, percent

FR, EN = STYLES["fr"], STYLES["en"]


@pytest.mark.parametrize(
    ("value", "u", "unit", "expected"),
    [
        (1.40236, 0.00924, "ratio", "1.402\u00a0±\u00a00.009"),
        (0.6709, 0.0178, "ratio", "0.671\u00a0±\u00a00.018"),
        (5723.6, 148.2, "kWh", "5,720\u00a0±\u00a0150\u00a0kWh"),
        (1_157_143.1, 30_604.4, "kWh", "1,160\u00a0±\u00a030\u00a0MWh"),
        (None, None, "kWh", "—"),
    ],
)
def test_a_value_is_rounded_by_its_uncertainty(
    value: float | None, u: float | None, unit: str, expected: str
) -> None:
    assert measured(value, u, unit, EN).text == expected


@given(st.floats(-1e6, 1e6), st.floats(2.5e-4, 1e3))
def test_rounding_never_moves_a_value_by_more_than_a_fifth_of_its_uncertainty(
    value: float, u: float
) -> None:
    shown = measured(value, u, "L/kWh", EN).value
    back = float(shown.replace(",", "").replace("\u2212", "-"))

    assert abs(back - value) <= 0.2 * u + 1e-9


def test_an_uncertainty_too_fine_to_read_is_rounded_up_and_never_shown_as_none() -> None:
    assert measured(0.01, 2e-6, "ratio", EN).text == "0.0100\u00a0±\u00a00.0001"


def test_only_all_is_a_hundred_percent() -> None:
    assert percent(0.99999, EN) == "99.9\u00a0%"
    assert percent(1.0, FR) == "100\u202f%"


def test_there_is_no_minus_zero() -> None:
    assert number(-0.04, 1, FR) == "0,0"
