"""CPU of handing a snapshot from the evaluation to a server: writing and reading it.

Each second most of it is the points; the parts that change each minute are in "whole".
"""

import pickle
import time
from collections.abc import Callable
from dataclasses import replace

from service.live.codec import PARTS, decode, encode
from service.live.snapshot import LiveSnapshot
from tests.bench.result import Result, result
from tests.service.pages.sample_snapshot import sample_snapshot

_ROUNDS = 20
# What changes with each evaluation of a site whose devices are read every two seconds.
_EACH_SECOND = ("taken_at", "points", "devices", "kpis", "flow", "oldest_live_age_s", "pipeline")


def run() -> list[Result]:
    """A site as shipped, and one ten times as large."""
    return [
        one
        for times in (1, 10)
        for name, parts in (("each second", _EACH_SECOND), ("whole", PARTS))
        for one in _measured(larger_snapshot(sample_snapshot(healthy=True), times), name, parts)
    ]


def _measured(snapshot: LiveSnapshot, name: str, parts: tuple[str, ...]) -> list[Result]:
    bodies = {part: encode(part, getattr(snapshot, part)) for part in parts}
    plain_ms = _cpu_ms(lambda: pickle.loads(pickle.dumps(snapshot)))
    of = f"{name}, {len(snapshot.points)} points, {sum(map(len, bodies.values()))} bytes"
    against = "pickling the whole and back"
    return [
        result(
            f"snapshot written: {of}",
            _cpu_ms(lambda: _write(snapshot, parts)),
            "ms",
            plain_ms,
            against,
        ),
        result(f"snapshot read: {of}", _cpu_ms(lambda: _read(bodies)), "ms", plain_ms, against),
    ]


def larger_snapshot(snapshot: LiveSnapshot, times: int) -> LiveSnapshot:
    """The same site so many times over; the first keeps its names."""
    if times == 1:
        return snapshot
    points = dict(snapshot.points) | {
        f"{n}.{key}": replace(point, key=f"{n}.{key}", device=f"{n}.{point.device}")
        for n in range(1, times)
        for key, point in snapshot.points.items()
    }
    devices = tuple(
        replace(device, id=f"{n}.{device.id}")
        for n in range(1, times)
        for device in snapshot.devices
    )
    return replace(snapshot, points=points, devices=snapshot.devices + devices)


def _write(snapshot: LiveSnapshot, parts: tuple[str, ...]) -> None:
    for part in parts:
        encode(part, getattr(snapshot, part))


def _read(bodies: dict[str, bytes]) -> None:
    for part, body in bodies.items():
        decode(part, body)


def _cpu_ms(work: Callable[[], object]) -> float:
    work()
    started = time.process_time()
    for _ in range(_ROUNDS):
        work()
    return 1e3 * (time.process_time() - started) / _ROUNDS
