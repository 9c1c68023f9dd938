"""Ways in which an OPC UA server misbehaves."""

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from asyncua.ua.status_codes import StatusCodes

from models.readings import Quality
from tests.collectors.relay import End, RelayFault, Step, Wait
from tests.collectors.wire_faults.mode import Mode
from tests.collectors.wire_faults.opcua_server import Given, OpcUaFault, ValueScript, told
from tests.collectors.wire_faults.pace import OPCUA_TIMEOUT_S

GOOD, UNCERTAIN, BAD = Quality.GOOD, Quality.UNCERTAIN, Quality.BAD
NONE, WILD = Quality.NOT_AVAILABLE, Quality.OUT_OF_RANGE
_HOUR: Final = timedelta(hours=1)
_SOON: Final = timedelta(seconds=30)
_SPOILT: Final = ("a", "b")
_SPOILT_BYTES: Final[dict[str, Callable[[bytes], list[Step]]]] = {
    "frozen: accepts, never answers": lambda _: [],
    "hang-up in the middle of a message": lambda data: [data[:20], End.HANG_UP],
    "reset in place of an answer": lambda _: [End.RESET],
    "garbage in place of an answer": lambda _: [b"HTTP/1.1 400\r\n\r\n" * 4],
    "answers come late, by 1.5 timeouts": lambda data: [Wait(1.5 * OPCUA_TIMEOUT_S), data],
}


def opcua_modes() -> Iterator[Mode]:
    yield from _times()
    yield from _clocks()
    yield from _values()
    yield from _services()
    yield from _connections()


def _value(name: str, script: ValueScript, expects: Quality) -> Mode:
    return Mode(
        name=name,
        wire="opc ua",
        fault=OpcUaFault(value=script),
        expects=[expects],
        touches=_SPOILT,
    )


def _ahead(skew: timedelta) -> Callable[[datetime], datetime]:
    return lambda now: now + skew


def _of_status(code: int) -> ValueScript:
    return lambda g: told(g.value, g.now, status=code)


def _saying(value: object) -> ValueScript:
    return lambda g: told(value, g.now)


def _times() -> Iterator[Mode]:
    def old(given: Given, age: timedelta) -> datetime:
        return given.now - age

    yield _value(
        "source time two hours old, value just read",
        lambda g: told(g.value, g.now, source=old(g, 2 * _HOUR)),
        GOOD,
    )
    yield _value(
        "source and server time two hours old",
        lambda g: told(g.value, g.now, source=old(g, 2 * _HOUR), server=old(g, 2 * _HOUR)),
        GOOD,
    )
    yield Mode(
        name="value unchanged, its times those of the last change",
        wire="opc ua",
        fault=OpcUaFault(on_held=lambda held: held.stand_still()),
        expects=[GOOD],
    )
    yield _value("no source time", lambda g: told(g.value, g.now, has_source=False), GOOD)
    yield _value(
        "source time 30 s ahead", lambda g: told(g.value, g.now, source=g.now + _SOON), UNCERTAIN
    )
    yield _value(
        "source time an hour ahead", lambda g: told(g.value, g.now, source=g.now + _HOUR), UNCERTAIN
    )
    yield _value(
        "server time of a value 30 s ahead",
        lambda g: told(g.value, g.now, server=g.now + _SOON),
        UNCERTAIN,
    )


def _clocks() -> Iterator[Mode]:
    for name, skew in {
        "30 s ahead": _SOON,
        "an hour ahead": _HOUR,
        "two hours behind": -2 * _HOUR,
        "90 s behind": timedelta(seconds=-90),
    }.items():
        yield Mode(
            name=f"server clock {name}",
            wire="opc ua",
            fault=OpcUaFault(clock=_ahead(skew)),
            expects=[UNCERTAIN],
        )
    yield Mode(
        name="server clock steps an hour forward and back, each second",
        wire="opc ua",
        fault=OpcUaFault(clock=lambda now: now + (_HOUR if now.second % 2 else timedelta())),
        expects=[UNCERTAIN, GOOD],
        lines=14,
    )
    yield Mode(
        name="server shows no clock",
        wire="opc ua",
        fault=OpcUaFault(clock=lambda _: None),
        expects=[GOOD],
    )


def _values() -> Iterator[Mode]:
    for code, quality in {
        StatusCodes.BadCommunicationError: BAD,
        StatusCodes.BadSensorFailure: BAD,
        StatusCodes.BadNotReadable: BAD,
        StatusCodes.BadNodeIdUnknown: BAD,
        StatusCodes.BadWaitingForInitialData: NONE,
        StatusCodes.UncertainLastUsableValue: UNCERTAIN,
        StatusCodes.UncertainSensorNotAccurate: UNCERTAIN,
    }.items():
        yield _value(
            f"status 0x{code:08X}, value beside it",
            _of_status(code),
            quality,
        )
    for name, value, quality in (
        ("NaN", math.nan, NONE),
        ("infinite", math.inf, NONE),
        ("empty", None, NONE),
        ("a text", "n/a", BAD),
        ("a list", [1.0, 2.0], BAD),
        ("below what is physical", -5.0, WILD),
    ):
        yield _value(f"value is {name}", _saying(value), quality)
    yield Mode(
        name="counters step back",
        wire="opc ua",
        fault=OpcUaFault(on_held=lambda held: held.step_back(100.0)),
        expects=[GOOD],
    )


def _services() -> Iterator[Mode]:
    for code in (
        StatusCodes.BadSessionIdInvalid,
        StatusCodes.BadSessionClosed,
        StatusCodes.BadTooManyOperations,
        StatusCodes.BadServerHalted,
        StatusCodes.BadUserAccessDenied,
    ):
        yield Mode(
            name=f"every read refused with 0x{code:08X}",
            wire="opc ua",
            fault=OpcUaFault(service_fault=code),
        )
    yield Mode(
        name="session dropped at every other read",
        wire="opc ua",
        fault=OpcUaFault(service_fault=StatusCodes.BadSessionIdInvalid, refuses_every=2),
        expects=[GOOD],
        has_neighbour=False,
        lines=14,
    )
    yield Mode(
        name="a read hangs for three timeouts",
        wire="opc ua",
        fault=OpcUaFault(wait_s=3 * OPCUA_TIMEOUT_S),
        has_neighbour=False,
    )
    yield Mode(
        name="one value fewer than asked",
        wire="opc ua",
        fault=OpcUaFault(leaves_out=1),
        has_neighbour=False,
    )


def _connections() -> Iterator[Mode]:
    def mode(name: str, relay: RelayFault, *expects: Quality) -> Mode:
        return Mode(
            name=name,
            wire="opc ua",
            fault=OpcUaFault(relay=relay),
            expects=expects,
            has_neighbour=False,
        )

    yield mode("connection refused", RelayFault(is_refusing=True))
    yield mode("hang-up at accept", RelayFault(at_accept=[End.HANG_UP]))
    for name, script in _SPOILT_BYTES.items():
        yield mode(name, RelayFault(script=script))
    yield mode("answers in two segments", RelayFault(script=_in_two), GOOD)
    yield Mode(
        name="restarted with other namespace numbers",
        wire="opc ua",
        fault=OpcUaFault(is_restart=True),
        expects=[GOOD],
        has_neighbour=False,
    )


def _in_two(data: bytes) -> list[Step]:
    return [data[:30], Wait(0.02), data[30:]]
