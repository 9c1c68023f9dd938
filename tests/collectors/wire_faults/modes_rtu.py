"""What only a bus behind a serial server can do: check sums, second masters."""

from collections.abc import Iterator

from models.readings import Quality
from tests.collectors.scripted_server import crc16
from tests.collectors.wire_faults import scripts as s
from tests.collectors.wire_faults.exchange import Question
from tests.collectors.wire_faults.modbus_server import ModbusFault
from tests.collectors.wire_faults.mode import Mode
from tests.collectors.wire_faults.modes_modbus import common_modes

GOOD, BAD = Quality.GOOD, Quality.BAD


def rtu_modes() -> Iterator[Mode]:
    yield from common_modes("rtu")
    never = {
        "wrong check sum": s.bad_check_sum,
        "one bit flipped": s.flipped_bit,
        "the answer twice in one segment": s.twice,
        "garbage after the answer": s.then(s.GARBAGE),
    }
    for name, script in never.items():
        yield Mode(name=name, wire="rtu", fault=ModbusFault(script=script))
    yield Mode(
        name="a second master on the bus",
        wire="rtu",
        fault=ModbusFault(chatter=_overheard),
        has_neighbour=False,
    )


def _overheard(last: Question) -> bytes:
    """What the unit answers to somebody else, who asks for five registers."""
    body = bytes([last.unit, 3, 10]) + bytes(10)
    return body + crc16(body)
