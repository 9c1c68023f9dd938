"""What a text file may give as a number or a time: what everybody reads the same way."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.storage.import_cells import numbers_of, time_us_of
from service.storage.import_table import ProblemList

MIDNIGHT_US = 1_763_596_800_000_000  # 2025-11-20T00:00:00Z


def number(cell: str) -> tuple[list[float] | None, list[str]]:
    problems = ProblemList("past.csv")
    read = numbers_of([cell], ["it.power_kw"], "line 7", problems)
    return read, [f"{one.where}: {one.message}" for one in problems.problems]


def time(text: str, column: str = "ts") -> tuple[int | None, list[str]]:
    problems = ProblemList("past.csv")
    read = time_us_of(text, column, "line 7", problems)
    return read, [f"{one.where}: {one.message}; {one.remedy}" for one in problems.problems]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("230", 230.0),
        ("-0.5", -0.5),
        ("+1.", 1.0),
        (".25", 0.25),
        ("1.25e6", 1.25e6),
        ("1E-3", 0.001),
        ("007", 7.0),
    ],
)
def test_a_plain_decimal_number_is_one(cell: str, value: float) -> None:
    assert number(cell) == ([value], [])


def test_an_empty_cell_is_missing() -> None:
    [value], problems = number("")[0] or [0.0], number("")[1]

    assert math.isnan(value)
    assert problems == []


@pytest.mark.parametrize(
    "cell",
    [
        "2_30",
        "\uff12\uff13\uff10",
        "\u0662\u0663\u0660",
        "1e5_0",
        "0x10",
        "infinity",
        "-inf",
        "nan",
        "NaN",
        " 1",
        "1 ",
        "1\u00a0000",
        "\u22121",
        "1,5",
        "1.2.3",
        "1e",
        "--1",
        ".",
        "1d5",
        "n/a",
    ],
)
def test_what_only_python_takes_for_a_number_is_named(cell: str) -> None:
    assert number(cell) == (None, [f"line 7, column it.power_kw: {cell!r} is not a number"])


def test_every_cell_of_a_line_that_is_no_number_is_named() -> None:
    problems = ProblemList("past.csv")

    assert numbers_of(["1", "nan", "2", "1_0"], ["a", "b", "c", "d"], "line 2", problems) is None
    assert [one.where for one in problems.problems] == ["line 2, column b", "line 2, column d"]


def taken_by_float(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@given(st.text("0123456789+-.eE_ nxaif\uff11\u0661", min_size=1, max_size=8))
def test_a_number_is_what_float_takes_in_the_characters_of_numbers(cell: str) -> None:
    plain = taken_by_float(cell) and set(cell) <= set("0123456789+-.eE")

    read, problems = number(cell)

    assert read == ([float(cell)] if plain else None)
    assert bool(problems) != plain


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-20T00:00:00Z",
        "2025-11-20T01:00:00+01:00",
        "2025-11-20 01:00+0100",
        "2025-11-19 23:00:00.000000-01",
    ],
)
def test_a_time_with_its_zone_is_an_instant(text: str) -> None:
    assert time(text) == (MIDNIGHT_US, [])


def test_microseconds_stay_exact() -> None:
    assert time("2025-11-20T00:00:00.123457Z") == (MIDNIGHT_US + 123_457, [])
    assert time("2025-11-20T00:00:00.1Z") == (MIDNIGHT_US + 100_000, [])
    assert time(str(MIDNIGHT_US + 1), "ts_us") == (MIDNIGHT_US + 1, [])


@pytest.mark.parametrize(
    "text",
    [
        "2025-W47-4T00:00Z",
        "20251120T000000Z",
        "2025-11-20x00:00:00Z",
        "2025-11-20T00:00:00.1234567Z",
        "2025-11-20T00:00:00,5Z",
        "2025-11-20T00:00:00z",
        " 2025-11-20T00:00:00Z",
        "2025-11-20",
        "2025-02-30T00:00:00Z",
        "2025-11-20T25:00:00Z",
        "2025-11-20T00:00:00+99:99",
        "\uff12025-11-20T00:00:00Z",
        "1763596800000000",
        "1.7e15",
        "",
    ],
)
def test_another_writing_of_a_time_is_named(text: str) -> None:
    read, [problem] = time(text)

    assert read is None
    assert problem.startswith(f"line 7, column ts: {text!r} is not a time; write ISO 8601 with")


@pytest.mark.parametrize("text", ["2025-11-20T01:00:00", "2025-11-20 01:00"])
def test_a_time_without_its_zone_is_named(text: str) -> None:
    read, [problem] = time(text)

    assert read is None
    assert "does not say in which time zone" in problem
    assert f"add the offset, such as {text}+01:00 or {text}Z" in problem


@pytest.mark.parametrize(
    "text",
    ["1_763", "1763596800.5", "1.7e15", "\u0661", " 1", "2025-11-20T00:00:00Z", "", "9" * 30],
)
def test_counted_times_are_whole_numbers(text: str) -> None:
    read, [problem] = time(text, "ts_us")

    assert read is None
    assert problem.startswith(f"line 7, column ts_us: {text!r} is no whole number of microseconds")
