"""Which devices a figure does without, and why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.readings import DeviceState, Window
from models.trouble.trouble import Trouble
from service.api.schemas import KpiAnswer
from service.live.left_out import left_out
from service.pages.voice import Voice
from tests.service.pages.troubled_snapshot import NOW, device, kpi, sample_snapshot

QUARTER = Window(name="15min", start=NOW - timedelta(minutes=15), end=NOW)
YEAR = Window(name="12months", start=NOW - timedelta(days=365), end=NOW)
CLOCK = replace(
    device("hp", DeviceState.DEGRADED, stale=2, error="2 h behind"),
    trouble=Trouble.DEVICE_CLOCK,
    clock_offset_s=-7200.0,
)
SILENT = replace(device("m", DeviceState.LOST, stale=2, error="e"), trouble=Trouble.SILENT)
REFUSING = replace(device("r", DeviceState.DEGRADED, stale=0, error="e"), trouble=Trouble.REFUSED)
NOW_OF = replace(sample_snapshot(), devices=(CLOCK, SILENT, REFUSING))
WITHOUT = replace(kpi("erf", QUARTER, None, None, "ratio"), inputs=("hp.heat_kwh", "m", "r", "x"))


def test_a_figure_with_holes_names_who_is_silent_and_whose_clock_is_wrong() -> None:
    assert [one.id for one in left_out(WITHOUT, NOW_OF)] == ["hp", "m"]
    answer = KpiAnswer.of(WITHOUT, left_out(WITHOUT, NOW_OF))
    assert [(one.device, one.trouble, one.clock_offset_s) for one in answer.left_out] == [
        ("hp", "device_clock", -7200.0),
        ("m", "silent", None),
    ]


@pytest.mark.parametrize(
    "whole",
    [
        replace(WITHOUT, value=1.0, withheld=None, coverage_ratio=1.0),
        replace(WITHOUT, window=replace(QUARTER, closed=True)),
        replace(WITHOUT, window=YEAR),
    ],
    ids=["complete", "closed", "three minutes are nothing of a year"],
)
def test_nobody_is_named_where_it_is_not_why(whole: object) -> None:
    assert isinstance(whole, type(WITHOUT))
    assert left_out(whole, NOW_OF) == ()


def test_it_is_said_in_both_languages() -> None:
    assert Voice("en").left_out(CLOCK).startswith("without “Device hp”: a clock is wrong")
    assert "Appareil hp" in Voice("fr").left_out(CLOCK)
    assert "une horloge est fausse" in Voice("fr").left_out(CLOCK)
