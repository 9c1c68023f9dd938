"""Faults planned in a file, applied at their times after the start."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.located_yaml import LocatedYamlError, load_located
from simulators.control import params_of, seconds_of
from simulators.errors import FaultError
from simulators.faults import FaultBook

_FIELDS = frozenset({"device", "kind", "after_s", "seconds", "params"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """One fault, ``after_s`` seconds after the start."""

    device: str
    kind: str
    after_s: float
    seconds: float | None
    params: Mapping[str, float]


def load_script(path: Path) -> tuple[PlannedFault, ...]:
    """Read a list of ``{device, kind, after_s, seconds, params}``; the last three may lack.

    Raises
    ------
    FaultError
        With the line of the first mistake.
    """
    try:
        document = load_located(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read ({error})"
        raise FaultError(msg) from error
    except LocatedYamlError as error:
        msg = f"{path}:{error.line}: {error}"
        raise FaultError(msg) from error
    if not isinstance(document.data, list):
        msg = f"{path}: must be a list of faults"
        raise FaultError(msg)
    planned = []
    for index, entry in enumerate(document.data):
        try:
            planned.append(_planned(entry))
        except FaultError as error:
            msg = f"{path}:{document.line((index,))}: {error}"
            raise FaultError(msg) from error
    return tuple(sorted(planned, key=lambda fault: fault.after_s))


def _planned(entry: object) -> PlannedFault:
    if not isinstance(entry, dict) or not {"device", "kind"} <= entry.keys() <= _FIELDS:
        msg = f"a fault has device, kind and maybe after_s, seconds, params; got {entry!r}"
        raise FaultError(msg)
    after = entry.get("after_s", 0)
    if not isinstance(after, int | float) or isinstance(after, bool) or after < 0:
        msg = f"after_s must be a number of seconds, zero or more; got {after!r}"
        raise FaultError(msg)
    return PlannedFault(
        device=str(entry["device"]),
        kind=str(entry["kind"]),
        after_s=float(after),
        seconds=seconds_of(entry.get("seconds")),
        params=params_of(entry.get("params")),
    )


def rehearse(planned: Sequence[PlannedFault], faults: FaultBook) -> None:
    """Refuse a script that would fail later: apply and clear each fault now."""
    for fault in planned:
        faults.apply(fault.device, fault.kind, fault.seconds, fault.params)
        faults.clear(fault.device)


async def play(planned: Sequence[PlannedFault], faults: FaultBook) -> None:
    """Apply each fault at its time."""
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    for fault in planned:
        await asyncio.sleep(max(0.0, start_s + fault.after_s - loop.time()))
        faults.apply(fault.device, fault.kind, fault.seconds, fault.params)
