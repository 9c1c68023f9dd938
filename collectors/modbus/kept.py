"""The registers that the polls of one unit brought last.

A poll that read everything is kept as it is, by reference; only one that read a part is laid over
what was there. Words of single points are cut out when somebody asks.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from collectors.modbus.decode import Decoder, RegisterArray
from collectors.profiles.schema import ModbusPoint
from collectors.raw import RawPoint, RawRegisters
from models.readings import IntArray


class KeptWords:
    """The last words of each point of a device, and of which the last try failed."""

    def __init__(
        self, device: str, unit: int, points: Sequence[ModbusPoint], decoder: Decoder
    ) -> None:
        """Nothing was read yet."""
        self._device, self._unit = device, unit
        self._points, self._decoder = points, decoder
        self._registers: RegisterArray = np.zeros(decoder.image_size, np.uint16)
        self._read_us = np.zeros(len(points), np.int64)
        self._failed: dict[int, tuple[int, str]] = {}

    def keep_all(self, registers: RegisterArray, read_us: IntArray) -> None:
        """Every point was read. The arrays must not change any more."""
        self._registers, self._read_us = registers, read_us
        self._failed.clear()

    def keep_some(
        self, registers: RegisterArray, read_us: IntArray, is_read: NDArray[np.bool_]
    ) -> None:
        """Some points were read, the others stay as they were."""
        is_new = is_read[self._decoder.point_of_register]
        self._registers = np.where(is_new, registers, self._registers)
        self._read_us = np.where(is_read, read_us, self._read_us)
        if self._failed:
            read = set(np.flatnonzero(is_read).tolist())
            self._failed = {n: why for n, why in self._failed.items() if n not in read}

    def note_failed(self, rows: Sequence[int], at_us: int, why: str) -> None:
        """Some points were asked for and did not come."""
        self._failed.update(dict.fromkeys(rows, (at_us, why)))

    def raw(self) -> list[RawPoint]:
        """The points that were ever asked for."""
        read_us = self._read_us.tolist()
        return [
            self._point(row, read_us[row])
            for row in range(len(self._points))
            if read_us[row] or row in self._failed
        ]

    def _point(self, row: int, read_us: int) -> RawPoint:
        point = self._points[row]
        failed_us, failure = self._failed.get(row, (None, None))
        registers = None
        if read_us:
            registers = RawRegisters(
                unit=self._unit,
                space=point.space,
                address=point.address,
                words=tuple(self._decoder.words(row, self._registers)),
            )
        return RawPoint(
            key=f"{self._device}.{point.name}",
            read_us=read_us or None,
            raw=registers,
            failed_us=failed_us,
            failure=failure,
        )
