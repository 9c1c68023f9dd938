"""What ``boucle charter`` says around the words of the charter itself."""

from collections.abc import Mapping
from typing import Final

HISTORY_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "site": "{name} : {n} valeurs d’indicateurs",
        "all": "{path} : {n} valeurs d’indicateurs de {sites} sites",
    },
    "en": {"site": "{name}: {n} KPIs", "all": "{path}: {n} KPIs of {sites} sites"},
}

EXPLAIN_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "without": (
            "expliqué sans mesures : aucun service ne répond pour ce site ; --history ou --url en "
            "donnent"
        ),
        "head": "{site}, charte {charter}, au {day}",
        "binding": "Lient ce site ({n})",
        "reference": "Repères, qui n’obligent pas ce site ({n})",
        "unknown": "On ne sait pas si elles le concernent ({n})",
        "coming": "Pas encore en vigueur ({n})",
        "elsewhere": "Sans objet pour ce site ({n})",
        "line": "{rule} : {title} ; {limit} ; {verdict}",
        "short": "{rule} : {title} ; {why}",
        "undeclared": "à déclarer : {why}",
    },
    "en": {
        "without": (
            "explained without measurements: no service answers for this site; --history or --url "
            "give some"
        ),
        "head": "{site}, charter {charter}, on {day}",
        "binding": "Bind this site ({n})",
        "reference": "References, which do not bind this site ({n})",
        "unknown": "Not known whether they concern it ({n})",
        "coming": "Not yet in force ({n})",
        "elsewhere": "Do not concern this site ({n})",
        "line": "{rule}: {title}; {limit}; {verdict}",
        "short": "{rule}: {title}; {why}",
        "undeclared": "to be declared: {why}",
    },
}

COMPARE_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "head": "De la charte {before} à la charte {after}, au {day} : ce qui diffère",
        "same": "identique",
        "stricter": "plus strict",
        "looser": "moins strict",
        "other": "autrement",
        "added": "n’était pas demandé",
        "removed": "n’est plus demandé",
        "rule": "{charter} : {limit} ({rule}, {weight} ; {concerns})",
        "count": "{relation} : {n}",
        "alike": "identique : {n}",
    },
    "en": {
        "head": "From charter {before} to charter {after}, on {day}: what differs",
        "same": "the same",
        "stricter": "stricter",
        "looser": "looser",
        "other": "otherwise",
        "added": "new",
        "removed": "no longer asked",
        "rule": "{charter}: {limit} ({rule}, {weight}; {concerns})",
        "count": "{relation}: {n}",
        "alike": "the same: {n}",
    },
}
