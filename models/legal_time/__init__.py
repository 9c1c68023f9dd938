"""Legal time of Europe/Paris: days, months, nights and named periods. No other module knows it."""
