"""The shape of a benchmark's line."""

from typing import TypedDict


class Result(TypedDict):
    bench: str
    value: float
    unit: str
    ratio: float
    against: str


def result(bench: str, value: float, unit: str, reference: float, against: str) -> Result:
    return Result(
        bench=bench,
        value=round(value, 4),
        unit=unit,
        ratio=round(value / reference, 3),
        against=f"{against}: {round(reference, 4)} {unit}",
    )
