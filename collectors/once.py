"""Every device asked once: what each answers, before anybody relies on it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.assemble import assemble
from collectors.errors import CollectorError
from collectors.installation import Device, Installation
from collectors.lessons import LessonsInMemory
from collectors.polling import Poll, Source
from collectors.profiles.schema import Profile
from collectors.redaction import redacted
from collectors.variants import variant_of
from models.readings import Quality
from models.trouble.trouble import Cause, Trouble

# One unanswered question may be one lost packet.
_TRIES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAnswer:
    """One point: its value in the canonical unit, NaN when it has none."""

    point: str
    value: float
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAnswer:
    """What a device answered; ``cause`` is what is wrong with it, None if nothing is."""

    device: Device
    points: Sequence[PointAnswer]
    cause: Cause | None


async def ask_once(
    installation: Installation, profiles: Mapping[str, Profile]
) -> list[DeviceAnswer]:
    """Ask every device for every point once, in the order of the installation.

    Raises
    ------
    InstallationError
        If links, devices and profiles do not fit together.
    """
    names = {d.id: _names(d, profiles) for d in installation.devices if d.profile in profiles}
    keys = [f"{device}.{point}" for device, points in names.items() for point in points]
    assembly = assemble(
        installation, profiles, {key: n for n, key in enumerate(keys)}, LessonsInMemory()
    )
    try:
        async with asyncio.TaskGroup() as group:
            asked = [
                group.create_task(_answer(one.device, one.source, names[one.device.id]))
                for one in assembly.wired
            ]
    finally:
        for link in assembly.links:
            await link.close()
    return [task.result() for task in asked]


def _names(device: Device, profiles: Mapping[str, Profile]) -> list[str]:
    return [point.name for point in variant_of(profiles[device.profile], device.absent).points]


async def _answer(device: Device, source: Source, names: Sequence[str]) -> DeviceAnswer:
    cause = Cause(Trouble.OTHER, "it was not asked")
    for _ in range(_TRIES):
        try:
            poll = await source.poll(probe=False)
        except CollectorError as error:
            cause = error.cause
        else:
            return _answered(device, poll, names)
    said = Cause(cause.trouble, redacted(cause.detail))
    return DeviceAnswer(device=device, points=(), cause=said)


def _answered(device: Device, poll: Poll, names: Sequence[str]) -> DeviceAnswer:
    columns = zip(names, poll.batch.value.tolist(), poll.batch.quality.tolist(), strict=True)
    points = [PointAnswer(point=n, value=v, quality=Quality(q)) for n, v, q in columns]
    return DeviceAnswer(device=device, points=points, cause=poll.error or poll.doubt)
