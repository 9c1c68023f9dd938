"""What the shape of a profile cannot say: units, overlaps, ranges, kinds.

Each finding is the path of the field in the file and a sentence with the remedy.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from collectors.errors import ProfileError
from collectors.profiles.node_ids import OBJECT, is_node_id, node_name
from collectors.profiles.schema import (
    REGISTERS_OF_TYPE,
    ModbusPoint,
    OpcUaPoint,
    ReadableRange,
)
from models.quantities import QUANTITIES
from models.units import affine_to_canonical

Finding: TypeAlias = tuple[tuple[str | int, ...], str]


def modbus_findings(
    points: Mapping[int, ModbusPoint],
    ranges: Mapping[int, ReadableRange],
    *,
    knows_all_ranges: bool,
    max_span: int,
) -> list[Finding]:
    """What is wrong with the points and ranges of a register map, by index in the file.

    Without ``knows_all_ranges`` a point may be inside one whose shape is broken.
    """
    findings = [*_shared_findings(points), *_range_findings(ranges)]
    for index, point in points.items():
        findings += _register_findings(index, point, max_span)
        findings += _raw_findings(index, point)
        allowed = [r for r in ranges.values() if r.space == point.space]
        if knows_all_ranges and allowed and not any(_holds(r, point) for r in allowed):
            message = (
                f"{point.name} ({_place(point)}) is not inside one readable range;"
                " correct the address or the ranges"
            )
            findings.append((("points", index, "address"), message))
    return findings + _overlaps(points)


def opcua_findings(points: Mapping[int, OpcUaPoint], namespace_uri: str) -> list[Finding]:
    """What is wrong with the points of a node map, by index in the file."""
    findings = _shared_findings(points)
    seen: dict[str, str] = {}
    for index, point in points.items():
        findings += [(("points", index, "node"), m) for m in _node_complaints(point, namespace_uri)]
        if point.node in seen:
            message = f"{point.node!r} is already the node of {seen[point.node]}; correct one"
            findings.append((("points", index, "node"), message))
        seen.setdefault(point.node, point.name)
        if point.modulus is not None and point.kind != "counter":
            message = "only a counter starts again at zero; remove it"
            findings.append((("points", index, "modulus"), message))
    return findings


def _node_complaints(point: OpcUaPoint, namespace_uri: str) -> Iterator[str]:
    try:
        # A name that fits a number as well as a text, else itself so that it is read in the remedy.
        node_name(point.node, namespace_uri, "1" if point.node.endswith(f"={OBJECT}") else OBJECT)
    except ProfileError as error:
        yield str(error)
    if OBJECT not in point.node and not is_node_id(point.node):
        yield (
            f"{point.node!r} lacks {{object}}, the place of the device's name; add it, or write "
            f"'s={point.node}' if there is only this one"
        )


def _shared_findings(points: Mapping[int, ModbusPoint] | Mapping[int, OpcUaPoint]) -> list[Finding]:
    findings: list[Finding] = []
    names: set[str] = set()
    for index, point in points.items():
        if point.name in names:
            message = f"{point.name!r} is the name of an earlier point; give it another"
            findings.append((("points", index, "name"), message))
        names.add(point.name)
        expected = QUANTITIES[point.quantity].state_class.value
        if point.kind != expected:
            message = f"{point.quantity.value} is a {expected}, not a {point.kind}; correct one"
            findings.append((("points", index, "kind"), message))
        try:
            affine_to_canonical(point.unit, point.quantity)
        except ValueError as error:
            findings.append((("points", index, "unit"), str(error)))
        findings += _scale_findings(index, point)
    return findings


def _scale_findings(index: int, point: ModbusPoint | OpcUaPoint) -> list[Finding]:
    findings: list[Finding] = []
    if point.scale == 0 or not math.isfinite(point.scale):
        message = f"must be a finite number other than zero; got {point.scale}"
        findings.append((("points", index, "scale"), message))
    elif point.kind == "counter" and point.scale < 0:
        message = "of a counter must be positive, or it would run backwards; correct the sign"
        findings.append((("points", index, "scale"), message))
    if not math.isfinite(point.offset):
        findings.append((("points", index, "offset"), "must be a finite number"))
    return findings


def _register_findings(index: int, point: ModbusPoint, max_span: int) -> list[Finding]:
    width = REGISTERS_OF_TYPE[point.type]
    findings: list[Finding] = []
    if point.address + width > 65536:
        message = f"{point.name} would end after register 65535; correct the address or the type"
        findings.append((("points", index, "address"), message))
    if width > max_span:
        message = f"{point.type} takes {width} registers but max_span is {max_span}; raise it"
        findings.append((("points", index, "type"), message))
    return findings


def _raw_findings(index: int, point: ModbusPoint) -> list[Finding]:
    limit = 1 << 16 * REGISTERS_OF_TYPE[point.type]
    findings: list[Finding] = []
    for value in point.nan_values:
        if not -(limit >> 1) <= value < limit:
            message = (
                f"{value} does not fit {point.type}: write the bits in the registers, at most"
                f" {limit - 1:#x}, or the number they mean"
            )
            findings.append((("points", index, "nan_values"), message))
    if point.modulus is None:
        return findings
    if point.kind != "counter":
        findings.append((("points", index, "modulus"), "only a counter has one; remove it"))
    elif point.type.startswith("f"):
        findings.append((("points", index, "modulus"), "counts raw integers; use an integer type"))
    elif point.modulus > (limit >> 1 if point.type.startswith("i") else limit):
        message = f"{point.modulus} does not fit {point.type}; correct one of them"
        findings.append((("points", index, "modulus"), message))
    return findings


def _range_findings(ranges: Mapping[int, ReadableRange]) -> list[Finding]:
    findings: list[Finding] = []
    seen: list[ReadableRange] = []
    for index, item in ranges.items():
        if item.end <= item.start:
            message = f"{item.end} is not after start {item.start}; end is one past the last"
            findings.append((("readable_ranges", index, "end"), message))
        elif any(o.space == item.space and o.start < item.end and item.start < o.end for o in seen):
            message = f"[{item.start}, {item.end}) overlaps an earlier range; join or correct them"
            findings.append((("readable_ranges", index, "start"), message))
        seen.append(item)
    return findings


def _overlaps(points: Mapping[int, ModbusPoint]) -> list[Finding]:
    findings: list[Finding] = []
    for space in ("holding", "input"):
        in_space = sorted(
            ((p.address, index) for index, p in points.items() if p.space == space),
        )
        findings += _overlaps_in_order([(index, points[index]) for _, index in in_space])
    return findings


def _overlaps_in_order(ordered: Iterable[tuple[int, ModbusPoint]]) -> list[Finding]:
    findings: list[Finding] = []
    furthest: ModbusPoint | None = None
    for index, point in ordered:
        if furthest is not None and point.address < _end(furthest):
            message = (
                f"{point.name} ({_place(point)}) overlaps {furthest.name} ({_place(furthest)});"
                " correct the address or the type"
            )
            findings.append((("points", index, "address"), message))
        if furthest is None or _end(point) > _end(furthest):
            furthest = point
    return findings


def _end(point: ModbusPoint) -> int:
    return point.address + REGISTERS_OF_TYPE[point.type]


def _place(point: ModbusPoint) -> str:
    return f"{point.space} {point.address} to {_end(point) - 1}"


def _holds(item: ReadableRange, point: ModbusPoint) -> bool:
    return item.start <= point.address and _end(point) <= item.end
