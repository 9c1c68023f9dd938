"""Whether the breaches of a pack are told as the chain tells them."""

from collections.abc import Sequence

from charter_rules.breaches.state import BreachEvent, EventKind
from service.evidence.breach_entries import event_of
from service.evidence.canonical import Json, instant_of
from service.evidence.chain import BREACH, ChainEntry
from service.evidence.report import Report


def _times_are_told(breach: Json, first: BreachEvent) -> bool:
    """Whether a breach began, and was noticed, when the event that began it says."""
    if first.kind is not EventKind.BEGAN:
        return False
    times = (instant_of(breach["began_at"]), instant_of(breach["noticed_at"]))
    return times == (first.began_at, first.at)


def check_breaches(
    records: Json, rules: set[str], entries: Sequence[ChainEntry], report: Report
) -> None:
    """Compare each event of the rules of a pack with the entries that its chain holds."""
    told: dict[tuple[Json, Json], Json] = {}
    for record in records or ():
        breach, trail = record["breach"], record["trail"]
        if breach["rule_id"] not in rules:
            report.refuse("breach", "breach_rule", breach=breach["id"])
        if not trail or trail[-1]["event"]["after"] != breach["state"]:
            fields = {"breach": breach["id"], "state": breach["state"]}
            report.refuse("breach", "breach_state", **fields)
        if trail and not _times_are_told(breach, event_of(trail[0]["event"])):
            report.refuse("breach", "breach_times", breach=breach["id"])
        told |= {(breach["id"], one["seq"]): one for one in trail if one["earlier"] is not True}
    written = {
        (one.body["breach_id"], one.seq): one
        for one in entries
        if one.reason == BREACH and one.rule_id in rules
    }
    for (breach_id, seq), entry in written.items():
        one = told.get((breach_id, seq))
        if one is None:
            report.refuse("breach", "event_left_out", breach=breach_id, seq=seq)
        elif one["sha256"] != entry.sha256 or {
            "rule_id": entry.rule_id,
            **one["event"],
        } != dict(entry.body):
            report.refuse("breach", "event_other", breach=breach_id, seq=seq)
    for breach_id, seq in told:
        if seq >= entries[0].seq and (breach_id, seq) not in written:
            report.refuse("breach", "event_not_in_chain", breach=breach_id, seq=seq)
