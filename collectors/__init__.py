"""Async readers of devices. Knows wires and protocols; knows no SQL, no web, no law."""
