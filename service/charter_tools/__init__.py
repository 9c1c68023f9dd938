"""What planners do with a charter: test it, read it, replay it over past data."""
