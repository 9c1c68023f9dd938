"""Suspicions as a list: what was seen, on what, how strongly, and what else it may be."""

from dataclasses import dataclass

from charter_rules.wording.measured import measured
from models.plausibility.site_checks import SuspicionView
from service.live.snapshot import LiveSnapshot
from service.pages.voice import Voice

_LEAST_SHOWN = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspicionRow:
    """One suspicion in words."""

    sentence: str
    about: str
    otherwise: str
    facts: tuple[str, ...]


def suspicion_rows(snapshot: LiveSnapshot, voice: Voice) -> tuple[SuspicionRow, ...]:
    """Every suspicion, strongest first."""
    return tuple(_row(one, voice) for one in snapshot.suspicions)


def _row(one: SuspicionView, voice: Voice) -> SuspicionRow:
    t = voice.t
    facts = [f"{voice.day(one.since)} – {voice.day(one.until)}"]
    for figure in one.figures:
        shown = measured(figure.value, None, figure.unit, voice.style).text
        facts.append(f"{t[f'suspicion_figure_{figure.name}']}{t['colon']} {shown}")
    chance = max(one.p_value, _LEAST_SHOWN)
    shown = ("< " if one.p_value < _LEAST_SHOWN else "") + voice.style.share(chance)
    facts.append(t["suspicion_chance"].format(p=shown))
    return SuspicionRow(
        sentence=t[f"suspicion_{one.kind}"],
        about=voice.label(one),
        otherwise=t["suspicion_else"].format(why=t[one.otherwise]),
        facts=tuple(facts),
    )
