"""French wording. Narrow no-break space before units, decimal comma, no-break colon."""

import re

from charter_rules.facts import Author
from charter_rules.findings import LegalStatus, Verification
from charter_rules.judging.conditions import Comparison
from charter_rules.law.availability import NotMeasured
from charter_rules.wording.abbreviations import FRENCH as ABBREVIATIONS
from charter_rules.wording.french_verdicts import (
    DUTY_REASONS,
    LACKS,
    PRESENCE_REASONS,
    PROOFS,
    REASONS,
    UNKNOWN_FACTS,
    VERDICTS,
)
from charter_rules.wording.language import DateStyle, NumberStyle, Sentences, SiteReasons, Wording
from models.kpi.words_fr import FRENCH as KPI_WORDS
from models.readings import Origin

_NARROW = "\u202f"
_WIDE = "\u00a0"
_UNITS = r"%|°C|€|kW|MW|kWh|MWh|GWh|L/kWh|dB|Hz|m²|m³|h\b|s\b|min\b|j\b"
_TYPOGRAPHY = tuple(
    (re.compile(plain), set_)
    for plain, set_ in (
        (" :", f"{_WIDE}:"),
        (r" ([;!?»])", rf"{_NARROW}\1"),
        ("« ", f"«{_NARROW}"),
        (r"(?<=\w)'(?=\w|«)", "’"),
        (r"(?<=\d) (?=\d{3}\b)", _NARROW),
        (rf"(?<=[\d}}]) (?={_UNITS})", _NARROW),
        (r"\b([LRD]\.|n°) (?=\d)", rf"\1{_WIDE}"),
    )
)

_SENTENCES = Sentences(
    asked="Demandé : {text}",
    source="Texte : {title}, {article} ({status} ; {verification}).",
    limit={
        Comparison.AT_MOST: "au plus {value}",
        Comparison.AT_LEAST: "au moins {value}",
        Comparison.BETWEEN: "entre {value} et {high}",
        Comparison.TREND: "une évolution d’au plus {value}",
    },
    limit_fall="une baisse d’au moins {value}",
    threshold_since="Seuil : {limit}, applicable depuis le {day}.",
    threshold_from="Seuil : {limit}, applicable à partir du {day}.",
    threshold_not_published=(
        "Exigence : le texte demande cela depuis le {day}, sans chiffre connu ici."
    ),
    not_published_from=(
        "Exigence : le texte demande cela à partir du {day}, sans chiffre connu ici."
    ),
    duty_since="Exigence : sans chiffre, applicable depuis le {day}.",
    duty_from="Exigence : sans chiffre, applicable à partir du {day}.",
    duty_yearly="Échéance : le {day}, sur l’année {year}.",
    threshold_repealed="Exigence : abrogée le {day}.",
    threshold_ended="Exigence : pour un site jeune seulement ; pour celui-ci, jusqu’au {day}.",
    will_become="Il devient {limit} le {day}.",
    will_be_repealed="Il est abrogé le {day}.",
    grace="Le texte laisse {months} mois après la mise en service ({entry}).",
    not_measured="Boucle ne sait pas encore mesurer cela : {reason}.",
    measured=(
        "{origin} : {label} = {value}{uncertainty} sur {window}, "
        "du {start} au {end}, couverture {coverage}."
    ),
    inspected=(
        "Mesuré par {author} le {day} ({document}) : {label} = {value}{uncertainty}. Cette mesure "
        "l’emporte sur celle des capteurs."
    ),
    uncertainty=" (k = 2)",
    margin_kept={
        Comparison.AT_MOST: "Marge : {margin} sous le maximum, bande de garde {guard}.",
        Comparison.AT_LEAST: "Marge : {margin} au-dessus du minimum, bande de garde {guard}.",
        Comparison.BETWEEN: "Marge : {margin} à l’intérieur de la plage, bande de garde {guard}.",
        Comparison.TREND: "Marge : {margin} de mieux que demandé, bande de garde {guard}.",
    },
    margin_missed={
        Comparison.AT_MOST: "Dépassement : {margin} au-dessus du maximum, bande de garde {guard}.",
        Comparison.AT_LEAST: "Manque : {margin} sous le minimum, bande de garde {guard}.",
        Comparison.BETWEEN: "Écart : {margin} hors de la plage, bande de garde {guard}.",
        Comparison.TREND: "Écart : {margin} de moins que demandé, bande de garde {guard}.",
    },
    changed="Évolution par rapport à {against} : {change} (k = 2).",
    declared="Fait, selon {author} ({day}) : {document}.",
    not_declared="Non fait, selon {author} ({day}) : {document}.",
    undated="sans date",
    points="points",
    guard_uncertainty="La bande de garde est l’incertitude élargie (JCGM 106).",
    indicative="Ce qui est mesuré ici n’est pas ce que juge le texte : {reason}",
    missing_inspection=(
        "Il faudrait qu’un organisme de contrôle mesure ce que juge le texte, là où et comme il le "
        "demande."
    ),
    no_number="le calcul ne donne aucun nombre",
    not_fixed="Le texte existe, mais son chiffre n’est pas fixé, ou n’est pas publié ici.",
    nothing_to_prove="Rien n’est demandé à l’exploitant tant que ce chiffre n’est pas fixé.",
    missing_check="Il faudrait qu’un contrôle le constate.",
    conclusion="Conclusion : {verdict}. {reason}",
    not_in_force="Le texte ne demande rien à ce site au {day}.",
    not_applicable="La règle ne concerne pas ce site : {reason}.",
    insufficient="Il manque de quoi juger : {lack}.",
    downgraded=(
        "La règle demande une mesure : une valeur d’origine « {origin} » "
        "ne suffit pas à prouver plus."
    ),
    doubted=(
        "Une valeur qui repose sur un compteur douteux ne prouve rien, ni dans un sens, "
        "ni dans l’autre."
    ),
    doubt="{meter} est douteux : {reason}.",
    named_meter="Le compteur {meter}",
    unnamed_meter="Un compteur derrière cette valeur",
    to_do="Mesure corrective : {text}",
    missing_farther="Il faudrait une valeur plus éloignée de la limite.",
    missing_surer=(
        "Il faudrait une incertitude d’au plus {margin} (elle est de {guard}), "
        "ou une valeur plus éloignée de la limite."
    ),
    missing_further="Il faudrait un résultat à plus de {guard} de la limite.",
    missing_measurement="Il faudrait une mesure : ce qui est déclaré ou estimé ne prouve pas.",
    missing_repair="Il faut d’abord remettre le compteur en ordre : {meters}.",
    doubted_meter="celui qui est douteux",
)

_SITE_REASONS = SiteReasons(
    entered_too_late=(
        "mise en service le {entry}, le texte vise les sites en service avant le {day}"
    ),
    entered_too_early=(
        "mise en service le {entry}, le texte vise les sites mis en service à partir du {day}"
    ),
    changed_too_early=(
        "ni mise en service ni modification d’ampleur depuis le {day}, que vise le texte"
    ),
    cooling_too_late=(
        "froid mis en service le {entry}, le texte vise les installations d’avant le {day}"
    ),
    cooling_too_early=(
        "froid mis en service le {entry}, le texte vise les installations à partir du {day}"
    ),
    power_too_low="puissance informatique installée de {power}, le texte vise {limit} et plus",
    power_not_above="puissance informatique installée de {power}, le texte vise plus de {limit}",
    siret_power_too_low=(
        "puissance informatique installée de {power} sous ce SIRET, le texte vise {limit} et plus"
    ),
    connection_too_low=(
        "puissance de raccordement non redondante de {power}, le texte vise {limit} et plus"
    ),
    input_not_above="puissance d’entrée assignée totale de {power}, le texte vise plus de {limit}",
    area_too_small="surface de {area}, le texte vise {limit} et plus",
    ai_share_too_low="part de calcul IA de {share}, le texte vise {limit} et plus",
    other_icpe_regime="le site ne relève pas du régime ICPE que vise le texte",
    off_level="le bruit ambiant mesuré, {level}, n’est pas dans la plage que vise le texte",
    other_zone="le site n’est pas dans une des zones visées ({zones})",
    public_only="le texte ne vise que les exploitants publics",
    private_only="le texte ne vise que les exploitants privés",
    exempt=(
        "le texte excepte les opérateurs d’importance vitale, la défense et la protection civile"
    ),
    exempt_only=(
        "le texte vise les seuls opérateurs d’importance vitale, défense et protection civile"
    ),
    other_noise_regime="le site relève d’un autre régime de bruit que celui du texte",
)

_AUTHORS = {
    Author.OPERATOR: "l’exploitant",
    Author.TAKER: "le preneur de chaleur",
    Author.INSPECTOR: "un contrôle",
    Author.AUTHORITY: "l’autorité",
}

_NOT_MEASURED = {
    NotMeasured.NO_IT_WORK: "aucune interface ne dit combien les serveurs sont utilisés",
}

_LEGAL_STATUSES = {
    LegalStatus.FR_LAW: "droit français",
    LegalStatus.EU_LAW: "droit de l’Union",
    LegalStatus.EU_ADOPTED_NOT_IN_FORCE: "texte de l’Union adopté, pas en vigueur",
    LegalStatus.FOREIGN_LAW: "droit étranger, repère sans force ici",
    LegalStatus.VOLUNTARY: "engagement volontaire",
    LegalStatus.CITY_PROPOSAL: "proposition pour la charte, sans force juridique",
}

_VERIFICATIONS = {
    Verification.READ_IN_SOURCE: "vérifié dans une copie du texte officiel",
    Verification.SECONDARY: "lu dans une source secondaire",
    Verification.UNVERIFIED: "non vérifié",
}

_ORIGINS = {
    Origin.MEASURED: "Mesuré",
    Origin.IMPORTED: "Mesuré, en partie importé",
    Origin.SUBSTITUTED: "Estimé",
    Origin.DECLARED: "Déclaré",
}

FRENCH = Wording(
    language="fr",
    abbreviations=ABBREVIATIONS,
    numbers=NumberStyle(
        decimal_mark=",",
        thousands_mark=_NARROW,
        unit_gap=_NARROW,
        percent_gap=_NARROW,
        units={"GWP": "PRG", "K.d": "°C·j"},
    ),
    dates=DateStyle(
        months=(
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ),
        first_of_month="1er",
        day="{day} {month} {year}",
        moment="{day} à {hour}",
    ),
    typography=_TYPOGRAPHY,
    sentences=_SENTENCES,
    site_reasons=_SITE_REASONS,
    verdicts=VERDICTS,
    reasons=REASONS,
    presence_reasons=PRESENCE_REASONS,
    duty_reasons=DUTY_REASONS,
    lacks=LACKS,
    proofs=PROOFS,
    unknown_facts=UNKNOWN_FACTS,
    legal_statuses=_LEGAL_STATUSES,
    verifications=_VERIFICATIONS,
    origins=_ORIGINS,
    authors=_AUTHORS,
    kpi=KPI_WORDS,
    not_measured=_NOT_MEASURED,
)
