"""The words of a mail that are not those of its alerts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.notifying.standing import State


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWords:
    """Those of one language; times are legal times of Paris."""

    states: Mapping[State, str]
    severities: Mapping[str, str]
    time: str
    since: str
    from_to: str
    unknown: str
    answered: str


WORDS: Final = {
    "fr": MailWords(
        states={
            State.FIRING: "En cours",
            State.ACKNOWLEDGED: "Pris en charge",
            State.RESOLVED: "Terminé",
        },
        severities={"critical": "critique", "warning": "à traiter aujourd’hui", "info": "info"},
        time="%d/%m/%Y %H:%M:%S %Z",
        since="Depuis le {since} ({severity})",
        from_to="Du {since} au {until}",
        unknown="Sans données depuis le {since} : dernier état connu.",
        answered="Pris en charge par {by} : {note}",
    ),
    "en": MailWords(
        states={
            State.FIRING: "Firing",
            State.ACKNOWLEDGED: "Acknowledged",
            State.RESOLVED: "Resolved",
        },
        severities={"critical": "critical", "warning": "to be seen to today", "info": "info"},
        time="%Y-%m-%d %H:%M:%S %Z",
        since="Since {since} ({severity})",
        from_to="From {since} to {until}",
        unknown="No data since {since}: this is what was known last.",
        answered="Acknowledged by {by}: {note}",
    ),
}
