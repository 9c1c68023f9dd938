"""French. Narrow no-break space before ; ? ! and units, no-break space before the colon."""

FRENCH = {
    "skip": "Aller au contenu",
    "other_language": "English",
    "live": "En direct",
    "oldest": "donnée la plus ancienne : {age}",
    "no_live_data": "aucune donnée récente",
    "simulated": (
        "Installation simulée : les équipements et tous les chiffres de cette page viennent "
        "d’un modèle."
    ),
    "store_away": (
        "La base de données ne répond pas. Les valeurs ci-dessous datent d’avant la coupure ; "
        "les relevés sont gardés sur disque."
    ),
    "evaluation_late": (
        "Le calcul s’est arrêté. Les valeurs ci-dessous datent de {moment} ; les relevés "
        "continuent d’être enregistrés."
    ),
    "no_water": "aucune eau sur {window}",
    "other_rule": "{title} : {verdict}",
    "raw_error": "Détail technique, en anglais",
    "quoted": "« {text} »",
    "meter_standing": (
        "L’index de {meter} n’avance plus depuis {moment}, alors qu’il devrait compter."
    ),
    "not_trusted": "Chiffres à ne pas croire : {kpis}.",
    "collector_silent": (
        "Le collecteur ne donne plus signe de vie depuis {age} : les valeurs vieillissent."
    ),
    "readings_dropped": (
        "{n} relevés perdus : la file d’attente sur disque était pleine ou endommagée."
    ),
    "polls_slowed": (
        "La base de données ne suit pas : les compteurs sont lus {n} fois moins souvent que prévu."
    ),
    "lost": "Connexion perdue. Les valeurs ci-dessous ne sont plus mises à jour",
    "not_live": "Interrompu",
    "not_ready": "Première évaluation en cours. Cette page se remplira d’elle-même.",
    "charter_day": "charte « {charter} », état au {day}",
    "axes": "Les quatre axes de la charte",
    "axis_energy": "Énergie",
    "axis_heat": "Chaleur",
    "axis_water": "Eau",
    "axis_noise": "Bruit",
    "range": "de {low} à {high}",
    "not_in_window": "sans objet sur cette période",
    "now": "maintenant",
    "coverage": "couverture {value}",
    "limit": "limite {sign} {value} ({rule})",
    "no_limit": "aucune limite en vigueur",
    "chart_pue": "PUE des 24 dernières heures",
    "chart_heat": "Chaleur livrée par heure, 24 dernières heures",
    "chart_wue": "WUE par mois, 12 derniers mois",
    "chart_noise": "Émergence des 14 dernières nuits",
    "chart_range": "{title} : de {low} à {high}",
    "chart_empty": "{title} : pas encore de valeurs",
    "flow": "Flux d’énergie maintenant",
    "flow_alt": "Du réseau aux usages, puis de la chaleur au quartier ou à l’air, en kW",
    "grid": "Réseau",
    "generator": "Groupe électrogène",
    "photovoltaic": "Solaire",
    "it": "Serveurs",
    "cooling": "Froid",
    "heat_pump": "Pompes à chaleur",
    "general": "Services généraux",
    "other_loads": "Charges de tiers",
    "export": "Rendu au réseau",
    "losses": "Pertes électriques",
    "heat_rejected": "Rejeté à l’air",
    "electricity_in": "Électricité reçue",
    "uses": "Usages",
    "heat_out": "Chaleur sortante",
    "supply_return": "{supply} aller, {back} retour",
    "heat_chain": "Chaîne de chaleur",
    "heat_pump_n": "Pompe à chaleur {n}",
    "stopped": "à l’arrêt",
    "pump_silent": "ne répond plus",
    "outdoor": "Température extérieure",
    "delivered_today": "Livré aujourd’hui",
    "delivered_month": "Livré ce mois",
    "kpis": "Indicateurs",
    "kpi": "Indicateur",
    "kpis_caption": (
        "Valeur ± incertitude élargie (k = 2), et part de la période couverte par tous les "
        "compteurs à la fois"
    ),
    "kpi_category": "catégorie {n}",
    "bridged": "dont {value} reconstitués par les index",
    "imported": "historique importé",
    "measured_live": "mesuré",
    "charter": "Charte : verdicts",
    "rule": "Règle",
    "measured": "Mesuré",
    "threshold": "Seuil",
    "requirement": "Exigence",
    "margin": "Marge",
    "verdict": "Verdict",
    "why": "Explication",
    "elsewhere": "Règles sans effet sur ce site aujourd’hui ({count})",
    "verdicts_caption": "Règles qui s’appliquent aujourd’hui",
    "elsewhere_caption": "Règles qui ne s’appliquent pas, ou pas encore",
    "not_published": "seuil non fixé",
    "devices": "Équipements",
    "devices_summary": "{ok} en bonne santé sur {count}",
    "devices_all_ok": "Tous les équipements répondent.",
    "devices_ok": "En bonne santé",
    "state_starting": "démarrage",
    "state_ok": "répond",
    "state_degraded": "répond en partie",
    "state_lost": "ne répond plus",
    "stale_points": "mesures trop anciennes : {stale} sur {count}",
    "last_ok": "dernière réponse {age}",
    "taken_in_charge": "pris en charge par {name} {age} : {note}",
    "last_well": "en ordre pour la dernière fois {age}",
    "never_well": "pas encore en ordre",
    "never_ok": "jamais répondu",
    "failures": "échecs : {n}",
    "to_check": "À vérifier : {what}.",
    "left_out": "sans {device} : {why}",
    "ago_s": "il y a {n} s",
    "ago_min": "il y a {n} min",
    "ago_h": "il y a {n} h",
    "ago_d": "il y a {n} j",
    "s": "{n} s",
    "min": "{n} min",
    "h": "{n} h",
    "d": "{n} j",
    "missing": "valeur absente",
    "not_all_public": "Seul ce que ce site rend public est affiché : le reste manque ici.",
    "heat_state": "État de la chaîne de chaleur",
    "statement": "Relevé de chaleur du mois",
    "of_carnot": "{cop} ({share} de l’idéal)",
    "exchanger": "Échangeur",
    "fouling": "Encrassement",
    "fouling_unknown": "pas assez de relevés",
    "fouling_none": ("échangeur à {share} de son état propre ; encrassement possible, non établi"),
    "fouling_now": "échangeur à {share} de son état propre : nettoyage à prévoir",
    "fouling_days": (
        "échangeur à {share} de son état propre ; à nettoyer dans {days} j (au plus tôt {earliest})"
    ),
    "missed_heat": "Chaleur manquée",
    "two_figures": "Second calcul : {name}",
    "figures_agree": "écart {difference}, dans l’incertitude",
    "figures_disagree": "écart {difference}, au-delà de l’incertitude",
    "outlook": "Prévision au {day}",
    "outlook_caption": "Valeur de l’année civile, médiane et intervalle à 95 %, si rien ne change",
    "expected": "Attendu",
    "interval": "Intervalle",
    "chance": "Risque",
    "breach_chance": "dépassement : {share}",
    "shortfall_chance": "sous le minimum : {share}",
    "crossed_on": "vers le {day}",
    "still_to_deliver": "reste à livrer {heat} ({power} en moyenne)",
    "no_forecast_too_few_days": "trop peu de jours connus",
    "no_forecast_no_season": "moins d’une année de météo",
    "no_forecast_low_coverage": "trop de jours inconnus cette année",
    "shift_more": (
        "Depuis le {day}, {size} de plus par jour que ne l’expliquent la météo et la charge."
    ),
    "shift_less": (
        "Depuis le {day}, {size} de moins par jour que ne l’expliquent la météo et la charge."
    ),
    "balances": "Cohérence des compteurs",
    "balances_unknown": "pas encore assez de relevés",
    "balances_untested": "des compteurs manquent : pas de test d’ensemble",
    "balances_fine": "les compteurs concordent (test du χ², p : {p})",
    "balances_gross": "les compteurs ne concordent pas (test du χ², p : {p})",
    "no_suspects": "Aucun compteur n’est suspect sur les sept derniers jours.",
    "balances_detail": "Bilans de la semaine",
    "balances_caption": "Ce qui entre moins ce qui sort, sur sept jours",
    "node": "Nœud",
    "residual": "Écart",
    "allowed": "Admis",
    "at_least": "au moins {low}",
    "balance_balanced": "équilibré",
    "balance_lost": "trop de pertes",
    "balance_gained": "sort plus qu’il n’entre",
    "balance_unknown": "inconnu",
    "since": "depuis le {day}",
    "factor": "facteur correctif {value}",
    "drifted": "dérive de {share}",
    "ambiguous": "plusieurs explications possibles",
    "fault_missing": "ne donne plus de relevés",
    "fault_dead": "compteur arrêté",
    "fault_repeated": "répète la veille",
    "fault_doubled": "compté deux fois",
    "fault_swapped": "compteurs intervertis",
    "fault_reversed_ct": "transformateur de courant inversé",
    "fault_wrong_scale": "facteur d’échelle douteux",
    "fault_glycol": "lecture trop haute : glycol ?",
    "fault_drifting": "dérive",
    "fault_clock_shift": "horloge décalée d’une heure",
    "fault_ups_fed_load": "charge non mesurée derrière ce compteur",
    "fault_unmetered_load": "charge non mesurée",
    "footer_api": "API",
    "footer_docs": "Documentation de l’API",
    "footer_metrics": "Mesures pour Prometheus",
    "footer_note": "Boucle lit les équipements et n’en commande aucun.",
    "suspicions": "Contrôles croisés",
    "suspicions_none": "Contrôles croisés : rien d’anormal.",
    "suspicions_note": (
        "Un contrôle croisé qui surprend n’est pas un verdict : c’est une question à poser, avec "
        "ses chiffres et ce qui pourrait l’expliquer autrement."
    ),
    "suspicion_else": "Autre explication possible : {why}",
    "suspicion_chance": "probabilité d’en voir autant sur des chiffres honnêtes : {p}",
    "suspicion_heat_above_taker": (
        "Plus de chaleur est déclarée que le preneur ne dit en avoir reçu, au-delà de ce dont "
        "les deux compteurs peuvent se tromper."
    ),
    "suspicion_heat_above_taker_else": (
        "pertes dans la conduite entre les deux compteurs, mois relevés à des jours "
        "différents, erreur dans la facture du preneur."
    ),
    "suspicion_heat_drifts_from_taker": (
        "La chaleur déclarée s’éloigne de mois en mois des chiffres du preneur."
    ),
    "suspicion_heat_drifts_from_taker_else": (
        "un des deux compteurs vieillit ou s’encrasse, l’isolation de la conduite se dégrade."
    ),
    "suspicion_it_above_ups": (
        "Plus d’énergie informatique est comptée que les onduleurs ou les câbles ne peuvent en "
        "fournir : le PUE en paraît meilleur."
    ),
    "suspicion_it_above_ups_else": (
        "facteur d’un transformateur de courant mal réglé, compteur hors de sa classe, arrivée "
        "non comptée."
    ),
    "suspicion_it_follows_weather": (
        "L’énergie informatique suit la chaleur du dehors, comme le fait le froid : une charge "
        "de refroidissement pourrait y être comptée."
    ),
    "suspicion_it_follows_weather_else": (
        "les ventilateurs des serveurs tournent plus vite dans des salles plus chaudes, ou le "
        "travail dépend de la saison."
    ),
    "suspicion_repeated_figures": "Des journées ou des heures entières se répètent à l’identique.",
    "suspicion_repeated_figures_else": (
        "passerelle qui renvoie d’anciennes valeurs, import fait deux fois, trou comblé par "
        "une copie, machine à puissance vraiment fixe."
    ),
    "suspicion_too_smooth": (
        "Les chiffres d’un compteur cessent de fluctuer pendant quelques semaines, ceux des "
        "compteurs semblables non."
    ),
    "suspicion_too_smooth_else": (
        "charge devenue constante ou mise en veille, relevés moyennés par la passerelle."
    ),
    "suspicion_round_figures": (
        "Les derniers chiffres du compteur ne sont pas ceux d’un compteur qui tourne : "
        "certains reviennent trop souvent."
    ),
    "suspicion_round_figures_else": (
        "le compteur compte par pas plus grands que son profil ne le dit, ou l’import a arrondi."
    ),
    "suspicion_silent_when_hot": "Les relevés manquent les jours plus chauds que ceux d’alentour.",
    "suspicion_silent_when_hot_else": (
        "l’électronique chauffe et s’arrête, ou les travaux ont lieu par beau temps."
    ),
    "suspicion_coverage_near_limit": (
        "Les relevés manquent davantage quand l’indicateur approche ou dépasse son plafond ou "
        "son plancher."
    ),
    "suspicion_coverage_near_limit_else": (
        "une même panne touche l’installation et ses compteurs, ou l’entretien suit les jours "
        "difficiles."
    ),
    "suspicion_coverage_just_enough": (
        "La part de temps mesurée s’accumule juste au-dessus du minimum exigé."
    ),
    "suspicion_coverage_just_enough_else": (
        "un entretien régulier de même durée, ou une panne qui revient."
    ),
    "suspicion_figure_claimed": "chaleur déclarée",
    "suspicion_figure_taker_reported": "chaleur reçue selon le preneur",
    "suspicion_figure_months_beyond": "mois au-delà de l’incertitude",
    "suspicion_figure_months_compared": "mois comparés",
    "suspicion_figure_expanded_uncertainty": "incertitude élargie (k = 2)",
    "suspicion_figure_first_ratio": "rapport du premier mois",
    "suspicion_figure_last_ratio": "rapport du dernier mois",
    "suspicion_figure_input": "énergie entrée",
    "suspicion_figure_output": "énergie sortie",
    "suspicion_figure_best_efficiency": "meilleur rendement possible",
    "suspicion_figure_worst_four_weeks_efficiency": "rendement le plus haut sur quatre semaines",
    "suspicion_figure_loss_slope": "pertes en plus par énergie en plus",
    "suspicion_figure_per_degree_and_day": "énergie par degré et par jour",
    "suspicion_figure_hidden_energy": "énergie qui suit la météo",
    "suspicion_figure_above_temperature": "comptée au-dessus de",
    "suspicion_figure_days": "jours",
    "suspicion_figure_copied_days": "jours copiés",
    "suspicion_figure_equal_hours_in_a_row": "heures égales à la suite",
    "suspicion_figure_days_compared": "jours comparés",
    "suspicion_figure_weeks_inside": "semaines lisses",
    "suspicion_figure_weeks_outside": "autres semaines",
    "suspicion_figure_usual_spread_of_log": "dispersion habituelle (logarithme)",
    "suspicion_figure_most_frequent_digit": "chiffre le plus fréquent",
    "suspicion_figure_its_share": "sa part",
    "suspicion_figure_different_digits": "chiffres différents",
    "suspicion_figure_readings": "relevés",
    "suspicion_figure_resolution": "pas du compteur",
    "suspicion_figure_outages": "interruptions",
    "suspicion_figure_days_with_missing": "jours incomplets",
    "suspicion_figure_missing": "temps manquant",
    "suspicion_figure_hottest_of_ten": "interruptions parmi les 10 % les plus chauds",
    "suspicion_figure_coverage_near": "part mesurée près de la limite",
    "suspicion_figure_coverage_elsewhere": "part mesurée ailleurs",
    "suspicion_figure_days_near": "jours près de la limite",
    "suspicion_figure_outages_near": "interruptions près de la limite",
    "suspicion_figure_least_coverage": "part exigée",
    "suspicion_figure_just_below": "juste au-dessous",
    "suspicion_figure_just_above": "juste au-dessus",
    "suspicion_figure_windows_enough": "fenêtres suffisantes",
    "alerts_title": ("Alertes"),
    "alerts_intro": (
        "Ce que chaque alerte veut dire, ce qui en découle, et ce qu’il faut vérifier d’abord. "
        "Les alertes sont levées par Prometheus, d’après la charte et les équipements ; "
        "leurs messages mènent ici."
    ),
    "alerts_now": ("Les alertes en cours, dans Alertmanager"),
    "alert_of_breach": "L’alerte qui en avertit, et quoi vérifier",
    "alert_consequence": ("Ce qui en découle"),
    "alert_check": ("À vérifier d’abord"),
}
