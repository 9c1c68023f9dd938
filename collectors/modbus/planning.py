"""Which registers to read together. Pure: profile in, blocks out."""

from collections.abc import Iterator, Sequence

from collectors.errors import ProfileError
from collectors.modbus.wire import Block
from collectors.profiles.schema import (
    REGISTERS_OF_TYPE,
    ModbusPoint,
    ModbusProfile,
    ReadableRange,
)

ADDRESS_END = 65_536


def plan_blocks(
    profile: ModbusProfile, periods_s: Sequence[float] | None = None
) -> tuple[Block, ...]:
    """Blocks that hold every point of the profile exactly once.

    A block spans at most ``max_span`` registers, bridges holes of at most ``max_gap``
    registers, and stays inside one readable range of its space where the profile lists any.
    With ``periods_s``, the rate of each point, those of one rate are read together, the fastest
    first: a hole may then hold points of another rate.
    """
    problems = [p for point in profile.points for p in _problems(point, profile)]
    if problems:
        raise ProfileError("\n".join(problems))
    indices = range(len(profile.points))
    if periods_s is None:
        return tuple(_merge(profile, indices))
    return tuple(
        block
        for period_s in sorted(set(periods_s))
        for block in _merge(profile, [i for i in indices if periods_s[i] == period_s])
    )


def block_of(points: Sequence[ModbusPoint], indices: Sequence[int]) -> Block:
    """The tightest block around some points of one space."""
    chosen = [points[i] for i in indices]
    start = min(p.address for p in chosen)
    end = max(_end(p) for p in chosen)
    return Block(space=chosen[0].space, address=start, count=end - start, points=tuple(indices))


def _end(point: ModbusPoint) -> int:
    return point.address + REGISTERS_OF_TYPE[point.type]


def _ranges(profile: ModbusProfile, point: ModbusPoint) -> list[ReadableRange]:
    return [r for r in profile.readable_ranges if r.space == point.space]


def _fits(readable: ReadableRange, start: int, end: int) -> bool:
    return readable.start <= start and end <= readable.end


def _problems(point: ModbusPoint, profile: ModbusProfile) -> Iterator[str]:
    where = f"{profile.id}.{point.name} at {point.space} register {point.address}"
    width = REGISTERS_OF_TYPE[point.type]
    if _end(point) > ADDRESS_END:
        yield f"{where}: {point.type} needs {width} registers and runs past register 65535"
    if width > profile.max_span:
        yield f"{where}: {point.type} needs {width} registers, max_span allows {profile.max_span}"
    ranges = _ranges(profile, point)
    if ranges and not any(_fits(r, point.address, _end(point)) for r in ranges):
        listed = ", ".join(f"[{r.start}, {r.end})" for r in ranges)
        yield f"{where}: registers up to {_end(point) - 1} lie in none of {listed}"


def _merge(profile: ModbusProfile, indices: Sequence[int]) -> Iterator[Block]:
    points = profile.points
    order = sorted(indices, key=lambda i: (points[i].space, points[i].address, _end(points[i])))
    open_points: list[int] = []
    for index in order:
        if open_points and not _joins(profile, open_points, points[index]):
            yield block_of(points, open_points)
            open_points = []
        open_points.append(index)
    yield block_of(points, open_points)


def _joins(profile: ModbusProfile, open_points: Sequence[int], point: ModbusPoint) -> bool:
    """Whether the block may grow to hold the point as well."""
    block = block_of(profile.points, open_points)
    end = max(block.address + block.count, _end(point))
    ranges = _ranges(profile, point)
    return (
        block.space == point.space
        and point.address - (block.address + block.count) <= profile.max_gap
        and end - block.address <= profile.max_span
        and (not ranges or any(_fits(r, block.address, end) for r in ranges))
    )
