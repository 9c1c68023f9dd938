"""French. Narrow no-break space before ; ? ! and units, no-break space before the colon."""

from typing import Final

from service.dashboards.text.words import PanelWords

NO_VALUE: Final = "inconnu"
BOARDS: Final = {
    "operator": PanelWords(
        "Boucle : exploitation",
        "Ce qui tourne, ce qui est en panne, et où en sont PUE, WUE et ERF.",
    ),
    "heat": PanelWords(
        "Boucle : chaleur récupérée",
        "Combien de chaleur est livrée, à quelle température, et ce qui reste.",
    ),
    "collectors": PanelWords(
        "Boucle : collecteurs",
        "Équipements, interrogations, horloges, et relevés en attente sur disque.",
    ),
    "charter": PanelWords(
        "Boucle : charte de tous les sites",
        "Verdict de chaque règle sur chaque site, marges, dépassements.",
    ),
    "program": PanelWords(
        "Boucle : le logiciel", "Mémoire, fichiers, requêtes, évaluation et collecte des mesures."
    ),
}
ROWS: Final = {
    "state": "État des programmes",
    "breaches": "Dépassements en cours",
    "kpis": "Indicateurs, incertitude et limites",
    "data": "Données",
    "history": "Historique, tiré de la base de données",
    "heat_now": "En ce moment",
    "heat_figures": "Chiffres de la fenêtre",
    "heat_chain": "Chaîne de chaleur",
    "devices": "Équipements",
    "polls": "Interrogations et horloges",
    "spool": "En route vers la base de données",
    "verdicts": "Verdicts",
    "margins": "Distance aux limites",
    "processes": "Processus",
    "http": "Requêtes",
    "evaluation": "Évaluation et base de données",
    "scrapes": "Collecte par Prometheus",
    "sites": "Sites",
}
_UNCERTAINTY: Final = (
    "En tirets : le chiffre moins et plus son incertitude élargie (k = 2). En rouge : ce que "
    "demande chaque règle, dans sa propre fenêtre. Un trou : le chiffre n’est pas donné."
)
_CLOSED: Final = (
    "Périodes closes, en temps légal de Paris, telles qu’elles sont tenues pour justes "
    "aujourd’hui. En tirets : incertitude élargie (k = 2)."
)
_MARGIN: Final = "Distance à la limite de chaque règle ; négative au-delà."
PANELS: Final = {
    "programs_up": PanelWords(
        "Programmes joints",
        "Si Prometheus joint chaque programme. Inconnu : aucune tâche de ce nom.",
    ),
    "database_up": PanelWords(
        "Base de données",
        "Si elle répond à chaque programme ; en attendant, les relevés sont gardés sur disque.",
    ),
    "figures_age": PanelWords(
        "Âge des chiffres",
        "Temps écoulé depuis le calcul des chiffres affichés ; en retard à partir de 10 s.",
    ),
    "collector_age": PanelWords(
        "Dernier signe du collecteur",
        "Tel que la base de données l’a reçu ; en retard à partir de 20 s.",
    ),
    "breaches_count": PanelWords(
        "Nombre de dépassements", "Dépassements et écarts ouverts et non résolus."
    ),
    "breaches_standing": PanelWords(
        "Dépassements en cours",
        "La règle renvoie à sa page : chiffre, source et explication.",
    ),
    "pue_now": PanelWords(
        "PUE", f"Énergie du centre de données sur celle de l’informatique. {_UNCERTAINTY}"
    ),
    "wue_now": PanelWords("WUE", f"Eau sur énergie de l’informatique. {_UNCERTAINTY}"),
    "erf_now": PanelWords(
        "ERF", f"Chaleur réutilisée sur énergie du centre de données. {_UNCERTAINTY}"
    ),
    "ere_now": PanelWords("ERE", f"PUE, chaleur réutilisée déduite. {_UNCERTAINTY}"),
    "recovered_heat_now": PanelWords(
        "Chaleur récupérée", f"Chaleur livrée dans la fenêtre. {_UNCERTAINTY}"
    ),
    "seasonal_factor_now": PanelWords(
        "Facteur saisonnier", f"Chaleur des pompes sur leur électricité. {_UNCERTAINTY}"
    ),
    "delivered_temperature_now": PanelWords(
        "Température livrée", f"Moyenne pondérée par la chaleur. {_UNCERTAINTY}"
    ),
    "kpi_coverage": PanelWords(
        "Couverture",
        "Part de la fenêtre où toutes les entrées d’un indicateur sont connues ensemble.",
    ),
    "site_table": PanelWords("Sites", "Qui ils sont, où, et la charte de chacun."),
    "kpi_withheld": PanelWords(
        "Indicateurs sans chiffre, ou douteux",
        "Sans chiffre dans cette fenêtre, et pourquoi ; ou fondés sur un compteur douteux.",
    ),
    "data_age": PanelWords(
        "Données les plus anciennes",
        "Âge du dernier relevé des dix équipements les plus en retard.",
    ),
    "devices_not_well": PanelWords(
        "Équipements en difficulté",
        "Équipements qui ne répondent pas entièrement, et depuis quand.",
    ),
    "points_not_good": PanelWords(
        "Points qui ne sont pas bons",
        "Combien de points d’un équipement ont un relevé de quelle qualité.",
    ),
    "registers_frozen": PanelWords(
        "Index immobiles", "Compteurs qui devraient avancer et ne le font pas, et depuis quand."
    ),
    "meters_in_doubt": PanelWords(
        "Compteurs douteux",
        "Pourquoi un compteur n’est pas cru, ou quel défaut son bilan désigne.",
    ),
    "pue_by_day": PanelWords("PUE par jour", _CLOSED),
    "pue_by_month": PanelWords("PUE par mois", _CLOSED),
    "wue_by_day": PanelWords("WUE par jour", _CLOSED),
    "wue_by_month": PanelWords("WUE par mois", _CLOSED),
    "erf_by_day": PanelWords("ERF par jour", _CLOSED),
    "erf_by_month": PanelWords("ERF par mois", _CLOSED),
    "recovered_heat_by_day": PanelWords("Chaleur récupérée par jour", _CLOSED),
    "recovered_heat_by_month": PanelWords("Chaleur récupérée par mois", _CLOSED),
    "delivered_temperature_by_day": PanelWords("Température livrée par jour", _CLOSED),
    "delivered_temperature_by_month": PanelWords("Température livrée par mois", _CLOSED),
    "heat_rate": PanelWords(
        "Chaleur livrée, d’après les index",
        "Vitesse de l’index de chaque compteur de livraison. Un trou : le compteur est muet.",
    ),
    "heat_power": PanelWords(
        "Puissance thermique",
        "Telle que la donne chaque équipement : compteurs, pompes à chaleur, groupes froids.",
    ),
    "heat_temperatures": PanelWords(
        "Températures", "Des équipements qui mesurent une puissance thermique : départ et retour."
    ),
    "heat_differences": PanelWords(
        "Écarts de température", "Entre départ et retour, tels que les donnent les compteurs."
    ),
    "heat_flows": PanelWords("Débits", "Des équipements qui mesurent une puissance thermique."),
    "unrecovered_heat": PanelWords(
        "Chaleur non récupérée", "Chaleur rejetée alors que les preneurs en demandaient."
    ),
    "exchanger_clean": PanelWords(
        "Échangeur", "UA de l’échangeur de livraison sur celui de l’échangeur propre, à débit égal."
    ),
    "exchanger_cleaning": PanelWords(
        "Nettoyer l’échangeur avant le",
        "S’il s’encrasse au même rythme ; inconnu tant qu’aucun encrassement n’est prouvé.",
    ),
    "heat_disagree": PanelWords(
        "Deux chiffres d’un compteur",
        "Si son index d’une part, débit et températures de l’autre se contredisent.",
    ),
    "balances_open": PanelWords(
        "Bilans qui ne bouclent pas",
        "Nœuds où ce qui entre n’est pas ce qui sort, sur sept jours.",
    ),
    "devices_by_state": PanelWords(
        "Équipements par état", "Combien d’équipements sont dans quel état."
    ),
    "last_poll_age": PanelWords(
        "Dernière interrogation", "Depuis la fin de la plus récente, tous équipements confondus."
    ),
    "device_table": PanelWords(
        "Équipements",
        "Nom, profil et liaison de chacun, son état, et sa dernière réponse complète.",
    ),
    "device_states": PanelWords(
        "État des équipements",
        "Au fil du temps ; un trou : Prometheus n’a pas joint le collecteur.",
    ),
    "polls": PanelWords("Interrogations", "De chaque équipement."),
    "poll_time": PanelWords("Durée d’une interrogation", "En moyenne."),
    "poll_failures": PanelWords(
        "Interrogations en échec", "Part des interrogations qui n’ont rien rapporté."
    ),
    "refused_points": PanelWords(
        "Points refusés",
        "Points que l’équipement refuse, laissés de côté jusqu’au prochain essai.",
    ),
    "split_blocks": PanelWords(
        "Blocs divisés", "Blocs lus en morceaux, parce que l’équipement refuse le tout."
    ),
    "clock_offset": PanelWords(
        "Horloges des équipements",
        "Avance de l’horloge d’un équipement sur celle du collecteur.",
    ),
    "clock_in_doubt": PanelWords(
        "Horloge douteuse", "Les relevés sont incertains : l’horloge de la machine a été déplacée."
    ),
    "clock_steps": PanelWords(
        "Horloge déplacée",
        "Fois où l’horloge de la machine du collecteur a été déplacée, dans le temps affiché.",
    ),
    "reload_failed": PanelWords(
        "Fichier de site refusé",
        "L’ancien fichier de site reste en service, parce que le nouveau a été refusé.",
    ),
    "stretch": PanelWords(
        "Étirement",
        "Combien de fois les interrogations sont plus espacées que prévu, pour une base de "
        "données lente. 1 est normal.",
    ),
    "left_out": PanelWords(
        "Interrogations sautées",
        "Parce que la base de données prend moins que ce qui est interrogé.",
    ),
    "spool_readings": PanelWords("Relevés en attente", "Sur disque, et en mémoire avant cela."),
    "spool_bytes": PanelWords(
        "Taille de ce qui attend", "Et la taille à partir de laquelle les plus anciens sont perdus."
    ),
    "spool_age": PanelWords("Plus ancien relevé en attente", "Inconnu : aucun n’attend."),
    "readings_rate": PanelWords(
        "Relevés", "Mis en sûreté sur disque, et enregistrés dans la base de données."
    ),
    "readings_dropped": PanelWords(
        "Perdus", "Relevés perdus dans le temps affiché ; il n’en faut aucun."
    ),
    "readings_refused": PanelWords(
        "Refusés pour de bon",
        "Relevés que la base de données refuse pour de bon, dans le temps affiché.",
    ),
    "readings_lost": PanelWords(
        "Perdus dans des fichiers abîmés", "Relevés en attente qui n’ont pu être sauvés."
    ),
    "disk_refused": PanelWords("Disque en refus", "Le disque ne prend plus de relevés."),
    "adoption_needed": PanelWords(
        "Adoption nécessaire",
        "Une copie restaurée de la base de données répond : voir boucle spool adopt.",
    ),
    "rules_missed": PanelWords("Non tenues", "Règles avec un dépassement ou un écart prouvé."),
    "rules_undecided": PanelWords(
        "Indécises", "Règles trop près de la limite pour une preuve, ou sans assez de données."
    ),
    "rules_kept": PanelWords("Tenues", "Règles tenues, preuve à l’appui."),
    "rules_late": PanelWords("Remèdes en retard", "Dépassements dont le délai est passé."),
    "verdict_matrix": PanelWords(
        "Règles et sites",
        "Verdict du jour de chaque règle sur chaque site. La règle renvoie à sa page.",
    ),
    "rule_table": PanelWords("Règles", "Ce que vise chaque règle, et son verdict du jour."),
    "verdicts_over_time": PanelWords(
        "Verdicts au fil du temps", "Combien de règles ont quel verdict."
    ),
    "margins_ratio": PanelWords("Marges : rapports", _MARGIN),
    "margins_cubic_meters_per_joule": PanelWords("Marges : eau", _MARGIN),
    "margins_dba": PanelWords("Marges : bruit", _MARGIN),
    "margins_joules": PanelWords("Marges : énergie", _MARGIN),
    "margins_celsius": PanelWords("Marges : température", _MARGIN),
    "forecast_breach": PanelWords(
        "Limites en fin d’année", "Probabilité que la limite d’un indicateur soit alors franchie."
    ),
    "breach_states": PanelWords("Dépassements en cours", "État, début, et délai du remède."),
    "verdict_history": PanelWords("Verdicts par jour", "Le dernier verdict de chaque jour légal."),
    "breach_history": PanelWords(
        "Dépassements",
        "Ceux qui ont commencé dans le temps affiché, et tous ceux qui ne sont pas résolus.",
    ),
    "revised_figures": PanelWords(
        "Chiffres révisés",
        "Chiffres clos qui ont changé à l’arrivée de relevés tardifs.",
    ),
    "versions": PanelWords("Versions", "Version de chaque programme et de son Python."),
    "uptime": PanelWords("En marche depuis", "Âge de chaque processus."),
    "memory": PanelWords("Mémoire", "Mémoire résidente de chaque processus."),
    "cpu": PanelWords("Processeur", "Part d’un cœur que prend chaque processus."),
    "files": PanelWords("Fichiers ouverts", "Fichiers et connexions que tient chaque processus."),
    "http_requests": PanelWords("Requêtes", "Par chemin et code de la réponse."),
    "http_duration": PanelWords(
        "Durée d’une réponse",
        "95 % des requêtes reçoivent la leur en moins de temps ; flux d’événements exclus.",
    ),
    "http_bytes": PanelWords("Octets envoyés", "Par chemin, flux d’événements compris."),
    "event_streams": PanelWords("Flux d’événements", "Pages ouvertes et alimentées en direct."),
    "database_connections": PanelWords(
        "Connexions à la base de données",
        "Occupées par une demande du passé, ou libres ; et leur maximum.",
    ),
    "evaluation_duration": PanelWords(
        "Durée d’une évaluation", "95 % des passages de chaque partie prennent moins."
    ),
    "evaluation_age": PanelWords(
        "Dernière réussite", "Temps écoulé depuis la dernière de chaque partie de l’évaluation."
    ),
    "evaluation_failures": PanelWords(
        "Attentes de la base de données",
        "Combien de fois une partie de l’évaluation a dû l’attendre.",
    ),
    "evaluation_at_work": PanelWords(
        "Au travail", "Processus qui évaluent le site : un seul, les autres se tiennent prêts."
    ),
    "evaluation_up": PanelWords(
        "Évaluation", "Si des chiffres sont écrits, vu des serveurs de pages."
    ),
    "database_by_program": PanelWords(
        "Base de données par programme", "Si elle répond à chacun, au fil du temps."
    ),
    "ready": PanelWords(
        "Serveurs prêts", "Si une première évaluation est parvenue à chaque serveur de pages."
    ),
    "scrape_up": PanelWords("Collecte", "Si Prometheus joint chaque processus."),
    "scrape_duration": PanelWords("Durée d’une collecte", "Combien de temps Prometheus a attendu."),
    "scrape_samples": PanelWords(
        "Séries d’une collecte", "Combien de séries montre chaque processus."
    ),
}
VARIABLES: Final = {
    "datasource": "Prometheus",
    "sql": "Base de données",
    "site": "Site",
    "window": "Fenêtre",
    "device": "Équipement",
}
MARKS: Final = {
    "breaches": "Dépassements",
    "imports": "Importations",
    "holds": "Conservations",
    "journal": "Journal",
}
COLUMNS: Final = {
    "site": "Site",
    "rule": "Règle",
    "device": "Équipement",
    "meter": "Compteur",
    "window": "Fenêtre",
    "since": "Depuis",
    "title": "Objet",
    "severity": "Gravité",
    "began": "Début",
    "noticed": "Constaté",
    "opened": "Ouvert",
    "resolved": "Résolu",
    "deadline": "Délai",
    "late": "En retard",
    "kpi": "Indicateur",
    "reason": "Raison",
    "fault": "Défaut",
    "state": "État",
    "quality": "Qualité",
    "points": "Points",
    "disagrees": "Contradiction",
    "profile": "Profil",
    "link": "Liaison",
    "protocol": "Protocole",
    "answered": "Dernière réponse",
    "verdict": "Verdict",
    "axis": "Axe",
    "legal_status": "Valeur juridique",
    "value": "Valeur",
    "threshold": "Limite",
    "unit": "Unité",
    "revised": "Révisé",
    "span": "Période",
    "start": "À partir du",
    "before": "Avant",
    "after": "Après",
    "program": "Programme",
    "instance": "Instance",
    "version": "Version",
    "python": "Python",
    "doubtful": "Douteux",
    "name": "Nom",
    "operator": "Exploitant",
    "city": "Ville",
    "zone": "Zone",
    "charter": "Charte",
    "simulated": "Simulé",
}
STATES: Final = {
    "up": "répond",
    "down": "ne répond pas",
    "yes": "oui",
    "no": "non",
    "device.ok": "répond",
    "device.degraded": "répond en partie",
    "device.starting": "démarre",
    "device.lost": "perdu",
}
LINKS: Final = {
    "boards": "Tableaux de bord de Boucle",
    "page": "Page de Boucle",
    "charter": "La règle en entier",
    "api": "API",
}
