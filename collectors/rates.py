"""How often each point of a device is read. Pure."""

from collections.abc import Iterator, Sequence

from collectors.installation import Device
from collectors.profiles.schema import Profile


def poll_s_of(device: Device, point: str) -> float:
    """From one poll of a point to the next: its own rate, or that of its device."""
    return device.poll_s_of.get(point, device.poll_s)


def periods_of(device: Device, profile: Profile) -> tuple[float, ...]:
    """The rate of each point, in the order of the profile."""
    return tuple(poll_s_of(device, point.name) for point in profile.points)


def rates_of(periods_s: Sequence[float]) -> tuple[float, ...]:
    """The different rates, the fastest first.

    Examples
    --------
    >>> rates_of([60.0, 1.0, 60.0])
    (1.0, 60.0)
    """
    return tuple(sorted(set(periods_s)))


def rate_problems(device: Device, profile: Profile) -> Iterator[str]:
    """What of ``poll_s_of`` does not fit the profile, one sentence each."""
    there = [point.name for point in profile.points if point.name not in device.absent]
    for name in device.poll_s_of:
        if name in device.absent:
            yield f"point {name!r} is absent and cannot have a rate of its own: take it out of one"
        elif name not in there:
            yield f"profile {profile.id} has no point {name!r} to poll; use {', '.join(there)}"
