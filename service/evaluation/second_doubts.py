"""Which meters a second calculation contradicts, window by window."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from models.heat.handover import Handover, doubts
from models.kpi.measurement import SiteReadings
from models.kpi.result import Doubt
from models.metering.registers import SiteRegisters
from models.readings import Window

_HOUR: Final = timedelta(hours=1)
_HOUR_US: Final = _HOUR // _HOUR.resolution
_DAY: Final = timedelta(days=1)


def windows_by_doubts(
    handover: Handover,
    windows: Sequence[Window],
    readings: SiteReadings,
    registers: SiteRegisters,
) -> dict[tuple[Doubt, ...], list[Window]]:
    """The windows by the heat meters that a second calculation contradicts in them.

    An hour is too short for one: the day that ends with it is taken. Readings are by the hour.
    """
    found: dict[tuple[Doubt, ...], list[Window]] = {}
    for window in windows:
        is_short = window.duration <= _HOUR
        over = replace(window, start=window.end - _DAY) if is_short else window
        figures = handover.figures(over, _HOUR_US, readings, registers)
        found.setdefault(doubts(figures), []).append(window)
    return found
