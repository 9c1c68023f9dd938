"""The plant of the simulated site: a pure, deterministic, energy-balanced model.

``Plant(seed)`` answers three questions about any time since its epoch: what every signal
truly is (``true_values``), what the meters say (``measured_values``) and what the KPIs
truly are over a window (``truth``, ``truth_weather``, ``truth_noise``), whatever befalls it
(``scenario``), however it differs from the reference plant (``variant``). It does no I/O and
knows no clock.
Everything that is not public knowledge about the site is an assumption and said to be one
in the module that makes it.
"""

from simulators.plant.errors import PlantError, PlantTimeError, ScenarioError, VariantError
from simulators.plant.noise import Residual, residual_baseline
from simulators.plant.plant import DEFAULT_EPOCH, Plant
from simulators.plant.scenario import EVENT_PARAMS, ScenarioEvent, ScenarioKind
from simulators.plant.truth import NoiseTruth, Truth
from simulators.plant.truth_weather import WeatherTruth
from simulators.plant.variant import REFERENCE, Variant

__all__ = [
    "DEFAULT_EPOCH",
    "EVENT_PARAMS",
    "REFERENCE",
    "NoiseTruth",
    "Plant",
    "PlantError",
    "PlantTimeError",
    "Residual",
    "ScenarioError",
    "ScenarioEvent",
    "ScenarioKind",
    "Truth",
    "Variant",
    "VariantError",
    "WeatherTruth",
    "residual_baseline",
]
