"""Cumulative registers and gauges in, what was counted in any number of periods out."""
