"""What the check of evidence says, in both languages."""

from typing import Final

from charter_rules.wording.english import ENGLISH as ENGLISH_WORDING
from charter_rules.wording.french import FRENCH as FRENCH_WORDING
from service.evidence.text.en import ENGLISH
from service.evidence.text.fr import FRENCH

WORDINGS: Final = {"en": ENGLISH_WORDING, "fr": FRENCH_WORDING}
_CATALOGUES: Final = {"en": ENGLISH, "fr": FRENCH}


_PARTS: Final = {
    "breach": "écarts",
    "chain": "chaîne",
    "code": "programme",
    "corrections": "corrections",
    "file": "fichier",
    "head": "en-tête",
    "heads": "têtes publiées",
    "inputs": "données",
    "kpi": "indicateurs",
    "manifest": "manifeste",
    "meters": "compteurs",
    "raw_hashes": "relevés bruts",
    "rollups": "totaux",
    "rule": "règle",
    "signature": "signature",
    "site_facts": "faits du site",
    "verdict": "verdict",
}


def part_named(lang: str, part: str) -> str:
    """What a part of a pack is called; in French beside its name in the file."""
    known = _PARTS.get(part, part) if lang == "fr" else part
    return part if known == part else f"{known} ({part})"


def say(lang: str, key: str, /, **fields: object) -> str:
    """One sentence in one language."""
    return WORDINGS[lang].typeset(_CATALOGUES[lang][key]).format(**fields)
