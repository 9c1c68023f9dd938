"""Legal notice, accessibility and personal data in French."""

STATEMENTS_FRENCH = {
    "to_be_filled_in": "À compléter par l’exploitant de ce service.",
    "by_phone": "Téléphone : {phone}",
    "by_mail": "Courriel : {mail}",
    "legal_title": "Mentions légales",
    "publisher": "Éditeur",
    "director": "Directeur ou directrice de la publication : {name}",
    "host": "Hébergeur",
    "software": "Logiciel",
    "software_licence": (
        "Ce service est rendu par Boucle, un logiciel libre sous licence Apache 2.0. "
        "Il ne charge rien d’autres sites."
    ),
    "open_data": "Réutilisation des données",
    "open_data_licence": (
        "Les données publiques de ces pages et de l’interface de programmation sont réutilisables "
        "sous la Licence Ouverte 2.0 (Etalab), avec mention de la source et de la date."
    ),
    "accessibility_title": "Accessibilité : déclaration",
    "conformity": "État de conformité",
    "rgaa_duty": (
        "L’exploitant s’engage à rendre ce service accessible, conformément à l’article 47 de la "
        "loi n° 2005-102 du 11 février 2005. La présente déclaration porte sur toutes ses pages."
    ),
    "conformity_unknown": (
        "Aucun audit n’a encore été fait : le service est à tenir pour non conforme au référentiel "
        "général d’amélioration de l’accessibilité (RGAA), version 4.1."
    ),
    "conformity_full": "Le service est totalement conforme au RGAA, version 4.1.",
    "conformity_partial": (
        "Le service est partiellement conforme au RGAA, version 4.1, en raison de ce qui suit."
    ),
    "conformity_none": "Le service n’est pas conforme au RGAA, version 4.1.",
    "conformity_rate": (
        "Audit du {day} par {by} : {rate} des critères applicables sont respectés."
    ),
    "not_accessible": "Contenus non accessibles",
    "tested_with": "Essais",
    "tested_how": (
        "Chaque version est vérifiée par un programme (axe-core) dans les deux langues, au clavier "
        "seul, à 320 pixels de large et sans JavaScript. Cela ne remplace pas un audit."
    ),
    "feedback": "Retour d’information et contact",
    "feedback_how": (
        "Si vous n’arrivez pas à accéder à un contenu, écrivez-nous : nous vous dirons où le "
        "trouver autrement, ou vous le donnerons sous une autre forme."
    ),
    "remedy": "Voies de recours",
    "remedy_how": (
        "Vous avez signalé un défaut d’accessibilité et n’avez pas reçu de réponse satisfaisante : "
        "vous pouvez saisir le Défenseur des droits, en ligne, par son délégué dans votre région, "
        "ou par courrier gratuit, sans timbre :"
    ),
    "remedy_address": "Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07",
    "personal_data_title": "Données personnelles",
    "controller": "Responsable du traitement",
    "legal_basis": (
        "Le traitement sert une mission d’intérêt public : suivre l’énergie, l’eau et la chaleur "
        "des centres de données (article 6, paragraphe 1, point e du RGPD)."
    ),
    "officer": "Délégué à la protection des données",
    "kept": "Ce qui est gardé",
    "kept_intro": (
        "Seulement de ceux qui ont un compte ou qui essaient de se connecter ; rien n’est transmis "
        "à des tiers, ni hors de l’Union européenne par ce logiciel."
    ),
    "kept_what": "Quoi",
    "kept_why": "Pourquoi",
    "kept_how_long": "Combien de temps",
    "kept_account_what": (
        "Identifiant, nom, adresse électronique si elle est donnée, rôles ; pour qui passe par un "
        "fournisseur d’identité : le nom de celui-ci et l’identifiant qu’il donne"
    ),
    "kept_account_why": "Savoir qui peut voir et faire quoi",
    "kept_account_how_long": "Jusqu’à l’effacement du compte",
    "kept_session_what": (
        "Heures de connexion ; ni adresse ni navigateur. D’un fournisseur d’identité : le jeton de "
        "la connexion"
    ),
    "kept_session_why": "Rester connecté, et pouvoir y mettre fin",
    "kept_session_how_long": "{hours} heures sans activité, {days} jours au plus",
    "kept_failures_what": "Nombre d’essais manqués, par empreinte du nom et de l’adresse",
    "kept_failures_why": "Ralentir ceux qui devinent des mots de passe",
    "kept_failures_how_long": "24 heures ; 30 jours là où quelqu’un s’est connecté",
    "kept_audit_what": (
        "Journal : qui a changé quoi, ou lu des données confidentielles, quand, de quel réseau"
    ),
    "kept_audit_why": "Répondre des changements et des divulgations",
    "kept_audit_how_long": "{months} mois",
    "kept_answers_what": (
        "Nom et identifiant de qui répond à un manquement ou prend un équipement en charge"
    ),
    "kept_answers_why": "Preuve des suites données, invisible au public",
    "kept_answers_how_long": "Aussi longtemps que la preuve elle-même",
    "visitors": "Visiteurs sans compte",
    "visitors_none": (
        "Aucune mesure d’audience, aucun traceur. Un seul témoin de connexion (cookie) est posé, "
        "et seulement sur la page de connexion ; un second, de dix minutes, chez qui va vers un "
        "fournisseur d’identité : ils sont nécessaires au service."
    ),
    "rights": "Vos droits",
    "right_access": (
        "Accès et copie, rectification : écrivez au délégué à la protection des données. Un "
        "administrateur en tire une copie (« boucle account export »)."
    ),
    "right_erasure": (
        "Effacement : un administrateur efface le compte, ses rôles, ses sessions et ses jetons. "
        "Ce que la preuve d’un manquement contient reste, comme la loi le permet."
    ),
    "right_objection": "Opposition et limitation, auprès de la même personne.",
    "right_complaint": (
        "Réclamation à la CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris CEDEX 07."
    ),
}
