"""The pure core: physical quantities, series, meter tree, KPIs and their uncertainty.

Knows physics and standards. Knows no wire, table, file, clock or log.
"""
