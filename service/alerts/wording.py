"""What alerts say, in each language."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from service.alerts.alert import Alert

LANGUAGES: Final = ("fr", "en")
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
def catalogue(lang: str) -> Mapping[str, AlertWords]:
    """Every alert in a language, by name."""
    text = (_FOLDER / f"{lang}.yaml").read_text(encoding="utf-8")
    return {
        name: AlertWords(
            summary=one["summary"], consequence=one["consequence"], check=tuple(one["check"])
        )
        for name, one in YAML(typ="safe").load(text).items()
    }


def words_of(alert: Alert, site_name: str, lang: str) -> AlertWords:
    """What an alert says of its subject."""
    words = {"site_name": site_name, **alert.labels, **alert.words}
    return catalogue(lang)[alert.name].filled(words)
