"""Breaches as rows of a table: what stands first."""

from dataclasses import dataclass
from datetime import datetime

from charter_rules.breaches.state import Breach, BreachState
from charter_rules.findings import Finding
from charter_rules.wording.measured import DASH, measured
from models.legal_time.days import local_time
from service.live.snapshot import LiveSnapshot
from service.pages.parts import Chip
from service.pages.voice import Voice

_CHIPS = {
    BreachState.PENDING: ("warn", "…"),
    BreachState.OPEN: ("bad", "✕"),
    BreachState.REOPENED: ("bad", "✕"),
    BreachState.ACKNOWLEDGED: ("bad", "✕"),
    BreachState.JUSTIFIED: ("warn", "!"),
    BreachState.RESOLVED: ("good", "✓"),
}
_ORDER = list(_CHIPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachRow:
    """One breach in words."""

    id: str
    site_id: str
    title: str
    chip: Chip
    since: str
    worst: str
    deadline: str
    late: bool
    notes: tuple[str, ...]


def breach_rows(snapshot: LiveSnapshot, voice: Voice) -> tuple[BreachRow, ...]:
    """Every breach that stands, is pending or ended lately."""
    findings = {finding.rule_id: finding for finding in snapshot.findings}
    ordered = sorted(snapshot.breaches, key=lambda one: (not one.stands, _ORDER.index(one.state)))
    site_id = snapshot.site.id
    return tuple(_row(site_id, one, findings.get(one.rule_id), voice) for one in ordered)


def _row(site_id: str, breach: Breach, finding: Finding | None, voice: Voice) -> BreachRow:
    title = breach.rule_id
    if finding is not None:
        title = finding.title_fr if voice.lang == "fr" else finding.title_en
    tone, sign = _CHIPS[breach.state]
    # Red is for law that binds the site.
    if tone == "bad" and finding is not None and not finding.binds:
        tone = "reference"
    worst = DASH
    if breach.worst_margin is not None and breach.worst_margin < 0:
        excess = abs(breach.worst_margin)
        worst = measured(excess, None, breach.unit, voice.style).text
        if finding is not None:
            worst = voice.margin(finding, excess)
    notes = [voice.t["breach_noticed"].format(noticed=_minute(breach.noticed_at, voice))]
    if breach.may_be_older:
        notes.append(voice.t["breach_older"])
    if breach.plan:
        notes.append(voice.t["breach_plan"].format(plan=breach.plan))
    if breach.derogation is not None:
        given = breach.derogation
        notes.append(
            voice.t["breach_derogation"].format(
                ground=given.ground, until=voice.day(given.until), document=given.document
            )
        )
    return BreachRow(
        id=breach.id,
        site_id=site_id,
        title=title,
        chip=Chip(tone=tone, sign=sign, text=voice.t[f"breach_{breach.state.value}"]),
        since=_minute(breach.began_at, voice),
        worst=worst,
        deadline=DASH if breach.deadline is None else voice.day(breach.deadline),
        late=breach.stands and breach.deadline_passed,
        notes=tuple(notes),
    )


def _minute(instant: datetime, voice: Voice) -> str:
    local = local_time(instant)
    return f"{voice.day(local.date())} {local:%H:%M}"
