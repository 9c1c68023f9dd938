"""The life of a breach: pure, a function of what was stored and what is observed."""
