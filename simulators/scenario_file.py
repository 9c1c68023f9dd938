"""What befalls the plant, read from a file: events with their times, each checked."""

from datetime import datetime
from pathlib import Path
from typing import Final

from models.located_yaml import LocatedYamlError, load_located
from simulators.control import params_of
from simulators.errors import FaultError
from simulators.plant import ScenarioError, ScenarioEvent, ScenarioKind

_NEEDED: Final = frozenset({"kind", "start", "end"})
_FIELDS: Final = _NEEDED | {"device", "params"}


def load_scenario(path: Path) -> tuple[ScenarioEvent, ...]:
    """Read a list of ``{kind, start, end, device, params}``; the last two may lack.

    Raises
    ------
    ScenarioError
        With the line of the first mistake.
    """
    try:
        document = load_located(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read ({error})"
        raise ScenarioError(msg) from error
    except LocatedYamlError as error:
        msg = f"{path}:{error.line}: {error}"
        raise ScenarioError(msg) from error
    if not isinstance(document.data, list):
        msg = f"{path}: must be a list of events"
        raise ScenarioError(msg)
    events = []
    for index, entry in enumerate(document.data):
        try:
            events.append(_event(entry))
        except (FaultError, ScenarioError) as error:
            msg = f"{path}:{document.line((index,))}: {error}"
            raise ScenarioError(msg) from error
    return tuple(events)


def _event(entry: object) -> ScenarioEvent:
    if not isinstance(entry, dict) or not _NEEDED <= entry.keys() <= _FIELDS:
        msg = f"an event has kind, start, end and maybe device, params; got {entry!r}"
        raise ScenarioError(msg)
    try:
        kind = ScenarioKind(str(entry["kind"]))
    except ValueError:
        msg = f"{entry['kind']!r} cannot befall the plant; use one of {', '.join(ScenarioKind)}"
        raise ScenarioError(msg) from None
    return ScenarioEvent(
        kind=kind,
        start=_time(entry["start"]),
        end=_time(entry["end"]),
        device=str(entry.get("device") or ""),
        params=params_of(entry.get("params")),
    )


def _time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        msg = f"{value!r} is no ISO 8601 time: {error}"
        raise ScenarioError(msg) from error
    if moment.tzinfo is None:
        msg = f"{value!r} has no offset; add one, such as +00:00"
        raise ScenarioError(msg)
    return moment
