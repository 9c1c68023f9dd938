"""From a figure to its meters, readings, devices, registers and raw words."""
