"""Registers to values in canonical units. Pure, and vectorised over all points of a device.

Registers of all points are laid out in one image, points of one type side by side, so that
a whole device costs a dozen numpy calls instead of a dozen per point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from collectors.conversion import Conversion
from collectors.modbus.wire import Block
from collectors.profiles.schema import REGISTERS_OF_TYPE, ModbusPoint
from models.readings import FloatArray, Quality

_DTYPE: Final = {
    "u16": ">u2",
    "i16": ">i2",
    "u32": ">u4",
    "i32": ">i4",
    "u64": ">u8",
    "i64": ">i8",
    "f32": ">f4",
    "f64": ">f8",
}
_BYTES_PER_REGISTER: Final = 2
# Above this, neighbouring integers are one float64: steps of the counter would be lost.
_EXACT_LIMIT: Final = 2.0**53

# No meter measures what is smaller than a normal float: it is 230 V with its words exchanged.
_SMALLEST: Final = {
    "f32": float(np.finfo(np.float32).smallest_normal),
    "f64": float(np.finfo(np.float64).smallest_normal),
}

RegisterArray = NDArray[np.uint16]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Points of one type: where their bytes lie in the image, and where they do among all points.

    The second is in the order of the image, in which points of one type are neighbours.
    """

    dtype: np.dtype[Any]
    pattern_dtype: np.dtype[Any]
    data: slice
    place: slice


class Decoder:
    """Compiled decoding of one profile, shared by all devices of that profile."""

    def __init__(self, points: Sequence[ModbusPoint]) -> None:
        """Lay out the image and compile every per-point choice into arrays, in its order."""
        self._points = tuple(points)
        self._slots = _slots(points)
        self._bytes = _byte_order(points, self._slots)
        self._groups = _groups(points, self._slots)
        order = [i for _, indices in _by_type(points) for i in indices]
        self._place = np.argsort(order)
        widths = [REGISTERS_OF_TYPE[points[i].type] for i in order]
        # Which point each register of the image belongs to.
        self.point_of_register = np.repeat(np.array(order, np.intp), widths)
        laid_out = [points[i] for i in order]
        conversions = [
            Conversion.of(p.quantity, p.unit, scale=p.scale, offset=p.offset) for p in laid_out
        ]
        self._factor = np.array([c.factor for c in conversions])
        self._offset = np.array([c.offset for c in conversions])
        self._lower = np.array([c.lower for c in conversions])
        self._upper = np.array([c.upper for c in conversions])
        self._whole = np.array([p.type not in _SMALLEST for p in laid_out])
        self._smallest = np.array([_SMALLEST.get(p.type, 0.0) for p in laid_out])
        self._sentinel_place, self._sentinel_pattern = _sentinels(laid_out)

    @property
    def image_size(self) -> int:
        """Registers in the image."""
        return len(self._bytes) // _BYTES_PER_REGISTER

    def placement(self, block: Block) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where registers of a block go: indices into the block, indices into the image."""
        source: list[int] = []
        target: list[int] = []
        for index in block.points:
            point = self._points[index]
            width = REGISTERS_OF_TYPE[point.type]
            first = point.address - block.address
            source.extend(range(first, first + width))
            target.extend(range(self._slots[index], self._slots[index] + width))
        return np.array(source, np.intp), np.array(target, np.intp)

    def words(self, index: int, image: RegisterArray) -> list[int]:
        """The registers of one point, as they came."""
        start = self._slots[index]
        return [int(w) for w in image[start : start + REGISTERS_OF_TYPE[self._points[index].type]]]

    def decode(self, image: RegisterArray) -> tuple[FloatArray, NDArray[np.int16]]:
        """Values in canonical units and their qualities, in the order of the profile.

        A value that is not available or not physical is NaN; its quality says which.
        """
        ordered = image.astype(">u2").view(np.uint8)[self._bytes]
        quality = np.zeros(len(self._points), np.int16)
        # A signalling NaN is a legal register content, not an arithmetic mistake.
        with np.errstate(over="ignore", invalid="ignore"):
            raw = self._raw(ordered)
            value = raw * self._factor + self._offset
            # inf passes an open upper limit, so it is asked for by name.
            wild = ~((value >= self._lower) & (value <= self._upper) & np.isfinite(value))
        wild |= (raw != 0.0) & (np.abs(raw) < self._smallest)
        quality[self._whole & (np.abs(raw) > _EXACT_LIMIT)] = Quality.UNCERTAIN
        quality[wild] = Quality.OUT_OF_RANGE
        absent = ~np.isfinite(raw)
        if len(self._sentinel_place):
            hit = self._pattern(ordered)[self._sentinel_place] == self._sentinel_pattern
            absent[self._sentinel_place[hit]] = True
        quality[absent] = Quality.NOT_AVAILABLE
        value[wild | absent] = np.nan
        return value[self._place], quality[self._place]

    def _raw(self, ordered: NDArray[np.uint8]) -> FloatArray:
        """Numbers as the device holds them, in the order of the image."""
        raw = np.empty(len(self._points), np.float64)
        for group in self._groups:
            raw[group.place] = ordered[group.data].view(group.dtype)
        return raw

    def _pattern(self, ordered: NDArray[np.uint8]) -> NDArray[np.uint64]:
        """The same bits as unsigned integers."""
        pattern = np.empty(len(self._points), np.uint64)
        for group in self._groups:
            pattern[group.place] = ordered[group.data].view(group.pattern_dtype)
        return pattern


def _by_type(points: Sequence[ModbusPoint]) -> list[tuple[str, list[int]]]:
    """Point indices per register type, in the order of the image."""
    members = ((t, [i for i, p in enumerate(points) if p.type == t]) for t in _DTYPE)
    return [(t, indices) for t, indices in members if indices]


def _slots(points: Sequence[ModbusPoint]) -> list[int]:
    """First register of each point in the image."""
    slots = [0] * len(points)
    position = 0
    for register_type, indices in _by_type(points):
        for index in indices:
            slots[index] = position
            position += REGISTERS_OF_TYPE[register_type]
    return slots


def _groups(points: Sequence[ModbusPoint], slots: Sequence[int]) -> list[_Group]:
    groups = []
    first = 0
    for register_type, indices in _by_type(points):
        size = REGISTERS_OF_TYPE[register_type] * _BYTES_PER_REGISTER
        start = slots[indices[0]] * _BYTES_PER_REGISTER
        groups.append(
            _Group(
                dtype=np.dtype(_DTYPE[register_type]),
                pattern_dtype=np.dtype(f">u{size}"),
                data=slice(start, start + size * len(indices)),
                place=slice(first, first + len(indices)),
            )
        )
        first += len(indices)
    return groups


def _byte_order(points: Sequence[ModbusPoint], slots: Sequence[int]) -> NDArray[np.intp]:
    """Permutation that brings the bytes of the image into big-endian values."""
    order: list[int] = [0] * sum(REGISTERS_OF_TYPE[p.type] * _BYTES_PER_REGISTER for p in points)
    for point, slot in zip(points, slots, strict=True):
        width = REGISTERS_OF_TYPE[point.type]
        words = range(width) if point.word_order == "big" else range(width - 1, -1, -1)
        pair = (0, 1) if point.byte_order == "big" else (1, 0)
        picked = [(slot + word) * _BYTES_PER_REGISTER + byte for word in words for byte in pair]
        start = slot * _BYTES_PER_REGISTER
        order[start : start + len(picked)] = picked
    return np.array(order, np.intp)


def _sentinels(points: Sequence[ModbusPoint]) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """Bit patterns that mean "no value", as parallel arrays of point and pattern.

    Datasheets write them as a number (-32768, -9999) or as bits (0x8000): both are taken.
    """
    found: set[tuple[int, int]] = set()
    for index, point in enumerate(points):
        bits = 16 * REGISTERS_OF_TYPE[point.type]
        for sentinel in point.nan_values:
            found.add((index, sentinel & (2**bits - 1)))
            if point.type in ("f32", "f64"):
                found.add((index, _float_pattern(point.type, sentinel)))
    pairs = sorted(found)
    return (
        np.array([i for i, _ in pairs], np.intp),
        np.array([pattern for _, pattern in pairs], np.uint64),
    )


def _float_pattern(register_type: str, number: int) -> int:
    dtype = _DTYPE[register_type]
    return int.from_bytes(np.array([number], dtype).tobytes(), "big")
