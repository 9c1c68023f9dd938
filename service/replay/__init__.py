"""Histories of KPIs that a charter is replayed over: computed, kept in a file, read back."""
