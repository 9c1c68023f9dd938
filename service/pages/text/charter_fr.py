"""French words of the charter: its page, breaches, suspicions."""

CHARTER_FRENCH = {
    "charter_title": "Charte : chaque règle, son verdict, ses raisons",
    "charter_link": "Tous les verdicts, avec leurs raisons, leurs textes et leurs preuves",
    "live_link": "Page en direct",
    "charter_intro": (
        "Chaque règle dit ce qui est demandé et par quel texte, ce qui a été mesuré et avec quelle "
        "incertitude, et ce qui manque pour le prouver. Un texte marqué ⚠ n’a pas été lu dans sa "
        "source officielle. Seules les règles dites « obligation » lient les sites en France."
    ),
    "axis_renewables": "Énergies renouvelables",
    "axis_ai": "Salles d’IA",
    "axis_refrigerants": "Fluides frigorigènes",
    "axis_reporting": "Déclarations",
    "severity_obligation": "obligation",
    "severity_benchmark": "repère",
    "colon": "\u00a0:",
    "to_prove": "Pour le prouver",
    "provenance": "Origine et preuves",
    "rule_version": "Version de la règle",
    "figure_since": "Applicable au site depuis",
    "figure_from": "Applicable au site à partir du",
    "figure_never": "Plus applicable",
    "published_on": "Texte publié le",
    "window_and_coverage": "Période et couverture",
    "data_origin": "Origine des données",
    "european_rating": "Classement européen",
    "decision_rule": "Règle de décision",
    "decision_guarded_k2": "bande de garde égale à l’incertitude élargie, k = 2 (JCGM 106)",
    "decision_fixed_band": "bande de garde fixée par un texte",
    "decision_stated": "fait constaté ou déclaré, rien n’est pesé",
    "known_on": "Données connues au",
    "code_version": "Programme",
    "as_data": "ces verdicts en données (JSON)",
    "not_here": "Règles sans effet sur ce site aujourd’hui",
    "counts": "Nombre de règles par verdict",
    "breaches": "Dépassements suivis",
    "no_breaches": "Aucun dépassement n’est ouvert ni en attente.",
    "breach_caption": (
        "Un dépassement s’ouvre quand le verdict tient assez longtemps ; une donnée manquante ne "
        "l’ouvre ni ne le ferme"
    ),
    "breach_state": "État",
    "breach_since": "Depuis",
    "breach_deadline": "Remède avant le",
    "breach_worst": "Pire écart",
    "breach_pending": "en attente",
    "breach_open": "ouvert",
    "breach_acknowledged": "pris en charge",
    "breach_justified": "dérogation",
    "breach_resolved": "résolu",
    "breach_reopened": "rouvert",
    "breach_late": "délai dépassé",
    "breach_plan": "Plan : {plan}",
    "breach_derogation": "{ground}, jusqu’au {until}, {document}",
    "breach_trail": "journal",
    "early_warning": "Alerte anticipée",
    "expected_verdict": "Verdict attendu au 31 décembre {year}",
    "suspicions": "Recoupements",
    "suspicions_note": (
        "Des indices à vérifier, jamais des verdicts : chacun peut avoir une cause honnête."
    ),
    "no_suspicions": "Aucun recoupement ne signale d’anomalie.",
}
