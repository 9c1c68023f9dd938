"""A charter over past data of many sites: the verdicts of the engine, thousands at a time."""
