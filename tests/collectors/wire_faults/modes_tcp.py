"""What only Modbus TCP can do: transactions, lengths, protocol ids."""

from collections.abc import Iterator

from models.readings import Quality
from tests.collectors.wire_faults import scripts as s
from tests.collectors.wire_faults.exchange import Question
from tests.collectors.wire_faults.modbus_server import ModbusFault
from tests.collectors.wire_faults.mode import Mode
from tests.collectors.wire_faults.modes_modbus import common_modes

GOOD, BAD = Quality.GOOD, Quality.BAD


def tcp_modes() -> Iterator[Mode]:
    yield from common_modes("tcp")
    never = {
        "wrong transaction id": s.transaction(77),
        "transaction id off by one": s.transaction(1),
        "transaction id 0": s.transaction_zero,
        "protocol id 1": s.protocol_id(1),
        "length field 0": s.length_field(-15),
        "length field too short": s.length_field(-4),
        "length field too long": s.length_field(4),
        "length field 1000": s.length_field(985),
    }
    for name, script in never.items():
        yield Mode(name=name, wire="tcp", fault=ModbusFault(script=script))
    harmless = {
        "the answer twice in one segment": s.twice,
        "another unit's answer before it, one segment": s.from_unit_first(2),
        "an answer to the next question in advance": s.next_answer_too,
    }
    for name, script in harmless.items():
        fault = ModbusFault(script=script)
        yield Mode(name=name, wire="tcp", fault=fault, expects=[GOOD], allows=[BAD])
    yield Mode(
        name="garbage after the answer",
        wire="tcp",
        fault=ModbusFault(script=s.then(s.GARBAGE)),
        expects=[GOOD],
        allows=[BAD],
    )
    yield Mode(
        name="another unit's id, declared: any_reply_unit",
        wire="tcp",
        fault=ModbusFault(script=s.as_unit(9)),
        expects=[GOOD],
        has_neighbour=False,
        settings=[("any_reply_unit", True)],
    )
    yield Mode(
        name="answers that nobody asked for, numbered on",
        wire="tcp",
        fault=ModbusFault(chatter=_unasked),
        expects=[GOOD],
        allows=[BAD],
    )


def _unasked(last: Question) -> bytes:
    """Six registers for the next question, of whatever unit was asked last."""
    head = (last.transaction + 1).to_bytes(2, "big") + bytes([0, 0, 0, 15])
    return head + bytes([last.unit, 3, 12]) + bytes(12)
