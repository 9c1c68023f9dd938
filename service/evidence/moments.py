"""Whether the days and instants of a pack can be: data, what was known of them, law, making."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from models.legal_time.days import legal_day
from models.legal_time.periods import parse_period
from models.readings import Window
from service.evidence.canonical import Json, instant_of, utc_text
from service.evidence.report import Report

# What the clocks of two machines may differ by.
_CLOCKS: Final = timedelta(minutes=5)
_MICROSECOND: Final = timedelta(microseconds=1)


def law_day(at: datetime) -> date:
    """The day whose law judges data that end at an instant.

    As of the end of a year it is that of its last day: at midnight a new law may begin.
    """
    return legal_day(at - _MICROSECOND)


def period_upto(name: str, at: datetime) -> Window:
    """A written period as far as the data go."""
    whole = parse_period(name, at)
    return replace(whole, end=min(whole.end, at))


def check_moments(parts: Json, head: Json, now: datetime, report: Report) -> None:
    """Compare the instants of a pack with each other, and with the verifier's clock."""
    verdict, at = parts["verdict"], instant_of(parts["inputs"]["at"])
    if verdict["on"] != law_day(at).isoformat():
        day = law_day(at).isoformat()
        report.refuse("verdict", "other_day", on=verdict["on"], day=day)
    made_at = instant_of(head["made_at"])
    if verdict["known_on"] is None:
        report.refuse("verdict", "known_never")
    else:
        known_on = instant_of(verdict["known_on"])
        if known_on < at:
            report.refuse("verdict", "known_early", known_on=utc_text(known_on), at=utc_text(at))
        if made_at < known_on:
            report.refuse(
                "head", "made_early", made_at=utc_text(made_at), known_on=utc_text(known_on)
            )
    if made_at > now + _CLOCKS:
        report.refuse("head", "made_late", made_at=utc_text(made_at))
    if head["scope"]["kind"] == "period":
        _check_period(head["scope"], at, now, report)


def _check_period(scope: Json, at: datetime, now: datetime, report: Report) -> None:
    name, start, end = scope["period"], instant_of(scope["start"]), instant_of(scope["end"])
    period = parse_period(name, now)
    if (period.start, period.end) != (start, end):
        report.refuse("head", "period_other", period=name, start=utc_text(start), end=utc_text(end))
    if not start < at <= end:
        report.refuse("head", "outside_period", at=utc_text(at), period=name)
    elif at < end:
        report.remark("period_open", period=name, at=utc_text(at))
