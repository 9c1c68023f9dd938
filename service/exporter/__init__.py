"""What Prometheus scrapes: the snapshot in base units, on a registry of its own."""
