"""What can go wrong in the plant.

PlantError
    PlantTimeError      a time or window the plant cannot answer for
    ScenarioError       an event the plant cannot play
    VariantError        a plant that could not be built
"""


class PlantError(Exception):
    """Base of everything the plant raises on purpose."""


class PlantTimeError(PlantError, ValueError):
    """A time before the epoch or without a zone, or a window that ends before it starts."""


class ScenarioError(PlantError, ValueError):
    """An event of an unknown kind, without length, or with a parameter out of its bounds."""


class VariantError(PlantError, ValueError):
    """A parameter of a variant that is out of its bounds."""
