"""``boucle notify --list``: how every alert stands, from what the notifier remembers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from service.notifying.instants import written
from service.notifying.memory import Memory
from service.notifying.notice import Acknowledgement
from service.notifying.standing import Standing, State

_ORDER: Final = tuple(State)
# Three looks at the slowest.
OLD_AFTER_S: Final = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One alert as it is listed."""

    key: str
    standing: Standing
    state: State
    acknowledgement: Acknowledgement | None


def rows_of(
    memory: Memory, acknowledged: Mapping[str, Acknowledgement], now: datetime
) -> list[Row]:
    """Every alert, those first that somebody should see."""
    rows = []
    for key, standing in memory.standings.items():
        found = acknowledged.get(key)
        if found is None or standing.since is None or not found.counts(standing.since, now):
            found = None
        state = standing.state(now, is_acknowledged=found is not None)
        rows.append(Row(key=key, standing=standing, state=state, acknowledgement=found))
    return sorted(rows, key=lambda row: _ORDER.index(row.state))


def lines_of(rows: list[Row], memory: Memory) -> Iterator[str]:
    """One line an alert; those that are quiet are counted."""
    for row in rows:
        if row.state is not State.QUIET:
            yield f"{row.state.value:<13}{row.key}{_more(row)}"
    quiet = sum(row.state is State.QUIET for row in rows)
    yield f"{quiet} of {len(rows)} alerts are quiet"
    for name, box in memory.outboxes.items():
        if box:
            oldest = written(min(one.at for one in box.values()))
            yield f"{len(box)} messages wait for {name}, the oldest of {oldest}"


def _more(row: Row) -> str:
    one, parts = row.standing, []
    since = one.fired_at or one.since
    if since is not None:
        parts.append(f"since {written(since)}")
    if row.state is State.RESOLVED and one.resolved_at is not None:
        parts.append(f"at {written(one.resolved_at)}")
    if one.unknown_since is not None:
        parts.append(f"no data since {written(one.unknown_since)}")
    if row.acknowledgement is not None:
        parts.append(f"by {row.acknowledgement.by}: {row.acknowledgement.note}")
    return f"  {', '.join(parts)}" if parts else ""


def as_json(rows: list[Row], memory: Memory) -> str:
    """The same for programs."""
    return json.dumps(
        {
            "site": memory.site,
            "at": None if memory.at is None else written(memory.at),
            "alerts": [_object(row) for row in rows],
            "waiting": {name: len(box) for name, box in memory.outboxes.items()},
        },
        indent=2,
        ensure_ascii=False,
    )


def _object(row: Row) -> dict[str, Any]:
    one, answer = row.standing, row.acknowledgement
    instants = {
        "since": one.since,
        "firedAt": one.fired_at,
        "resolvedAt": one.resolved_at,
        "noDataSince": one.unknown_since,
    }
    return {
        "alertname": one.name,
        "labels": dict(one.subject),
        "state": row.state.value,
        **{name: None if at is None else written(at) for name, at in instants.items()},
        "acknowledgement": None if answer is None else {"by": answer.by, "note": answer.note},
    }
