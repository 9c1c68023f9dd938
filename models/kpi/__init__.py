"""Standard KPIs, one file each, over energies and volumes that were metered together."""
