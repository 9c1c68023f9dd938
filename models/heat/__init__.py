"""The heat chain: fluids, heat meters, exchangers, machines, and the heat that was missed."""
