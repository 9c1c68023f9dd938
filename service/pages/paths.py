"""Addresses of the pages that others link to, in each language."""

from typing import Final

CHARTER_PATHS: Final = {"fr": "/fr/charte", "en": "/en/charter"}
ALERTS_PATHS: Final = {"fr": "/fr/alertes", "en": "/en/alerts"}
