"""A verdict in plain words, in French and in English."""
