"""The charter as dated data and the engine that turns KPIs into verdicts.

``loader.load_rulebook`` reads the YAML, ``judging.engine.evaluate`` gives the findings. Pure:
knows no meter, table, clock or log.
"""
