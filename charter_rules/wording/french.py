"""French wording. Narrow no-break space before units, decimal comma, no-break colon."""

from charter_rules.facts import Author
from charter_rules.findings import LegalStatus, Verdict, Verification
from charter_rules.judging.applicability import (
    CoolingBefore,
    CoolingFrom,
    CreatedOrModifiedFrom,
    InZone,
    MinAiShare,
    MinFloorArea,
    MinRatedConnection,
    MinSiretItPower,
    TotalInputAbove,
    UnderIcpeRegime,
)
from charter_rules.judging.conditions import Comparison
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.law.availability import NotMeasured
from charter_rules.wording.language import DateStyle, NumberStyle, Sentences, SiteReasons, Wording
from models.kpi.words_fr import FRENCH as KPI_WORDS
from models.readings import Origin

_NARROW = "\u202f"
_WIDE = "\u00a0"

_SENTENCES = Sentences(
    asked="Demandé : {text}",
    source="Texte : {title}, {article} ({status} ; {verification}).",
    limit={
        Comparison.AT_MOST: "au plus {value}",
        Comparison.AT_LEAST: "au moins {value}",
        Comparison.BETWEEN: "entre {value} et {high}",
        Comparison.TREND: "une évolution d'au plus {value}",
    },
    threshold_since="Seuil : {limit}, applicable depuis le {day}.",
    threshold_from="Seuil : {limit}, applicable à partir du {day}.",
    threshold_not_published=(
        "Seuil : le texte demande cela depuis le {day}, mais son chiffre n’est pas publié ici."
    ),
    duty_since="Sans chiffre, applicable depuis le {day}.",
    duty_from="Sans chiffre, applicable à partir du {day}.",
    duty_yearly="Échéance : le {day}, sur l'année {year}.",
    threshold_repealed="Seuil : abrogé le {day}.",
    threshold_ended="Seuil : il ne vaut que pour un site jeune ; pour celui-ci, jusqu’au {day}.",
    will_become="Il devient {limit} le {day}.",
    will_be_repealed="Il est abrogé le {day}.",
    grace="Le texte laisse {months} mois après la mise en service ({entry}).",
    not_measured="Boucle ne sait pas encore mesurer cela : {reason}.",
    measured=(
        "{origin} : {label} = {value}{uncertainty} sur {window}, "
        "du {start} au {end}, couverture {coverage}."
    ),
    uncertainty=" ± {value} (k = 2)",
    margin_kept="Marge : {margin} du bon côté de la limite, bande de garde {guard}.",
    margin_missed="Écart : {margin} au-delà de la limite, bande de garde {guard}.",
    changed="Évolution par rapport à {against} : {change} ± {uncertainty} (k = 2).",
    declared="Fait, selon {author} ({day}) : {document}.",
    not_declared="Non fait, selon {author} ({day}) : {document}.",
    undated="sans date",
    points="points",
    guard_uncertainty="La bande de garde est l'incertitude élargie (JCGM 106).",
    indicative="Ce qui est mesuré ici n’est pas ce que juge le texte : {reason}",
    missing_inspection=(
        "Il faudrait une mesure par un organisme de contrôle, là où et comme le texte la demande."
    ),
    not_fixed="Le texte existe, mais son chiffre n’est pas fixé, ou n’est pas publié ici.",
    missing_figure="Il manque le chiffre du texte.",
    missing_check="Il faudrait qu’un contrôle le constate.",
    conclusion="Conclusion : {verdict}. {reason}",
    not_in_force="Le texte ne demande rien à ce site au {day}.",
    not_applicable="La règle ne concerne pas ce site : {reason}.",
    insufficient="Il manque de quoi juger : {lack}.",
    downgraded=(
        "La règle demande une mesure : une valeur d'origine « {origin} » "
        "ne suffit pas à prouver plus."
    ),
    doubted=(
        "Une valeur qui repose sur un compteur douteux ne prouve rien, ni dans un sens, "
        "ni dans l'autre."
    ),
    doubt="{meter} est douteux : {reason}.",
    named_meter="Le compteur {meter}",
    unnamed_meter="Un compteur derrière cette valeur",
    to_do="À faire : {text}",
    missing="{lack}.",
    missing_surer=(
        "Il faudrait une incertitude d'au plus {margin} (elle est de {guard}), "
        "ou une valeur plus éloignée de la limite."
    ),
    missing_further="Il faudrait un résultat à plus de {guard} de la limite.",
    missing_measurement="Il faudrait une mesure : ce qui est déclaré ou estimé ne prouve pas.",
    missing_repair="Il faut d'abord remettre le compteur en ordre : {meters}.",
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
    input_not_above="puissance totale appelée de {power}, le texte vise plus de {limit}",
    area_too_small="surface de {area}, le texte vise {limit} et plus",
    ai_share_too_low="part de calcul IA de {share}, le texte vise {limit} et plus",
    other_icpe_regime="le site ne relève pas du régime ICPE que vise le texte",
    off_level="le bruit ambiant mesuré, {level}, n'est pas dans la plage que vise le texte",
    other_zone="le site n'est pas dans une des zones visées ({zones})",
    public_only="le texte ne vise que les exploitants publics",
    private_only="le texte ne vise que les exploitants privés",
    exempt=(
        "le texte excepte les opérateurs d’importance vitale, la défense et la protection civile"
    ),
    exempt_only=(
        "le texte vise les seuls opérateurs d’importance vitale, défense et protection civile"
    ),
    other_noise_regime="le site relève d'un autre régime de bruit que celui du texte",
)

_VERDICTS = {
    Verdict.COMPLIANT: "conforme",
    Verdict.COMPLIANT_NOT_PROVEN: "conforme, sans preuve",
    Verdict.SUSPECTED: "dépassement suspecté",
    Verdict.BREACH: "non conforme",
    Verdict.DEVIATION: "écart au repère",
    Verdict.DECLARED_UNCHECKED: "déclaré, non vérifié",
    Verdict.LATE: "fait en retard",
    Verdict.NOT_HANDED_IN: "rien de reçu à l’échéance",
    Verdict.NOT_FIXED: "seuil non fixé",
    Verdict.INSUFFICIENT_DATA: "données insuffisantes",
    Verdict.NOT_APPLICABLE: "sans objet pour ce site",
    Verdict.NOT_IN_FORCE: "pas en vigueur",
}

_REASONS = {
    Verdict.COMPLIANT: "La valeur respecte la limite, bande de garde comprise.",
    Verdict.COMPLIANT_NOT_PROVEN: (
        "La valeur respecte la limite, mais de trop peu pour que ce soit prouvé."
    ),
    Verdict.SUSPECTED: (
        "La valeur est au-delà de la limite, mais de trop peu pour que ce soit établi."
    ),
    Verdict.BREACH: "La valeur est au-delà de la limite de plus que la bande de garde.",
    Verdict.DEVIATION: (
        "La valeur est au-delà du repère de plus que la bande de garde. Ce repère n’oblige pas ce "
        "site."
    ),
    Verdict.DECLARED_UNCHECKED: ("La valeur déclarée tient le seuil ; personne ne l’a vérifiée."),
}

_PRESENCE_REASONS = {
    Verdict.COMPLIANT: "L'indicateur est connu, avec la couverture demandée.",
    Verdict.COMPLIANT_NOT_PROVEN: "L'indicateur est connu, mais pas par une mesure.",
    Verdict.SUSPECTED: "L'indicateur n'est pas établi.",
    Verdict.BREACH: "Aucun compteur ne permet d'établir l'indicateur.",
    Verdict.DEVIATION: (
        "Aucun compteur ne permet d’établir l’indicateur ; ce repère n’oblige pas ce site."
    ),
}

_DUTY_REASONS = {
    Verdict.COMPLIANT: "Ce qui est demandé a été constaté par un contrôle.",
    Verdict.COMPLIANT_NOT_PROVEN: "Ce qui est demandé a été constaté, sans mesure à l’appui.",
    Verdict.SUSPECTED: "Ce qui est demandé semble ne pas être fait.",
    Verdict.BREACH: "Ce qui est demandé n’est pas fait.",
    Verdict.DECLARED_UNCHECKED: ("L’exploitant déclare que c’est fait ; personne ne l’a vérifié."),
    Verdict.LATE: "C’est fait, après l’échéance.",
    Verdict.NOT_HANDED_IN: "Rien n’est connu à ce sujet, et l’échéance est passée.",
    Verdict.DEVIATION: "Ce repère, qui n’oblige pas ce site, est déclaré non suivi.",
}

_UNKNOWN_FACTS: dict[type, str] = {
    TotalInputAbove: "la puissance totale appelée",
    MinSiretItPower: "la puissance informatique installée sous ce SIRET",
    MinRatedConnection: "la puissance de raccordement non redondante",
    CreatedOrModifiedFrom: "la date de la dernière modification d’ampleur",
    CoolingBefore: "la date de mise en service du froid",
    CoolingFrom: "la date de mise en service du froid",
    MinFloorArea: "la surface",
    MinAiShare: "la part de calcul IA",
    UnderIcpeRegime: "le régime ICPE",
    InZone: "la zone",
}

_LACKS = {
    MissingEvidence.NO_RESULT: "aucun résultat n'est calculé pour cet indicateur sur cette fenêtre",
    MissingEvidence.NO_VALUE: "l'indicateur n'a pas de valeur ({detail})",
    MissingEvidence.IMPOSSIBLE: (
        "la valeur est impossible ({value}) : un compteur, une unité ou une déclaration est fausse"
    ),
    MissingEvidence.SHORT_WINDOW: "la fenêtre compte {hours}, il en faut {needed}",
    MissingEvidence.LOW_COVERAGE: "la couverture est de {coverage}, il faut {needed}",
    MissingEvidence.NO_UNCERTAINTY: "l'incertitude de la valeur n'est pas connue",
    MissingEvidence.NO_LEVEL: (
        "le niveau ambiant, qui décide si la règle s'applique, n'est pas connu"
    ),
    MissingEvidence.NO_EARLIER_RESULT: "la valeur de {against}, point de départ, n'est pas connue",
    MissingEvidence.NO_DECLARATION: "aucune déclaration de l'exploitant n'est connue",
    MissingEvidence.UNKNOWN_FACT: "un fait du site n'est pas connu : {fact}",
}

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
    LegalStatus.EU_LAW: "droit de l'Union",
    LegalStatus.EU_ADOPTED_NOT_IN_FORCE: "texte de l'Union adopté, pas en vigueur",
    LegalStatus.FOREIGN_LAW: "droit étranger, repère sans force ici",
    LegalStatus.VOLUNTARY: "engagement volontaire",
    LegalStatus.CITY_PROPOSAL: "proposition pour la charte, sans force juridique",
}

_VERIFICATIONS = {
    Verification.READ_IN_SOURCE: "lu dans le texte",
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
    numbers=NumberStyle(
        decimal_mark=",", thousands_mark=_NARROW, unit_gap=_NARROW, percent_gap=_NARROW
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
    spacing={
        " :": f"{_WIDE}:",
        " ;": f"{_NARROW};",
        " !": f"{_NARROW}!",
        " ?": f"{_NARROW}?",
        "« ": f"«{_NARROW}",
        " »": f"{_NARROW}»",
    },
    sentences=_SENTENCES,
    site_reasons=_SITE_REASONS,
    verdicts=_VERDICTS,
    reasons=_REASONS,
    presence_reasons=_PRESENCE_REASONS,
    duty_reasons=_DUTY_REASONS,
    lacks=_LACKS,
    unknown_facts=_UNKNOWN_FACTS,
    legal_statuses=_LEGAL_STATUSES,
    verifications=_VERIFICATIONS,
    origins=_ORIGINS,
    authors=_AUTHORS,
    kpi=KPI_WORDS,
    not_measured=_NOT_MEASURED,
)
