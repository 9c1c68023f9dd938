"""The words of the page, one file per language; both have the same keys."""

from collections.abc import Mapping

from service.pages.text.en import ENGLISH
from service.pages.text.fr import FRENCH

TEXTS: Mapping[str, Mapping[str, str]] = {"fr": FRENCH, "en": ENGLISH}
