"""Grafana dashboards, their data sources and provisioning, from one description in Python."""
