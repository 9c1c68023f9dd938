"""What alerts say, in each language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from service.alerts.alert import Alert

LANGUAGES: Final = ("fr", "en")
# Its words stand for a subject where there is none.
_GENERAL: Final = "in_general"
# A label of the alert, as its text has it before it is filled in.
_LABEL: Final = re.compile(r"\{\{\{\{ \$labels\.(\w+) \}\}\}\}")
_FOLDER: Final = Path(__file__).with_name("words")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWords:
    """One alert in one language: what, what follows, and what to check first."""

    summary: str
    consequence: str
    check: tuple[str, ...]

    def filled(self, words: Mapping[str, str]) -> "AlertWords":
        """The same with its placeholders filled."""
        return AlertWords(
            summary=self.summary.format(**words),
            consequence=self.consequence.format(**words),
            check=tuple(one.format(**words) for one in self.check),
        )


@cache
def in_general(lang: str) -> Mapping[str, AlertWords]:
    """Every alert as it is said of no site and no device in particular."""
    words = _texts(lang)[_GENERAL]
    named = {
        name: AlertWords(
            summary=_LABEL.sub(lambda found: words[found[1]], one.summary),
            consequence=one.consequence,
            check=one.check,
        ).filled(words)
        for name, one in catalogue(lang).items()
    }
    return {
        name: replace(one, summary=one.summary[:1].upper() + one.summary[1:])
        for name, one in named.items()
    }


@cache
def catalogue(lang: str) -> Mapping[str, AlertWords]:
    """Every alert in a language, by name."""
    return {
        name: AlertWords(
            summary=one["summary"], consequence=one["consequence"], check=tuple(one["check"])
        )
        for name, one in _texts(lang).items()
        if name != _GENERAL
    }


@cache
def alert_names() -> tuple[str, ...]:
    """Every alert that there is."""
    return tuple(catalogue(LANGUAGES[0]))


@cache
def _texts(lang: str) -> Any:
    text = (_FOLDER / f"{lang}.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe").load(text)


def words_of(alert: Alert, site_name: str, lang: str) -> AlertWords:
    """What an alert says of its subject."""
    words = {"site_name": site_name, **alert.labels, **alert.words}
    return catalogue(lang)[alert.name].filled(words)
