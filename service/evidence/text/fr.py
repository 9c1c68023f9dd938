"""French, written with plain spaces: its typography is put in where it is said."""

from typing import Final

FRENCH: Final = {
    # Outcomes
    "good": "valable",
    "refused": "REFUSÉ",
    "law_unknown": "NON PROUVÉ : établi avec des règles que ce vérificateur n’a pas",
    "author_unknown": "entier, AUTEUR INCONNU",
    # Around the problems
    "problem": "{part} : {message}",
    "note": "remarque : {message}",
    "computed_again": "recalculé :",
    "came_out": "résultat obtenu, qui ne prouve rien :",
    "signer": "clé {fingerprint}",
    "charter": "charte {title} ({id})",
    "judged": (
        "{rule}, version {version} ({title}) : {verdict} ; droit du {on} ; {threshold} ; "
        "{reference}"
    ),
    "figure": "{label} sur {period} : {value} (k = 2), couverture {share}",
    "reference": "{title}, {article}",
    "threshold": "seuil : {limit}",
    "no_threshold": "sans seuil",
    "at_most": "au plus {value}",
    "at_least": "au moins {value}",
    "between": "de {value} à {high}",
    "trend": "évolution d’au plus {value}",
    "fall": "baisse d’au moins {value}",
    "rests_on": ("{label} : {value} (k = 2), du {start} au {end}, couverture {share}, {origin}"),
    "meters": "relevés de : {meters}",
    # Authorship, and what others noted of the chain
    "no_key": (
        "aucune clé du site n’est connue ici : le fichier est entier et cohérent, et "
        "n’importe qui peut l’avoir établi ; donnez la clé du site avec --key, ou un fichier "
        "de clés de confiance avec --trust"
    ),
    "key_agrees": "signé avec une clé du site qui a été donnée",
    "key_not_of_site": "la clé {fingerprint} n’est pas de celles données pour le site « {site} »",
    "key_not_yet": "la clé {fingerprint} ne vaut pas avant son premier jour ; signé le {day}",
    "key_no_longer": "la clé {fingerprint} ne vaut plus après son dernier jour ; signé le {day}",
    "key_revoked": "la clé {fingerprint} a été révoquée : quiconque la détient peut avoir signé",
    "entry_key": "inscription {seq} : {detail}",
    "entries_revoked": (
        "{n} inscriptions de la chaîne sont d’une clé révoquée depuis ; la signature de "
        "l’ensemble en répond"
    ),
    "heads_none": "aucune tête du site « {site} » n’est publiée dans ces listes",
    "heads_unsigned": "la liste des têtes n’est pas contresignée par une clé connue ici",
    "heads_countersigned": "la liste des têtes est contresignée par {fingerprint}",
    "heads_not_trusted": "est contresignée par {fingerprint}, qui ne vaut pas pour elle",
    "head_other": (
        "l’inscription {seq} n’est pas celle publiée le {published_at} : le passé a été réécrit"
    ),
    "head_agrees": "l’inscription {seq} est celle publiée le {published_at}",
    "head_later": (
        "la tête publiée, inscription {seq}, vient après ; demandez la chaîne d’ici à là pour "
        "comparer"
    ),
    "head_backdated": (
        "l’inscription {seq} prétend à une heure où, selon la tête publiée le {published_at}, "
        "elle n’existait pas"
    ),
    # Whole or not
    "unreadable": "{detail}",
    "unusable": "inutilisable : {detail}",
    "missing": "manque",
    "no_hash": "n’a pas d’empreinte au manifeste",
    "other_hash": "le contenu ne correspond pas à son empreinte",
    "no_part": "n’est pas une partie d’un dossier de preuve",
    "bad_signature": "ne correspond pas au manifeste, ou n’est pas en règle",
    "not_computed": "rien n’a été recalculé : le dossier n’est pas entier",
    "no_such_file": "{path} n’existe pas ; vérifiez le chemin",
    "cannot_be_read": (
        "{path} ne peut être lu ({why}) ; vérifiez le chemin, ou faites renvoyer le fichier"
    ),
    "too_large": "{path} fait plus de {n} octets : aucun dossier de preuve n’est si grand",
    "too_many_values": "{path} a plus de valeurs qu’aucun dossier de preuve",
    "too_deep": "{path} est imbriqué trop profondément",
    "not_json": "{path} n’est pas du JSON tel que dans un dossier de preuve ({why})",
    "no_canonical_form": "ce contenu n’a pas de forme canonique ({why})",
    "not_a_pack": "ce n’est pas un dossier de preuve : son format n’est pas {format}",
    "pack_version": "ce dossier est de version {theirs} ; ce programme connaît la version {ours}",
    "pack_fields": "il manque à ce dossier, ou il a de trop, des champs : {fields}",
    "no_object": "{name} n’est pas un objet dans ce dossier",
    "site_problem": "la description du site n’est pas en règle : {field} {why}",
    "meters_do_not_follow": "les compteurs utilisés ne découlent pas du registre",
    "facts_do_not_follow": "les faits ne découlent pas de ce que le site déclare",
    # Chain
    "not_an_entry": "n’est pas une inscription de la chaîne",
    "other_types": "a des champs d’un autre type",
    "fault_of_entry": "inscription {seq} : {fault}",
    "entry_missing": "l’inscription {missing} manque : la {seq} suit la {before}",
    "entry_hash": "son contenu ne correspond pas à son empreinte",
    "entry_columns": "ses colonnes contredisent son contenu",
    "entry_signature": "sa signature ne correspond pas",
    "entry_site": "est d’un autre site, « {site} »",
    "entry_first": "est la première, et en nomme une avant elle",
    "entry_after": "ne suit pas l’inscription {before}, qui a été altérée ou remplacée",
    "chain_fault": "{detail}",
    "chain_end": "finit à l’inscription {seq}, et non à la tête signée",
    "chain_site": "est celle d’un autre site que le dossier",
    "chain_signers": (
        "{n} autre(s) clé(s) ont signé des inscriptions de la chaîne : le site a changé de clé, ou "
        "quelqu’un d’autre les a écrites"
    ),
    "chain_late": "commence trop tard : des verdicts de son périmètre peuvent avoir été omis",
    "chain_no_entry": "n’a pas d’inscription du verdict sur {rule}",
    "chain_other": "{rule} : {field} n’est pas celui du verdict",
    "chain_whole": (
        "{n} inscriptions jusqu’à {sha256} : comparez cette empreinte à une autre notée plus tôt, "
        "car une chaîne coupée trop tôt paraît entière"
    ),
    "event_left_out": "omet ce qui est arrivé à l’écart {breach} dans l’inscription {seq}",
    "event_other": "l’inscription {seq} rapporte un autre événement de l’écart {breach}",
    "event_not_in_chain": (
        "rapporte un événement de l’écart {breach} qui n’est pas l’inscription {seq} de la chaîne"
    ),
    "breach_times": (
        "l’écart {breach} n’a pas commencé, ou n’a pas été constaté, quand le dit l’événement qui "
        "l’ouvre"
    ),
    "breach_state": "l’écart {breach} est « {state} », et son historique ne finit pas ainsi",
    "breach_rule": "l’écart {breach} est celui d’une règle que le dossier n’a pas",
    # Law
    "rules_differ": "les règles, leur verrou et les verdicts diffèrent",
    "not_of_lock": "la règle {rule} n’est pas celle de son verrou",
    "rule_unknown": "la règle {rule} est inconnue de ce vérificateur",
    "version_unknown": (
        "la version {theirs} de la règle {rule} est inconnue de ce vérificateur, qui a la "
        "version {ours}"
    ),
    "rule_other": (
        "règle {rule}, version {version} : {field} vaut {theirs}, et {ours} dans la charte"
    ),
    "rule_other_hash": "la règle {rule} n’est pas la version {version} telle que verrouillée",
    "notes_other": (
        "règle {rule} : {field}, qui ne fait pas partie de la règle, est rédigé autrement ici"
    ),
    "charter_unknown": "la charte « {charter} » est inconnue de ce vérificateur",
    "charter_other": "charte « {charter} » : {field} vaut {theirs}, et {ours} ici",
    "charter_rules": (
        "la charte « {charter} » a d’autres règles ici : {rules} ; pour un dossier d’une autre "
        "époque, donnez la charte d’alors avec --charter"
    ),
    "not_in_charter": "la règle {rule} n’est pas de la charte « {charter} »",
    "charter_of_site": "la charte est « {charter} », et le site dit « {site} »",
    "left_out": "omet la règle {rule} de la charte « {charter} »",
    # Times
    "known_early": "les données sont connues jusqu’à {known_on}, avant leur fin {at}",
    "known_never": "ne dit pas quand ses données étaient connues",
    "other_day": "est jugé selon le droit du {on} ; les données finissent le {day}",
    "period_other": "la période {period} ne va pas de {start} à {end}",
    "outside_period": "les données finissent à {at}, hors de la période {period}",
    "period_open": "la période {period} n’était pas finie : chiffres jusqu’à {at}",
    "made_early": "a été établi à {made_at}, avant que ses données soient connues ({known_on})",
    "made_late": "a été établi à {made_at}, qui est encore à venir",
    # Parts against each other
    "raw_malformed": "{point} {day} n’est pas un nombre et une empreinte",
    "raw_none": "{point} n’a pas d’empreinte de ses relevés bruts",
    "raw_day": "{point} n’a pas d’empreinte de ses relevés bruts du {day}",
    "raw_few": "{point} a {rows} relevés bruts le {day}, et {samples} échantillons",
    "raw_incomplete": (
        "les relevés bruts n’ont pas tous une empreinte : le temps a manqué ; donnez-en plus "
        "(--raw-seconds)"
    ),
    "code_other": (
        "le dossier a été établi par la version {version} ; {n} fichiers sources diffèrent ici, "
        "le premier est {first}"
    ),
    "site_other": "le dossier est celui du site « {head} », et le site dit « {site} »",
    "scope_other": "n’a pas de périmètre, ou celui d’une autre règle que le dossier",
    "code_not_of_sources": (
        "la version {version} ne découle pas des fichiers sources, ou n’est pas celle des verdicts"
    ),
    "words_other": "{rule} : {field} est rédigé autrement ici",
    "not_following": "{field} ne découle pas du dossier",
}
