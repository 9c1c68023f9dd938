"""What happens to a breach, as an entry of the chain of evidence."""

from collections.abc import Mapping

from charter_rules.breaches.state import BreachEvent, BreachState, EventKind
from service.evidence.canonical import Json, instant_of, plain, utc_text
from service.evidence.chain import BREACH, Draft


def event_draft(event: BreachEvent, rule_id: str) -> Draft:
    """The entry of an event, before it has its place."""
    return Draft(rule_id=rule_id, reason=BREACH, body={"rule_id": rule_id, **event_body(event)})


def event_body(event: BreachEvent) -> dict[str, Json]:
    """An event as plain data."""
    return {
        "breach_id": event.breach_id,
        "kind": event.kind.value,
        "at": utc_text(event.at),
        "who": event.who,
        "why": event.why,
        "before": plain(event.before),
        "after": event.after.value,
        "details": plain(event.details),
    }


def event_of(body: Mapping[str, Json]) -> BreachEvent:
    """The inverse; LookupError, TypeError or ValueError when the body is no event."""
    before = body["before"]
    return BreachEvent(
        breach_id=body["breach_id"],
        kind=EventKind(body["kind"]),
        at=instant_of(body["at"]),
        who=body["who"],
        why=body["why"],
        before=None if before is None else BreachState(before),
        after=BreachState(body["after"]),
        details=body["details"],
    )
