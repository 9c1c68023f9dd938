"""Alert rules for Prometheus and Grafana, made from the charter, the site and its devices."""
