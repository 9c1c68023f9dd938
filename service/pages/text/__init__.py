"""The words of the page, one mapping per language with the same keys."""

from collections.abc import Mapping

from charter_rules.wording.french import FRENCH as FRENCH_WORDING
from service.pages.text.accounts_en import ACCOUNTS_ENGLISH
from service.pages.text.accounts_fr import ACCOUNTS_FRENCH
from service.pages.text.charter_en import CHARTER_ENGLISH
from service.pages.text.charter_fr import CHARTER_FRENCH
from service.pages.text.en import ENGLISH
from service.pages.text.fr import FRENCH
from service.pages.text.statements_en import STATEMENTS_ENGLISH
from service.pages.text.statements_fr import STATEMENTS_FRENCH

TEXTS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        key: FRENCH_WORDING.typeset(text)
        for key, text in (FRENCH | CHARTER_FRENCH | ACCOUNTS_FRENCH | STATEMENTS_FRENCH).items()
    },
    "en": ENGLISH | CHARTER_ENGLISH | ACCOUNTS_ENGLISH | STATEMENTS_ENGLISH,
}
