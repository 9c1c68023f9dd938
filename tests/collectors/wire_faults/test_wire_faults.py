"""Every mode of misbehaviour against the real collectors, all at once.

How long a recovery takes is measured and printed in pytest's report, not asserted; that there
is one, is.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest

from tests.collectors.wire_faults.measure import Measured, measure
from tests.collectors.wire_faults.modbus_server import FaultServer
from tests.collectors.wire_faults.mode import Mode
from tests.collectors.wire_faults.modes_clock import clock_modes
from tests.collectors.wire_faults.modes_opcua import opcua_modes
from tests.collectors.wire_faults.modes_rtu import rtu_modes
from tests.collectors.wire_faults.modes_tcp import tcp_modes
from tests.collectors.wire_faults.opcua_server import OpcUaPlant
from tests.collectors.wire_faults.pace import BEGINS_S, TIMEOUT_S
from tests.collectors.wire_faults.stage import staged
from tests.collectors.wire_faults.surroundings import Lines, own_surroundings
from tests.collectors.wire_faults.verdict import given, shortfalls
from tests.fault_table import FaultTable

MODES = sorted(
    [*tcp_modes(), *rtu_modes(), *opcua_modes(), *clock_modes()], key=lambda mode: mode.wire
)
# Those who wait for the others wait longer than a test of its own would.
pytestmark = pytest.mark.timeout(240)
TABLE = FaultTable(
    "faults on the wire, against the real collectors",
    (
        "wire",
        "mode",
        "given meanwhile",
        "false",
        "others",
        "neighbour",
        "recovered after",
        "log lines",
        "told",
    ),
)
_TOLD_CHARACTERS = 60
# A machine that keeps us waiting so long makes answers late that were not; then it is tried again.
_LAG_S = TIMEOUT_S / 4.0
_TRIES = 3

Outcome: TypeAlias = Measured | BaseException


@pytest.fixture(scope="module")
def measured(request: pytest.FixtureRequest) -> Mapping[str, Outcome]:
    """What came of each mode that was chosen, by its key."""
    callspecs = [getattr(item, "callspec", None) for item in request.session.items]
    modes = [spec.params.get("mode") for spec in callspecs if spec]
    # Other tests have parameters of that name, too.
    chosen = {mode.key for mode in modes if isinstance(mode, Mode)}
    return asyncio.run(_play([mode for mode in MODES if mode.key in chosen]))


async def _play(modes: Sequence[Mode]) -> dict[str, Outcome]:
    """All at once, for most of the time is waited."""
    outcomes: dict[str, Outcome] = {}
    async with AsyncExitStack() as stack:
        plant = OpcUaPlant([mode.key for mode in modes if mode.wire == "opc ua"])
        await stack.enter_async_context(plant.serving())
        well = await stack.enter_async_context(FaultServer())
        lines = stack.enter_context(own_surroundings())
        for _ in range(_TRIES):
            left = [mode for mode in modes if _is_to_be_played(mode, outcomes.get(mode.key))]
            played = (
                _play_one(mode, number / len(left), well, plant, lines)
                for number, mode in enumerate(left)
            )
            seen = await asyncio.gather(*played, return_exceptions=True)
            outcomes |= {mode.key: outcome for mode, outcome in zip(left, seen, strict=True)}
    return outcomes


def _is_to_be_played(mode: Mode, outcome: Outcome | None) -> bool:
    """A false reading stays one; everything else may be the fault of a busy machine."""
    if outcome is None or isinstance(outcome, BaseException):
        return outcome is None
    is_short = any(shortfalls(mode, outcome))
    return is_short and not outcome.false and outcome.lag_s > _LAG_S


async def _play_one(
    mode: Mode, phase: float, well: FaultServer, plant: OpcUaPlant, lines: Lines
) -> Measured:
    # Or all would be asked in the same instant, and the last would seem to be late.
    await asyncio.sleep(phase * BEGINS_S)
    async with staged(mode, well, plant) as stage:
        return await measure(mode, stage, lines)


def test_each_mode_has_its_own_name() -> None:
    assert not [key for key, times in Counter(mode.key for mode in MODES).items() if times > 1]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.key)
def test_no_false_reading_and_nobody_else_concerned(
    mode: Mode, measured: Mapping[str, Outcome], request: pytest.FixtureRequest
) -> None:
    seen = measured[mode.key]
    if isinstance(seen, BaseException):
        raise seen
    _record(request, mode, seen)
    assert not list(shortfalls(mode, seen))


def _record(request: pytest.FixtureRequest, mode: Mode, seen: Measured) -> None:
    readings = given(mode, seen)
    words = ", ".join(f"{readings[q]} {q.name.lower()}" for q in sorted(readings))
    neighbour = seen.neighbour_cadence
    TABLE.record(
        request,
        mode.wire,
        mode.name,
        words or "nothing",
        str(len(seen.false)),
        f"{seen.other_cadence:.0%}",
        "-" if neighbour is None else f"{neighbour:.0%}",
        f"{seen.recovery_s:.1f} s",
        str(seen.lines),
        seen.told[:_TOLD_CHARACTERS],
    )
