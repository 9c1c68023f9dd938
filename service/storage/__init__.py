"""The store: PostgreSQL, with or without TimescaleDB, and the spool in front of it.

Start at ``migrations/`` for the tables, ``readings.py`` for the questions asked of them,
``spooled_writer.py`` for the way in and ``embedded.py`` for the server of a newcomer.
Functions take a connection and never a pool; no other package imports asyncpg.
"""
