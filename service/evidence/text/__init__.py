"""What the check of evidence says, in both languages."""

from typing import Final

from charter_rules.wording.english import ENGLISH as ENGLISH_WORDING
from charter_rules.wording.french import FRENCH as FRENCH_WORDING
from service.evidence.text.en import ENGLISH
from service.evidence.text.fr import FRENCH

WORDINGS: Final = {"en": ENGLISH_WORDING, "fr": FRENCH_WORDING}
_CATALOGUES: Final = {"en": ENGLISH, "fr": FRENCH}


def say(lang: str, key: str, /, **fields: object) -> str:
    """One sentence in one language."""
    return WORDINGS[lang].typeset(_CATALOGUES[lang][key]).format(**fields)
