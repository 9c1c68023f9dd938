"""Modbus TCP, read only: plan (pure), decode (pure), link (pymodbus), source (one device)."""
