"""The modes that Modbus TCP and RTU over TCP have in common."""

from collections.abc import Iterator
from typing import Final

from models.readings import Quality
from tests.collectors.relay import Wait
from tests.collectors.wire_faults import scripts as s
from tests.collectors.wire_faults.meter import SECOND_BLOCK
from tests.collectors.wire_faults.modbus_server import ModbusFault
from tests.collectors.wire_faults.mode import Mode
from tests.collectors.wire_faults.pace import TIMEOUT_S

GOOD, BAD, NONE = Quality.GOOD, Quality.BAD, Quality.NOT_AVAILABLE
# The unit says no (all others are said by a gateway in its place).
_OWN_EXCEPTIONS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9)
_GATEWAY_EXCEPTIONS: Final = (10, 11)


def common_modes(wire: str) -> Iterator[Mode]:
    yield from _refusals(wire)
    yield from _times(wire)
    yield from _connections(wire)
    yield from _contents(wire)
    yield from _frames(wire)


def _refusals(wire: str) -> Iterator[Mode]:
    for code in _OWN_EXCEPTIONS:
        fault = ModbusFault(script=s.refused(code))
        yield Mode(name=f"exception {code} to everything", wire=wire, fault=fault, allows=[BAD])
    for code in _GATEWAY_EXCEPTIONS:
        fault = ModbusFault(script=s.refused(code))
        yield Mode(name=f"exception {code} to everything", wire=wire, fault=fault)
    yield Mode(
        name="gateway refuses all units (exception 3)",
        wire=wire,
        fault=ModbusFault(script=s.refused(3), of_all=True),
        allows=[BAD],
        has_neighbour=False,
    )
    yield Mode(
        name="a block of registers becomes absent (exception 2)",
        wire=wire,
        fault=ModbusFault(script=s.refused_block(2, 200, 206)),
        expects=[BAD],
        touches=SECOND_BLOCK,
    )
    yield Mode(
        name="one register becomes absent (exception 2)",
        wire=wire,
        fault=ModbusFault(script=s.refused_block(2, 202, 204)),
        expects=[BAD],
        touches=["p202"],
    )
    for code in (5, 6):
        yield Mode(
            name=f"busy at every other question (exception {code})",
            wire=wire,
            fault=ModbusFault(script=s.every(2, s.refused(code), s.then())),
            expects=[GOOD],
            allows=[BAD],
        )


def _times(wire: str) -> Iterator[Mode]:
    yield Mode(name="silent unit", wire=wire, fault=ModbusFault(script=s.silent))
    yield Mode(
        name="silent and well by turns, each second",
        wire=wire,
        fault=ModbusFault(script=s.by_turns(s.silent, s.then())),
        allows=[GOOD, BAD],
        lines=12,
    )
    yield Mode(
        name="late, just before the timeout",
        wire=wire,
        fault=ModbusFault(script=s.late(0.7)),
        expects=[GOOD],
    )
    for timeouts in (1.2, 1.8, 2.5, 3.5, 6.3):
        yield Mode(
            name=f"late, by {timeouts} timeouts",
            wire=wire,
            fault=ModbusFault(script=s.late(timeouts)),
            has_neighbour=_is_spared(wire, timeouts),
            lines=12,
        )
    for timeouts in (1.3, 2.5):
        yield Mode(
            name=f"late now and then, by {timeouts} timeouts",
            wire=wire,
            fault=ModbusFault(script=s.every(4, s.late(timeouts), s.then())),
            allows=[GOOD, BAD],
            has_neighbour=_is_spared(wire, timeouts),
            lines=12,
        )
    yield Mode(
        name="a queue of questions, each answered after 1.2 timeouts",
        wire=wire,
        fault=ModbusFault(script=s.late(1.2), is_one_at_a_time=True),
    )
    yield Mode(
        name="a unit is one answer behind",
        wire=wire,
        fault=ModbusFault(script=s.previous),
    )
    yield Mode(
        name="the whole link is one answer behind",
        wire=wire,
        fault=ModbusFault(script=s.previous_of_any, of_all=True),
        has_neighbour=False,
    )


def _is_spared(wire: str, timeouts: float) -> bool:
    """Whether a neighbour can be read: on a bus it has to wait for a very late answer."""
    return wire == "tcp" or timeouts <= 2.0


def _connections(wire: str) -> Iterator[Mode]:
    of_link = [
        ("frozen: accepts, never answers", ModbusFault(script=s.silent, of_all=True)),
        ("connection refused", ModbusFault(is_refusing=True)),
        ("hang-up at accept", ModbusFault(at_accept=[s.HANG_UP])),
        ("reset at accept", ModbusFault(at_accept=[s.RESET])),
        ("hang-up in place of an answer", ModbusFault(script=s.instead(s.HANG_UP), of_all=True)),
        ("reset in place of an answer", ModbusFault(script=s.instead(s.RESET), of_all=True)),
        ("hang-up in the middle of a frame", ModbusFault(script=s.cut(11, s.HANG_UP), of_all=True)),
    ]
    for name, fault in of_link:
        yield Mode(name=name, wire=wire, fault=fault, has_neighbour=False)
    for name, end in (("hang-up", s.HANG_UP), ("reset", s.RESET)):
        yield Mode(
            name=f"{name} after each answer",
            wire=wire,
            fault=ModbusFault(script=s.then(Wait(0.01), end), of_all=True),
            expects=[GOOD],
            allows=[BAD],
            has_neighbour=False,
        )


def _contents(wire: str) -> Iterator[Mode]:
    yield Mode(
        name="words that mean no value (NaN)",
        wire=wire,
        fault=ModbusFault(script=s.no_values),
        expects=[NONE],
    )
    yield Mode(
        name="counters step back",
        wire=wire,
        fault=ModbusFault(on_held=lambda held: held.step_back(100.0)),
        expects=[GOOD],
    )
    yield Mode(
        name="counters stand still",
        wire=wire,
        fault=ModbusFault(on_held=lambda held: held.stand_still()),
        expects=[GOOD],
    )


def _frames(wire: str) -> Iterator[Mode]:
    never = {
        "the echo of the question": s.echo,
        "the echo, then the answer": s.echo_and_answer,
        "another unit answers, with its values": s.from_unit(2),
        "another unit's id, own values": s.as_unit(9),
        "function code 4 instead of 3": s.function_code(4),
        "function code 16": s.function_code(16),
        "exception without a code": s.bare_refusal,
        "too few registers": s.registers(-2),
        "one register too few": s.registers(-1),
        "too many registers": s.registers(2),
        "odd number of bytes": s.odd_length,
        "byte count above the truth": s.byte_count(2),
        "byte count below the truth": s.byte_count(-2),
        "end of the frame missing": s.cut(14),
        "garbage in place of an answer": s.instead(s.GARBAGE),
        "garbage before the answer": s.before(s.GARBAGE),
        "a kilobyte of garbage": s.instead(s.GARBAGE * 20),
        "second half after the timeout": s.halves(1.3 * TIMEOUT_S),
    }
    for name, script in never.items():
        yield Mode(name=name, wire=wire, fault=ModbusFault(script=script))
    for name, script in {
        "answer in two segments": s.halves(0.03),
        "answer byte by byte": s.pieces(1, 0.002),
    }.items():
        yield Mode(name=name, wire=wire, fault=ModbusFault(script=script), expects=[GOOD])
