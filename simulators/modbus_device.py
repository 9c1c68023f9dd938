"""One Modbus device: answers requests for its registers, with its faults."""

import random
import struct
from typing import Final

from collectors.profiles.schema import ModbusPoint, ModbusProfile
from simulators.distortion import Distortion, is_too_hot
from simulators.errors import FaultError
from simulators.faults import FaultBook, FaultKind
from simulators.registers import (
    Quirks,
    Span,
    encoded_span,
    is_real,
    modulus_of,
    raw_count,
    readable_spans,
)
from simulators.site import SimulatedDevice
from simulators.values import LiveValues, Snapshot

ILLEGAL_FUNCTION: Final = 0x01
ILLEGAL_ADDRESS: Final = 0x02
ILLEGAL_VALUE: Final = 0x03
DEVICE_FAILURE: Final = 0x04
TARGET_SILENT: Final = 0x0B

_SPACES: Final = {3: "holding", 4: "input"}


def refusal(function: int, code: int) -> bytes:
    """An exception reply."""
    return bytes((function | 0x80, code))


class ModbusDevice:
    """Registers of one unit id."""

    def __init__(self, device: SimulatedDevice, live: LiveValues, faults: FaultBook) -> None:
        if not isinstance(device.profile, ModbusProfile):
            msg = f"{device.id} is not a Modbus device"
            raise FaultError(msg)
        self.device = device
        self._profile: ModbusProfile = device.profile
        self._live = live
        self._faults = faults
        self._distortion = Distortion(device, live, faults)
        self._spans = readable_spans(device.profile)
        self._images: dict[Span, bytes] = {}
        self._mark = (0, -1)
        self._shifts: dict[int, dict[str, int]] = {}

    def delay_s(self) -> float:
        """How much later than at once it answers."""
        slow = self._faults.active(self.device.id).get(FaultKind.SLOW)
        return slow.param("seconds") if slow else 0.0

    def reply(self, request: bytes) -> bytes | None:
        """The answer to a request (function code first), or None for none."""
        faults = self._faults.active(self.device.id)
        function = request[0]
        if FaultKind.SILENT in faults or is_too_hot(faults, self._live):
            return None
        if FaultKind.UNPLUGGED in faults:
            return refusal(function, TARGET_SILENT)
        if FaultKind.EXCEPTIONS in faults:
            return refusal(function, DEVICE_FAILURE)
        data = self._read(request)
        if isinstance(data, int):
            return refusal(function, data)
        if FaultKind.SHORT in faults:
            data = data[:-2]
        return bytes((function, len(data))) + data

    def _read(self, request: bytes) -> bytes | int:
        """The registers asked for, or the exception code why not."""
        space = _SPACES.get(request[0])
        if space is None:
            return ILLEGAL_FUNCTION
        if len(request) != 5:
            return ILLEGAL_VALUE
        address, count = struct.unpack(">HH", request[1:])
        if not 1 <= count <= self._profile.max_span:
            return ILLEGAL_VALUE
        for span in self._spans:
            if span.space == space and span.start <= address and address + count <= span.end:
                return self._image(span)[2 * (address - span.start) :][: 2 * count]
        return ILLEGAL_ADDRESS

    def is_babbling(self) -> bool:
        """Whether it sends bytes that are no Modbus at all."""
        return FaultKind.GARBAGE in self._faults.active(self.device.id)

    def babble(self) -> bytes:
        """Bytes that are no Modbus frame, never twice the same."""
        return b"\xffERR " + random.randbytes(random.randint(3, 40))

    def _image(self, span: Span) -> bytes:
        snapshot = self._live.current()
        self._faults.active(self.device.id)  # lets faults end before their revision is read
        mark = (snapshot.version, self._faults.revision)
        if mark != self._mark:
            self._mark = mark
            self._images.clear()
        image = self._images.get(span)
        if image is None:
            image = self._encoded(span, snapshot)
            self._images[span] = image
        return image

    def _encoded(self, span: Span, snapshot: Snapshot) -> bytes:
        faults = self._faults.active(self.device.id)
        if FaultKind.LYING in faults:
            seed = f"{self.device.id}/{span.space}/{span.start}/{snapshot.version}"
            return random.Random(seed).randbytes(2 * (span.end - span.start))
        values = self._distortion.values(snapshot)
        quirks = Quirks(
            is_word_swapped=FaultKind.SWAPPED_WORDS in faults,
            is_unavailable=FaultKind.BAD_STATUS in faults,
            count_shifts=self._count_shifts(values),
        )
        return encoded_span(self._profile, span, values, quirks)

    def _count_shifts(self, values: dict[str, float]) -> dict[str, int]:
        """How far counters are moved to stand just below their rollover."""
        fault = self._faults.active(self.device.id).get(FaultKind.ROLLOVER)
        if fault is None:
            self._shifts.clear()
            return {}
        if fault.serial not in self._shifts:
            counts = int(fault.param("counts"))
            self._shifts[fault.serial] = {
                p.name: modulus_of(p) - counts - raw_count(p, values[p.name])
                for p in self._counters()
            }
        return self._shifts[fault.serial]

    def _counters(self) -> list[ModbusPoint]:
        return [p for p in self._profile.points if p.kind == "counter" and not is_real(p)]
