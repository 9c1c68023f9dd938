"""What a unit may say to a question: the words of which modes are made."""

import struct
import time
from collections.abc import Iterable
from typing import Final

from tests.collectors.relay import End, Step, Wait
from tests.collectors.wire_faults import meter
from tests.collectors.wire_faults.exchange import Exchange, Script
from tests.collectors.wire_faults.pace import TIMEOUT_S

GARBAGE: Final = b"\x13\x37 no modbus at all \xff\xfe" * 3
_NAN: Final = struct.unpack(">4H", struct.pack(">d", float("nan")))


def silent(_: Exchange) -> Iterable[Step]:
    return []


def refused(code: int) -> Script:
    return lambda x: [x.refusal(code)]


def refused_block(code: int, start: int, end: int) -> Script:
    """Refused is what touches the registers from ``start`` up to before ``end``."""

    def script(x: Exchange) -> Iterable[Step]:
        touched = x.question.address < end and x.question.address + x.question.count > start
        return [x.refusal(code) if touched else x.honest]

    return script


def every(nth: int, script: Script, otherwise: Script) -> Script:
    """``script`` for each ``nth`` question, beginning with the first."""
    return lambda x: script(x) if x.number % nth == 0 else otherwise(x)


def by_turns(script: Script, otherwise: Script) -> Script:
    """One and the other for a second each."""
    return lambda x: script(x) if int(time.monotonic()) % 2 else otherwise(x)


def late(timeouts: float) -> Script:
    return lambda x: [Wait(timeouts * TIMEOUT_S), x.honest]


def then(*steps: Step) -> Script:
    """The honest answer, and something after it."""
    return lambda x: [x.honest, *steps]


def before(*steps: Step) -> Script:
    return lambda x: [*steps, x.honest]


def instead(*steps: Step) -> Script:
    return lambda _: steps


def echo(x: Exchange) -> Iterable[Step]:
    return [x.question.raw]


def echo_and_answer(x: Exchange) -> Iterable[Step]:
    return [x.question.raw + x.honest]


def no_values(x: Exchange) -> Iterable[Step]:
    """The words that a meter of this make holds where it has no value."""
    spoilt = dict.fromkeys(range(100, 302), 0xFFFF)
    spoilt.update(enumerate(_NAN, start=302))
    return [x.frame(x.pdu(meter.read(spoilt, x.question.address, x.question.count)))]


def pieces(size: int, pause_s: float) -> Script:
    """The honest answer in pieces of so many bytes."""

    def script(x: Exchange) -> Iterable[Step]:
        for start in range(0, len(x.honest), size):
            yield x.honest[start : start + size]
            yield Wait(pause_s)

    return script


def halves(pause_s: float) -> Script:
    return lambda x: [x.honest[:9], Wait(pause_s), x.honest[9:]]


def cut(size: int, *steps: Step) -> Script:
    """The beginning of the answer only."""
    return lambda x: [x.honest[:size], *steps]


def twice(x: Exchange) -> Iterable[Step]:
    return [x.honest + x.honest]


def registers(more: int) -> Script:
    """Well formed, and with more or fewer registers than asked."""
    return lambda x: [x.frame(x.pdu((x.words * 2)[: x.question.count + more]))]


def odd_length(x: Exchange) -> Iterable[Step]:
    pdu = x.pdu(x.words, byte_count=2 * x.question.count - 1)
    return [x.frame(pdu[:-1])]


def byte_count(more: int) -> Script:
    """The byte count says more or less than there is."""
    return lambda x: [x.frame(x.pdu(x.words, byte_count=2 * x.question.count + more))]


def length_field(more: int) -> Script:
    def script(x: Exchange) -> Iterable[Step]:
        pdu = x.pdu(x.words)
        return [x.frame(pdu, length=len(pdu) + 1 + more)]

    return script


def function_code(code: int) -> Script:
    return lambda x: [x.frame(x.pdu(x.words, code=code))]


def bare_refusal(x: Exchange) -> Iterable[Step]:
    """An exception without its code."""
    return [x.frame(bytes([x.question.code | 0x80]))]


def protocol_id(number: int) -> Script:
    return lambda x: [x.frame(x.pdu(x.words), protocol=number)]


def transaction(more: int) -> Script:
    return lambda x: [x.frame(x.pdu(x.words), transaction=x.question.transaction + more)]


def transaction_zero(x: Exchange) -> Iterable[Step]:
    return [x.frame(x.pdu(x.words), transaction=0)]


def next_answer_too(x: Exchange) -> Iterable[Step]:
    """The honest answer, and in the same segment these words to a question not asked yet."""
    return [x.honest, x.frame(x.pdu(x.words), transaction=x.question.transaction + 1)]


def as_unit(other: int) -> Script:
    """The own values under the name of another unit."""
    return lambda x: [x.frame(x.pdu(x.words), unit=other)]


def from_unit(other: int) -> Script:
    """Another unit answers in its own name: with its values."""
    return lambda x: [x.frame(x.pdu(x.of_unit(other)), unit=other)]


def from_unit_first(other: int) -> Script:
    """The answer of another unit to its own question, and then the one that was asked for."""
    return lambda x: [
        x.frame(x.pdu(x.of_unit(other)), unit=other, transaction=x.question.transaction + 7)
        + x.honest
    ]


def previous(x: Exchange) -> Iterable[Step]:
    """Nothing to the first question, and then always the answer to the one before."""
    return [x.before] if x.before is not None and x.number else []


def previous_of_any(x: Exchange) -> Iterable[Step]:
    """The same of all units together, as of a serial server that keeps an answer back."""
    return [x.before_of_any] if x.before_of_any is not None and x.number_of_any else []


def bad_check_sum(x: Exchange) -> Iterable[Step]:
    return [x.honest[:-1] + bytes([x.honest[-1] ^ 0x55])]


def flipped_bit(x: Exchange) -> Iterable[Step]:
    """A bit of the values changed on the way."""
    return [x.honest[:5] + bytes([x.honest[5] ^ 0x10]) + x.honest[6:]]


HANG_UP: Final = End.HANG_UP
RESET: Final = End.RESET
