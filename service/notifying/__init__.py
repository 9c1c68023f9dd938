"""Alerts decided and sent by Boucle itself, for those without Prometheus and Alertmanager."""
