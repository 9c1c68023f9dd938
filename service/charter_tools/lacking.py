"""What a replay lacks to be certain, by cause, in words and as data."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from charter_rules.replay.causes import Cause, Shortfalls
from charter_rules.wording.language import Wording

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "head": "Ce qui manque pour conclure, en part des {judged} verdicts rendus (jours-sites)",
        "insufficient": "données insuffisantes",
        "unproven": "pas prouvé",
        "line": "{share}  {cause} : {rules}",
        "certain": "rien",
    },
    "en": {
        "head": "What is lacking to be certain, as a share of the {judged} verdicts (site-days)",
        "insufficient": "insufficient data",
        "unproven": "not proven",
        "line": "{share}  {cause}: {rules}",
        "certain": "nothing",
    },
}
_CAUSES: Final[Mapping[str, Mapping[Cause, str]]] = {
    "fr": {
        Cause.NO_DECLARATION: "déclaration absente",
        Cause.NO_DECLARED_FIGURE: "chiffre à déclarer, non déclaré",
        Cause.NO_MEASUREMENT: "mesure absente",
        Cause.NOT_APART: "part non comptée séparément",
        Cause.LOW_COVERAGE: "couverture trop faible",
        Cause.SHORT_WINDOW: "période trop courte",
        Cause.NO_REFERENCE_YEAR: "année de référence inconnue",
        Cause.NO_UNCERTAINTY: "incertitude inconnue ou impossible",
        Cause.NO_LEVEL: "niveau ambiant inconnu",
        Cause.IMPOSSIBLE: "chiffre impossible",
        Cause.UNKNOWN_FACT: "fait du site non déclaré",
        Cause.WITHIN_UNCERTAINTY: "trop près du seuil pour l’incertitude",
        Cause.IN_DOUBT: "compteur mis en doute",
        Cause.ELSEWHERE: "mesuré ailleurs que là où le texte juge",
        Cause.NOT_MEASURED: "déclaré ou estimé, non mesuré",
    },
    "en": {
        Cause.NO_DECLARATION: "no declaration",
        Cause.NO_DECLARED_FIGURE: "a figure to declare, not declared",
        Cause.NO_MEASUREMENT: "no measurement",
        Cause.NOT_APART: "a part that is not metered apart",
        Cause.LOW_COVERAGE: "coverage too low",
        Cause.SHORT_WINDOW: "period too short",
        Cause.NO_REFERENCE_YEAR: "no reference year",
        Cause.NO_UNCERTAINTY: "uncertainty unknown or impossible",
        Cause.NO_LEVEL: "ambient level unknown",
        Cause.IMPOSSIBLE: "impossible figure",
        Cause.UNKNOWN_FACT: "a fact of the site that is not declared",
        Cause.WITHIN_UNCERTAINTY: "too near the limit for its uncertainty",
        Cause.IN_DOUBT: "a meter in doubt",
        Cause.ELSEWHERE: "measured elsewhere than the text judges",
        Cause.NOT_MEASURED: "declared or estimated, not measured",
    },
}
_UNPROVEN: Final = frozenset(
    {Cause.WITHIN_UNCERTAINTY, Cause.IN_DOUBT, Cause.ELSEWHERE, Cause.NOT_MEASURED}
)
_SHOWN_RULES: Final = 4


def lacking_lines(found: Shortfalls, lang: str, wording: Wording) -> Iterator[str]:
    """The share of each cause, data that do not suffice first, then what proves nothing."""
    words = _WORDS[lang]
    yield wording.typeset(words["head"].format(judged=found.judged))
    for name, total, unproven in (
        ("insufficient", found.insufficient, False),
        ("unproven", found.unproven, True),
    ):
        yield f"  {_share(total, found.judged, wording)}  {words[name]}"
        for one in found.by_cause:
            if (one.cause in _UNPROVEN) is unproven:
                more = " …" if len(one.rules) > _SHOWN_RULES else ""
                line = words["line"].format(
                    share=_share(one.site_days, found.judged, wording),
                    cause=_CAUSES[lang][one.cause],
                    rules=", ".join(one.rules[:_SHOWN_RULES]) + more,
                )
                yield f"    {wording.typeset(line)}"
    if not found.by_cause:
        yield f"    {words['certain']}"


def _share(part: int, whole: int, wording: Wording) -> str:
    percent = Decimal(100 * part) / Decimal(whole or 1)
    return wording.numbers.with_unit(wording.numbers.number(percent, 1), "%").rjust(8)


def lacking_document(found: Shortfalls) -> dict[str, Any]:
    """The same as data."""
    return {
        "judged": found.judged,
        "insufficient_data": found.insufficient,
        "not_proven": found.unproven,
        "causes": [
            {"cause": one.cause, "site_days": one.site_days, "rules": list(one.rules)}
            for one in found.by_cause
        ],
    }
