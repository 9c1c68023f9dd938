"""French words of the verdicts: their names, their reasons, and what would prove more."""

from charter_rules.findings import Verdict
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
from charter_rules.judging.outcome import MissingEvidence

VERDICTS = {
    Verdict.COMPLIANT: "conforme",
    Verdict.COMPLIANT_NOT_PROVEN: "conformité non démontrée",
    Verdict.SUSPECTED: "non-conformité suspectée",
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

REASONS = {
    Verdict.COMPLIANT: "La valeur respecte la limite, bande de garde comprise.",
    Verdict.COMPLIANT_NOT_PROVEN: (
        "La valeur respecte la limite, mais de trop peu pour que ce soit prouvé."
    ),
    Verdict.SUSPECTED: (
        "La valeur ne respecte pas la limite, mais de trop peu pour que ce soit établi."
    ),
    Verdict.BREACH: "La valeur ne respecte pas la limite, de plus que la bande de garde.",
    Verdict.DEVIATION: (
        "La valeur ne respecte pas le repère, de plus que la bande de garde. Ce repère n’oblige "
        "pas ce site."
    ),
    Verdict.DECLARED_UNCHECKED: "La valeur déclarée respecte la limite ; personne ne l’a vérifiée.",
}

PRESENCE_REASONS = {
    Verdict.COMPLIANT: "L’indicateur est connu, avec la couverture demandée.",
    Verdict.COMPLIANT_NOT_PROVEN: "L’indicateur est connu, mais pas par une mesure.",
    Verdict.SUSPECTED: "L’indicateur n’est pas établi.",
    Verdict.BREACH: "Aucun compteur ne permet d’établir l’indicateur.",
    Verdict.DEVIATION: (
        "Aucun compteur ne permet d’établir l’indicateur ; ce repère n’oblige pas ce site."
    ),
}

DUTY_REASONS = {
    Verdict.COMPLIANT: "Ce qui est demandé a été constaté par un contrôle.",
    Verdict.COMPLIANT_NOT_PROVEN: "Ce qui est demandé a été constaté, sans mesure à l’appui.",
    Verdict.SUSPECTED: "Ce qui est demandé semble ne pas être fait.",
    Verdict.BREACH: "Ce qui est demandé n’est pas fait.",
    Verdict.DECLARED_UNCHECKED: ("L’exploitant déclare que c’est fait ; personne ne l’a vérifié."),
    Verdict.LATE: "C’est fait, après l’échéance.",
    Verdict.NOT_HANDED_IN: "Rien n’est connu à ce sujet, et l’échéance est passée.",
    Verdict.DEVIATION: "Ce repère, qui n’oblige pas ce site, est déclaré non suivi.",
}

UNKNOWN_FACTS: dict[type, str] = {
    TotalInputAbove: "la puissance d’entrée assignée totale",
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

LACKS = {
    MissingEvidence.NO_RESULT: "aucun résultat n’est calculé pour cet indicateur sur cette fenêtre",
    MissingEvidence.NO_VALUE: "l’indicateur n’a pas de valeur ({detail})",
    MissingEvidence.IMPOSSIBLE: (
        "la valeur est impossible ({value}) : un compteur, une unité ou une déclaration est fausse"
    ),
    MissingEvidence.SHORT_WINDOW: "la fenêtre compte {hours}, il en faut {needed}",
    MissingEvidence.LOW_COVERAGE: "la couverture est de {coverage}, il faut {needed}",
    MissingEvidence.NO_UNCERTAINTY: "l’incertitude de la valeur n’est pas connue",
    MissingEvidence.NO_LEVEL: (
        "le niveau ambiant, qui décide si la règle s’applique, n’est pas connu"
    ),
    MissingEvidence.NO_EARLIER_RESULT: "la valeur de {against}, point de départ, n’est pas connue",
    MissingEvidence.NO_DECLARATION: "aucune déclaration de l’exploitant n’est connue",
    MissingEvidence.UNKNOWN_FACT: "un fait du site n’est pas connu : {fact}",
}

PROOFS = {
    MissingEvidence.NO_RESULT: "Il faudrait que cet indicateur soit mesuré, ou déclaré.",
    MissingEvidence.NO_VALUE: "Il faudrait de quoi calculer l’indicateur sur toute la période.",
    MissingEvidence.IMPOSSIBLE: "Il faudrait une valeur possible, une fois l’erreur trouvée.",
    MissingEvidence.SHORT_WINDOW: "Il faudrait attendre que la période soit assez longue.",
    MissingEvidence.LOW_COVERAGE: (
        "Il faudrait retrouver les relevés manquants, ou attendre une période mieux couverte."
    ),
    MissingEvidence.NO_UNCERTAINTY: (
        "Il faudrait la classe de chaque compteur, ou l’incertitude de la valeur déclarée."
    ),
    MissingEvidence.NO_LEVEL: "Il faudrait une mesure du niveau ambiant.",
    MissingEvidence.NO_EARLIER_RESULT: (
        "Il faudrait cette valeur ancienne, mesurée, ou déclarée avec son document."
    ),
    MissingEvidence.NO_DECLARATION: (
        "Il faudrait une déclaration avec son document, et qu’un contrôle le constate."
    ),
    MissingEvidence.UNKNOWN_FACT: "Il faudrait que l’exploitant déclare ce fait, pièce à l’appui.",
}
