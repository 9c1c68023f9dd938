"""Heat sorted by what it was: hand cases and laws."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.heat.booking import HeatBooks, book_heat
from models.readings import FloatArray

ENERGIES = ("delivered_kwh", "reversed_kwh", "defrost_kwh", "standing_kwh", "below_dt_min_kwh")
numbers = st.one_of(st.just(np.nan), st.just(0.0), st.floats(-50.0, 50.0))
columns = arrays(np.float64, (3, 20), elements=numbers)


def arr(*values: float) -> FloatArray:
    return np.array(values)


def book(heat: FloatArray, flow: FloatArray, drop: FloatArray, **limits: Any) -> HeatBooks:
    chosen = {"dt_min_k": 3.0, "least_flow_m3_per_h": 0.1, **limits}
    return book_heat(heat, flow, drop, **chosen)


@pytest.mark.parametrize(
    ("heat", "flow", "drop", "where", "kwh"),
    [
        (50.0, 4.0, 12.0, {"delivered_kwh"}, 50.0),
        (8.0, 4.0, 2.0, {"delivered_kwh", "below_dt_min_kwh"}, 8.0),
        (12.0, 4.0, 3.0, {"delivered_kwh"}, 12.0),
        (12.0, 4.0, np.nan, {"delivered_kwh", "below_dt_min_kwh"}, 12.0),
        (-5.0, 4.0, -1.0, {"defrost_kwh"}, 5.0),
        (-5.0, 4.0, np.nan, {"defrost_kwh"}, 5.0),
        (5.0, 4.0, -1.0, {"defrost_kwh"}, 5.0),  # a register that only counts up
        (-3.0, -2.0, 2.0, {"reversed_kwh"}, 3.0),
        (3.0, -2.0, -2.0, {"reversed_kwh"}, 3.0),
        (0.4, 0.0, 8.0, {"standing_kwh"}, 0.4),
        (0.4, -0.09, 8.0, {"standing_kwh"}, 0.4),
        (np.nan, 0.05, 8.0, set(), 0.0),
    ],
)
def test_each_kind_of_heat_has_its_own_book(
    heat: float, flow: float, drop: float, where: set[str], kwh: float
) -> None:
    books = book(arr(heat), arr(flow), arr(drop))

    assert {name: getattr(books, name) for name in ENERGIES} == {
        name: kwh if name in where else 0.0 for name in ENERGIES
    }
    assert books.unknown_ratio == 0.0
    assert books.idle_ratio == float(abs(flow) < 0.1)


@pytest.mark.parametrize(("heat", "flow"), [(np.nan, 4.0), (5.0, np.nan), (np.nan, np.nan)])
def test_missing_is_not_zero(heat: float, flow: float) -> None:
    alone = book(arr(heat), arr(flow), arr(10.0))
    beside = book(arr(heat, 7.0), arr(flow, 4.0), arr(10.0, 10.0))

    assert all(np.isnan(getattr(alone, name)) for name in ENERGIES)
    assert (alone.idle_ratio, alone.unknown_ratio) == (0.0, 1.0)
    assert (beside.delivered_kwh, beside.unknown_ratio) == (7.0, 0.5)


def test_a_window_without_steps_is_unknown() -> None:
    books = book(arr(), arr(), arr())

    assert np.isnan(books.delivered_kwh)
    assert books.unknown_ratio == 1.0


def test_the_share_below_the_least_difference_is_of_the_delivered_heat() -> None:
    books = book(arr(30.0, 10.0, -5.0), arr(4.0, 4.0, 4.0), arr(9.0, 2.0, -1.0))

    assert books.below_dt_min_ratio == 0.25
    assert np.isnan(book(arr(-5.0), arr(4.0), arr(-1.0)).below_dt_min_ratio)


def test_without_a_least_flow_only_a_still_pipe_is_idle() -> None:
    books = book(arr(5.0, 5.0), arr(1e-9, 0.0), arr(9.0, 9.0), least_flow_m3_per_h=0.0)

    assert (books.delivered_kwh, books.standing_kwh, books.idle_ratio) == (5.0, 5.0, 0.5)


@given(columns=columns)
def test_every_known_kilowatt_hour_stands_in_one_book(columns: FloatArray) -> None:
    heat, flow, drop = columns
    books = book(heat, flow, drop)
    known = np.isfinite(heat) & np.isfinite(flow)
    if not (known | (np.abs(flow) < 0.1)).any():
        return

    booked = sum(getattr(books, name) for name in ENERGIES[:4])
    assert booked == pytest.approx(np.abs(heat[known]).sum())
    assert 0.0 <= books.below_dt_min_kwh <= books.delivered_kwh
    assert books.idle_ratio + books.unknown_ratio <= 1.0


@given(columns=columns, cut=st.integers(1, 19))
def test_books_add_up_over_time(columns: FloatArray, cut: int) -> None:
    whole, early, late = (book(*part) for part in (columns, columns[:, :cut], columns[:, cut:]))

    for name in ("idle_ratio", "unknown_ratio"):
        parts = cut * getattr(early, name) + (20 - cut) * getattr(late, name)
        assert parts == pytest.approx(20 * getattr(whole, name))
    if early.unknown_ratio < 1.0 and late.unknown_ratio < 1.0:
        for name in ENERGIES:
            parts = getattr(early, name) + getattr(late, name)
            assert parts == pytest.approx(getattr(whole, name))


@given(columns=columns, scale=st.floats(1e-3, 1e3), order=st.permutations(range(20)))
def test_books_know_neither_size_nor_order(
    columns: FloatArray, scale: float, order: list[int]
) -> None:
    heat, flow, drop = columns
    books, mixed = asdict(book(heat, flow, drop)), asdict(book(*columns[:, order]))
    large = asdict(book(scale * heat, scale * flow, drop, least_flow_m3_per_h=0.1 * scale))

    # At the very least flow a product may round to either side.
    if not np.isclose(np.abs(flow), 0.1).any():
        for name, value in books.items():
            factor = scale if name in ENERGIES else 1.0
            assert large[name] == pytest.approx(factor * value, nan_ok=True)
    assert mixed == pytest.approx(books, nan_ok=True)


@given(columns=columns, stricter=st.floats(0.0, 10.0))
def test_a_stricter_meter_vouches_for_no_more(columns: FloatArray, stricter: float) -> None:
    loose = book(*columns).below_dt_min_kwh
    strict = book(*columns, dt_min_k=3.0 + stricter).below_dt_min_kwh

    assert np.isnan(loose) or strict >= loose - 1e-9


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"dt_min_k": 0.0}, "dt_min_k must be above 0"),
        ({"dt_min_k": np.nan}, "dt_min_k"),
        ({"least_flow_m3_per_h": -0.1}, "must not be negative"),
        ({"least_flow_m3_per_h": np.nan}, "least_flow_m3_per_h"),
        ({"drop": arr(1.0, 2.0)}, "differ in shape"),
    ],
)
def test_impossible_parameters_are_refused(wrong: dict[str, Any], place: str) -> None:
    given_: dict[str, Any] = {"heat": arr(1.0), "flow": arr(1.0), "drop": arr(1.0), **wrong}
    with pytest.raises(ValueError, match=place):
        book(**given_)
