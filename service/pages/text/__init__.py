"""The words of the page, one mapping per language with the same keys."""

from collections.abc import Mapping

from service.pages.text.charter_en import CHARTER_ENGLISH
from service.pages.text.charter_fr import CHARTER_FRENCH
from service.pages.text.en import ENGLISH
from service.pages.text.fr import FRENCH

TEXTS: Mapping[str, Mapping[str, str]] = {
    "fr": FRENCH | CHARTER_FRENCH,
    "en": ENGLISH | CHARTER_ENGLISH,
}
