"""One question to a scripted unit, and what may be said to it."""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.collectors.relay import Step
from tests.collectors.scripted_server import crc16

Framing: TypeAlias = Literal["mbap", "rtu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    unit: int
    code: int
    address: int
    count: int
    transaction: int = 0
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question, the honest answer, and the means to spoil it.

    ``number`` counts the questions to this unit since the fault began, from zero;
    ``before`` is the last frame that would have been its honest answer. Those ``of_any`` count
    all units.
    """

    framing: Framing
    question: Question
    words: list[int]
    number: int
    number_of_any: int
    before: bytes | None
    before_of_any: bytes | None
    of_unit: Callable[[int], list[int]]

    @property
    def honest(self) -> bytes:
        return self.frame(self.pdu(self.words))

    def pdu(
        self, words: list[int], *, code: int | None = None, byte_count: int | None = None
    ) -> bytes:
        said = 2 * len(words) if byte_count is None else byte_count
        head = bytes([self.question.code if code is None else code, said])
        return head + struct.pack(f">{len(words)}H", *words)

    def refusal(self, code: int) -> bytes:
        return self.frame(bytes([self.question.code | 0x80, code]))

    def frame(
        self,
        pdu: bytes,
        *,
        unit: int | None = None,
        transaction: int | None = None,
        protocol: int = 0,
        length: int | None = None,
    ) -> bytes:
        """The frame of the protocol; only Modbus TCP has a transaction, a protocol and a length."""
        body = bytes([self.question.unit if unit is None else unit]) + pdu
        if self.framing == "rtu":
            return body + crc16(body)
        own = self.question.transaction if transaction is None else transaction & 0xFFFF
        return struct.pack(">HHH", own, protocol, len(body) if length is None else length) + body


Script: TypeAlias = Callable[[Exchange], Iterable[Step]]


def honest(exchange: Exchange) -> Iterable[Step]:
    return [exchange.honest]
