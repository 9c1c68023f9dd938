"""The words of the dashboards, in both languages with the same keys."""

from collections.abc import Mapping
from typing import Final

from charter_rules.breaches.state import BreachState
from charter_rules.wording import english, french
from charter_rules.wording.language import Wording
from service.dashboards.text import en, fr
from service.dashboards.text.words import PanelWords, Words
from service.pages.paths import CHARTER_PATHS
from service.pages.text import TEXTS

__all__ = ["WORDS", "PanelWords", "Words"]


def _states(lang: str, wording: Wording, own: Mapping[str, str]) -> dict[str, str]:
    """Verdicts as the charter words them, breaches as the pages do, and what is said here only."""
    return {
        **{f"verdict.{verdict.value}": text for verdict, text in wording.verdicts.items()},
        **{f"breach.{state.value}": TEXTS[lang][f"breach_{state.value}"] for state in BreachState},
        **own,
    }


WORDS: Final[Mapping[str, Words]] = {
    "fr": Words(
        lang="fr",
        charter_path=CHARTER_PATHS["fr"],
        boards=fr.BOARDS,
        rows=fr.ROWS,
        panels=fr.PANELS,
        variables=fr.VARIABLES,
        marks=fr.MARKS,
        columns=fr.COLUMNS,
        states=_states("fr", french.FRENCH, fr.STATES),
        links=fr.LINKS,
        no_value=fr.NO_VALUE,
    ),
    "en": Words(
        lang="en",
        charter_path=CHARTER_PATHS["en"],
        boards=en.BOARDS,
        rows=en.ROWS,
        panels=en.PANELS,
        variables=en.VARIABLES,
        marks=en.MARKS,
        columns=en.COLUMNS,
        states=_states("en", english.ENGLISH, en.STATES),
        links=en.LINKS,
        no_value=en.NO_VALUE,
    ),
}
