"""The pages of accounts in French."""

ACCOUNTS_FRENCH = {
    "account_link": "Compte",
    "sign_in_title": "Connexion",
    "sign_in_intro": (
        "Sans compte, vous voyez ce qui est public. Un compte montre davantage, selon ses rôles : "
        "exploitants, preneurs de chaleur, urbanistes, inspecteurs."
    ),
    "sign_in_login": "Identifiant",
    "sign_in_password": "Mot de passe",
    "sign_in_button": "Se connecter",
    "sign_in_refused": "L’identifiant ou le mot de passe est faux, ou le compte est désactivé.",
    "sign_in_delayed": "Trop d’essais manqués. Réessayez dans {wait}.",
    "sign_in_busy": "Beaucoup de personnes se connectent. Réessayez dans quelques secondes.",
    "sign_in_store_away": (
        "Connexion impossible : la base de données ne répond pas. Réessayez plus tard."
    ),
    "form_refused": (
        "Le formulaire est resté ouvert trop longtemps, ou ne vient pas de cette page. "
        "Veuillez recommencer."
    ),
    "signed_in_as": "Vous êtes connecté en tant que {name} ({login}).",
    "signed_in_roles": "Rôles",
    "signed_in_no_role": (
        "Aucun rôle pour l’instant : vous voyez ce que chacun voit. Adressez-vous à un "
        "administrateur."
    ),
    "role_everywhere": "{role}, tous les sites",
    "role_at": "{role}, {site}",
    "role_taker": "{role} {taker}, {site}",
    "role_heat_taker": "preneur de chaleur",
    "role_operator": "exploitant",
    "role_planner": "urbaniste",
    "role_inspector": "inspecteur",
    "role_administrator": "administrateur",
    "provider_title": "Avec {provider}",
    "provider_intro": "Pour les personnes à qui la Ville ou l’État y a donné un compte.",
    "provider_button": "Se connecter avec {provider}",
    "provider_lost": (
        "La connexion a pris plus de dix minutes, ou a commencé dans un autre navigateur. "
        "Veuillez recommencer."
    ),
    "provider_refused": "{provider} ne vous a pas connecté : refus ou abandon.",
    "provider_away": (
        "{provider} ne répond pas pour l’instant. Réessayez plus tard, ou connectez-vous avec un "
        "mot de passe de Boucle si vous en avez un."
    ),
    "provider_token": (
        "La réponse de {provider} n’est pas recevable : personne n’a été connecté. "
        "Veuillez prévenir un administrateur de Boucle."
    ),
    "provider_disabled": (
        "Votre compte dans Boucle est désactivé. Adressez-vous à un administrateur."
    ),
    "way_out_title": "Déconnexion",
    "way_out_done": "Vous êtes déconnecté de Boucle.",
    "way_out_link": "Se déconnecter aussi de {provider}",
    "sign_out_button": "Se déconnecter",
    "password_title": "Changer le mot de passe",
    "password_must": (
        "Une autre personne connaît votre mot de passe. Choisissez le vôtre avant toute chose."
    ),
    "password_rules": (
        "Au moins 12 caractères. Plusieurs mots à la suite se retiennent bien et se devinent mal."
    ),
    "password_old": "Mot de passe actuel",
    "password_new": "Nouveau mot de passe",
    "password_button": "Changer le mot de passe",
    "password_wrong": "Le mot de passe actuel est faux.",
    "password_too_short": "Le nouveau mot de passe a moins de 12 caractères.",
    "password_too_long": "Le nouveau mot de passe a plus de 256 caractères.",
    "password_common": "Le nouveau mot de passe est de ceux que l’on essaie en premier.",
    "password_like_login": "Le nouveau mot de passe n’est guère plus que votre identifiant.",
    "password_repetitive": "Le nouveau mot de passe répète quelques caractères.",
    "password_unchanged": "Le nouveau mot de passe est celui que vous avez.",
    "demo_roles": "Essayer un rôle",
    "demo_intro": "Ceci est la démonstration sur une installation simulée : un clic suffit.",
}
