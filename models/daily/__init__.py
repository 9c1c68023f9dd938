"""All KPIs of a site by day, from raw registers on one grid, in one pass over the data."""
