"""The live page, in French and English. It renders the snapshot and computes nothing."""
