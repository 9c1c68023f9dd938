"""What the event stream for programs tells, by topic: the items of each and what changed."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, Field

from models.site.disclosure import Matter
from service.api import schemas
from service.api.breaches import BreachAnswer
from service.live.left_out import left_out
from service.live.snapshot import LiveSnapshot
from service.streams.changes import Changes
from service.streams.event import encoded


class Topic(StrEnum):
    """What can be asked for."""

    STATUS = "status"
    KPIS = "kpis"
    POINTS = "points"
    DEVICES = "devices"
    VERDICTS = "verdicts"
    BREACHES = "breaches"
    FLOW = "flow"
    SERIES = "series"
    STANDING = "standing"


class StatusAnswer(BaseModel):
    """Whether the figures are current."""

    store_reachable: bool
    evaluation_up: bool = Field(description="whether the figures are computed anew each second")
    figures_of: datetime = Field(description="when the figures were computed")
    pipeline: schemas.PipelineAnswer | None


class TopicEventAnswer(BaseModel):
    """The data of one event; its name is the topic, its items are those of the API."""

    at: datetime = Field(description="time of the snapshot")
    whole: bool = Field(description="all items there are; else only those that changed")
    items: Mapping[str, object] = Field(description="whole items by their key")
    removed: tuple[str, ...] = Field(description="keys of items that are no more")


# One event as readers of streams give it: the first has no data, and says when to come back.
EVENT_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "the place to resume from"},
        "event": {"type": "string", "enum": [one.value for one in Topic]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": TopicEventAnswer.model_json_schema(),
        },
        "retry": {"type": "integer", "description": "milliseconds"},
    },
}


def _kpis(now: LiveSnapshot) -> Iterable[tuple[str, BaseModel]]:
    for one in now.kpis:
        yield f"{one.kpi}/{one.window.name}", schemas.KpiAnswer.of(one, left_out(one, now))


def _status(now: LiveSnapshot) -> Iterable[tuple[str, BaseModel]]:
    pipeline = now.pipeline
    yield (
        now.site.id,
        StatusAnswer(
            store_reachable=now.store_reachable,
            evaluation_up=now.evaluation_up,
            figures_of=now.figures_of,
            pipeline=None if pipeline is None else schemas.PipelineAnswer.model_validate(pipeline),
        ),
    )


_ITEMS: Final[Mapping[Topic, Callable[[LiveSnapshot], Iterable[tuple[str, BaseModel]]]]] = {
    Topic.STATUS: _status,
    Topic.KPIS: _kpis,
    Topic.POINTS: lambda now: (
        (key, schemas.PointAnswer.of(one)) for key, one in now.points.items()
    ),
    Topic.DEVICES: lambda now: ((one.id, schemas.DeviceAnswer.of(one)) for one in now.devices),
    Topic.VERDICTS: lambda now: (
        (one.rule_id, schemas.FindingAnswer.of(one)) for one in now.findings
    ),
    Topic.BREACHES: lambda now: (
        (one.id, BreachAnswer.model_validate(one)) for one in now.breaches
    ),
    Topic.FLOW: lambda now: ((now.site.id, schemas.FlowAnswer.of(now.flow)),),
    Topic.SERIES: lambda now: (
        (name, schemas.SeriesAnswer.of(one)) for name, one in now.series.items()
    ),
    Topic.STANDING: lambda now: (
        (one.meter, schemas.StandingMeterAnswer.of(one)) for one in now.standing
    ),
}
# Whether the figures are current is for everybody.
MATTERS: Final[Mapping[Topic, Matter]] = {
    Topic.KPIS: Matter.KPI,
    Topic.POINTS: Matter.POINT,
    Topic.DEVICES: Matter.DEVICE,
    Topic.VERDICTS: Matter.VERDICT,
    Topic.BREACHES: Matter.BREACH,
    Topic.FLOW: Matter.LIVE,
    Topic.SERIES: Matter.LIVE,
    Topic.STANDING: Matter.BALANCE,
}
# What moves with the clock alone, and can be told from the rest, makes no item another.
_CLOCKS: Final[Mapping[Topic, frozenset[str]]] = {
    Topic.POINTS: frozenset({"age_s"}),
    Topic.VERDICTS: frozenset({"known_on"}),
    Topic.BREACHES: frozenset({"last_at"}),
}


class SharedTopic:
    """One topic as all see it who may see the same."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._sequence: int | None = None
        self._items: dict[str, BaseModel] = {}
        self._compared: dict[str, str] = {}
        self._at: datetime | None = None
        self._whole: bytes | None = None
        self.changes = Changes(0)

    def advance(self, snapshot: LiveSnapshot, sequence: int) -> None:
        """Take the snapshot of a sequence, and remember what it changed."""
        if sequence == self._sequence:
            return
        first, self._sequence = self._sequence is None, sequence
        before, clocks = self._compared, _CLOCKS.get(self._topic, frozenset())
        self._items, self._whole = dict(_ITEMS[self._topic](snapshot)), None
        self._at = snapshot.taken_at
        self._compared = {
            key: one.model_dump_json(exclude=set(clocks)) for key, one in self._items.items()
        }
        if first:
            self.changes = Changes(sequence)
            return
        changed = [key for key, one in self._compared.items() if before.get(key) != one]
        removed = [key for key in before if key not in self._compared]
        event = self._event(changed, removed, whole=False) if changed or removed else None
        self.changes.add(sequence, event)

    def whole(self) -> bytes:
        """All items."""
        if self._whole is None:
            self._whole = self._event(list(self._items), [], whole=True)
        return self._whole

    def _event(self, keys: list[str], removed: list[str], *, whole: bool) -> bytes:
        # By hand around what pydantic wrote: its items are of many kinds.
        items = ",".join(
            f"{json.dumps(key, ensure_ascii=False)}:{self._items[key].model_dump_json()}"
            for key in keys
        )
        at = "" if self._at is None else self._at.isoformat().replace("+00:00", "Z")
        head = f'"at":{json.dumps(at)},"whole":{json.dumps(whole)}'
        gone = json.dumps(removed, ensure_ascii=False)
        return encoded(self._topic, f'{{{head},"items":{{{items}}},"removed":{gone}}}')
