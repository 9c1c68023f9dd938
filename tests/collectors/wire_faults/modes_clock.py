"""The collector's own clock is set, and set right again."""

from collections.abc import Iterator
from typing import Final

from models.readings import Quality
from tests.collectors.wire_faults.mode import ClockFault, Mode

_HOUR_S: Final = 3600.0


def clock_modes() -> Iterator[Mode]:
    for wire in ("tcp", "rtu", "opc ua"):
        for name, steps_s in {
            "an hour forward": [_HOUR_S],
            "an hour back": [-_HOUR_S],
            "forward and back each second": [_HOUR_S, -_HOUR_S, _HOUR_S],
            "five seconds forward": [5.0],
            "two minutes back": [-120.0],
        }.items():
            yield Mode(
                name=f"own clock: {name}",
                wire=wire,
                fault=ClockFault(steps_s=steps_s),
                expects=[Quality.UNCERTAIN],
                recovers_to=Quality.UNCERTAIN,
            )
