"""The demo: a simulated site, its past, and every process of Boucle under one supervisor."""
