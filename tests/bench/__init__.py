"""Benchmarks: each prints one JSON line with its figure and the ratio to a bare reference.

Absolute figures depend on the machine; the ratio is measured in the same run and does not.
"""
