"""Addresses of the pages that others link to, in each language."""

from typing import Final

CHARTER_PATHS: Final = {"fr": "/fr/charte", "en": "/en/charter"}
ALERTS_PATHS: Final = {"fr": "/fr/alertes", "en": "/en/alerts"}
SIGN_IN_PATHS: Final = {"fr": "/fr/connexion", "en": "/en/sign-in"}
SIGN_OUT_PATHS: Final = {"fr": "/fr/deconnexion", "en": "/en/sign-out"}
PASSWORD_PATHS: Final = {"fr": "/fr/mot-de-passe", "en": "/en/password"}
DEMO_PATHS: Final = {"fr": "/fr/demo-role", "en": "/en/demo-role"}
# Where a browser leaves for the provider.
PROVIDER_PATHS: Final = {"fr": "/fr/connexion/fournisseur", "en": "/en/sign-in/provider"}
STATEMENT_PATHS: Final = {
    "legal": {"fr": "/fr/mentions-legales", "en": "/en/legal-notice"},
    "accessibility": {"fr": "/fr/accessibilite", "en": "/en/accessibility"},
    "personal_data": {"fr": "/fr/donnees-personnelles", "en": "/en/personal-data"},
}
