"""A profile without the points that one device lacks. Pure.

A map describes a family of devices. A variant without an input, or one that holds nonsense in
a register for ever, is no failing device: what it lacks is declared in the site file, and then
neither asked nor counted.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from collectors.errors import ProfileError
from collectors.installation import Device
from collectors.modbus.planning import ADDRESS_END
from collectors.profiles.schema import (
    REGISTERS_OF_TYPE,
    ModbusPoint,
    ModbusProfile,
    Profile,
    ReadableRange,
    Space,
)


def absent_problems(device: Device, profile: Profile) -> Iterator[str]:
    """What of ``absent`` does not fit the profile, one sentence each."""
    names = {point.name for point in profile.points}
    for name in device.absent:
        if name not in names:
            yield f"profile {profile.id} has no point {name!r} that could be absent"
    if names <= set(device.absent):
        yield "all points are absent: leave the device out"


def read_twice(
    devices: Sequence[Device], profiles: Mapping[str, Profile]
) -> Iterator[tuple[int, Device]]:
    """Devices that read what an earlier one reads, by their place, each with that earlier one.

    One unit may be several devices of different profiles, or of points that the others have not.
    """
    for index, device in enumerate(devices):
        profile = profiles.get(device.profile)
        names = set() if profile is None else {point.name for point in profile.points}
        for earlier in devices[:index]:
            both = names - set(device.absent) - set(earlier.absent)
            if profile is not None and both and _is_same_place(device, earlier, profile):
                yield index, earlier
                break


def _is_same_place(one: Device, other: Device, profile: Profile) -> bool:
    if (one.link, one.profile) != (other.link, other.profile):
        return False
    if isinstance(profile, ModbusProfile):
        return one.unit is not None and one.unit == other.unit
    return one.object == other.object


def variant_of(profile: Profile, absent: Collection[str]) -> Profile:
    """The profile without the ``absent`` points, whose registers are not read across either."""
    if not absent:
        return profile
    kept = tuple(p for p in profile.points if p.name not in absent)
    if not kept:
        msg = f"profile {profile.id}: all points are absent"
        raise ProfileError(msg)
    changes: dict[str, object] = {"points": kept}
    if isinstance(profile, ModbusProfile):
        changes["readable_ranges"] = _ranges_around(profile, absent)
    return profile.model_copy(update=changes)


def _ranges_around(profile: ModbusProfile, absent: Collection[str]) -> tuple[ReadableRange, ...]:
    """The readable ranges without the registers that only absent points have."""
    ranges: list[ReadableRange] = []
    for space in sorted({point.space for point in profile.points}):
        listed = [r for r in profile.readable_ranges if r.space == space]
        points = [p for p in profile.points if p.space == space]
        gone = _registers([p for p in points if p.name in absent])
        gone -= _registers([p for p in points if p.name not in absent])
        if not gone:
            ranges.extend(listed)
            continue
        for one in listed or [ReadableRange(space=space, start=0, end=ADDRESS_END)]:
            ranges.extend(_cut(space, one, sorted(gone)))
    return tuple(ranges)


def _registers(points: Sequence[ModbusPoint]) -> set[int]:
    return {
        register
        for point in points
        for register in range(point.address, point.address + REGISTERS_OF_TYPE[point.type])
    }


def _cut(space: Space, whole: ReadableRange, gone: Sequence[int]) -> Iterator[ReadableRange]:
    start = whole.start
    for register in [g for g in gone if whole.start <= g < whole.end] + [whole.end]:
        if register > start:
            yield ReadableRange(space=space, start=start, end=register)
        start = register + 1
