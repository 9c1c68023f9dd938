"""What Prometheus scrapes of each process: families in base units, on registries of their own."""
