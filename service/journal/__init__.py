"""What happened at a site, so that an outage of the night leaves a trace."""
