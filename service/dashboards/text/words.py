"""The shape of a catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class PanelWords(NamedTuple):
    """The title of a panel or dashboard, and what it shows."""

    title: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that is written on the dashboards in one language."""

    lang: str
    charter_path: str
    boards: Mapping[str, PanelWords]
    rows: Mapping[str, str]
    panels: Mapping[str, PanelWords]
    variables: Mapping[str, str]
    marks: Mapping[str, str]
    columns: Mapping[str, str]
    states: Mapping[str, str]
    links: Mapping[str, str]
    no_value: str

    def page(self, page_url: str) -> str:
        """The page of Boucle."""
        return f"{page_url}/{self.lang}/"

    def charter_page(self, page_url: str) -> str:
        """Every rule in full."""
        return f"{page_url}{self.charter_path}"
