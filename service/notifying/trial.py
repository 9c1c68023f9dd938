"""A message that shows whether a receiver is set up as it should be."""

from datetime import datetime
from typing import Final

from service.alerts.alert import Kind, Severity
from service.alerts.rule_files import Writing
from service.notifying.notice import Message, Notice, message
from service.notifying.standing import State
from service.pages.paths import ALERTS_PATHS

_NAME: Final = "BoucleTest"
_WORDS: Final = {
    "fr": ("Message d’essai de Boucle", "Rien n’est arrivé.", "Aucune action n’est demandée."),
    "en": ("A test message of Boucle", "Nothing has happened.", "Nothing is to be done."),
}


def trial_message(writing: Writing, at: datetime) -> Message:
    """Of an alert that there is not."""
    summary, description, check = _WORDS[writing.lang]
    pages = writing.page_url.rstrip("/")
    notice = Notice(
        name=_NAME,
        labels={
            "alertname": _NAME,
            "site": writing.site,
            "severity": Severity.INFO.value,
            "kind": Kind.TECHNICAL.value,
        },
        annotations={
            "summary": f"{summary} ({writing.site_name})",
            "description": description,
            "check": check,
            "page_url": f"{pages}/{writing.lang}/",
            "runbook_url": f"{pages}{ALERTS_PATHS[writing.lang]}",
        },
        state=State.FIRING,
        starts_at=at,
    )
    return message(_NAME, at, {_NAME: notice})
