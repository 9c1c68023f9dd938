"""How another plant differs from the reference one: a set of factors, all 1 or 0 by default.

A variant changes what the physics are made of, never the laws: every balance of
:mod:`simulators.plant.balance` holds for it as for the reference plant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.errors import VariantError

# Bounds keep machines possible: no chiller above 0.7 of Carnot, no hall beyond its air handlers.
VARIANT_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "size": (0.02, 50.0),
    "air_it_ratio": (0.3, 1.25),
    "ai_ratio": (0.0, 2.0),
    "ups_loss_ratio": (0.3, 3.0),
    "chiller_ratio": (0.5, 1.6),
    "fan_ratio": (0.2, 4.0),
    "services_ratio": (0.2, 6.0),
    "free_cooling_shift_k": (-10.0, 6.0),
    "adiabatic_shift_k": (-20.0, 12.0),
    "district_ratio": (0.0, 2.0),
    "greenhouse_ratio": (0.0, 2.0),
    "noise_db": (-15.0, 25.0),
}
# What doubles with the plant; levels, temperatures and shares do not.
_EXTENSIVE: Final = ("_kw", "_kvar", "_m3_per_h", "_kw_per_k", "_kw_degc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One plant among its kind.

    ``size`` is how many reference plants it is the like of: every power and flow is multiplied
    by it. The ratios multiply what they name: IT power in air and in the AI racks, losses of the
    UPSs, the chillers' share of Carnot (above 1 is better), the power of fans at the same speed,
    general services, and the wishes of the two takers of heat. The shifts move the outdoor
    temperature below which free cooling works, and that above which the panels are wet.
    ``noise_db`` is added to what the plant sends to the property line.
    """

    size: float = 1.0
    air_it_ratio: float = 1.0
    ai_ratio: float = 1.0
    ups_loss_ratio: float = 1.0
    chiller_ratio: float = 1.0
    fan_ratio: float = 1.0
    services_ratio: float = 1.0
    free_cooling_shift_k: float = 0.0
    adiabatic_shift_k: float = 0.0
    district_ratio: float = 1.0
    greenhouse_ratio: float = 1.0
    noise_db: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a plant that could not be built."""
        for each in fields(self):
            value, (least, most) = getattr(self, each.name), VARIANT_BOUNDS[each.name]
            if not least <= value <= most:
                msg = f"{each.name} must be {least} to {most}, got {value}"
                raise VariantError(msg)

    def factor_of(self, row: str) -> float:
        """What a row of the physics is multiplied by for the size of the plant."""
        return self.size if row.endswith(_EXTENSIVE) else 1.0

    def louder(self, energy: FloatArray) -> FloatArray:
        """Sound energy of the plant, with ``noise_db`` added to its level."""
        return np.asarray(energy * 10.0 ** (self.noise_db / 10.0))


REFERENCE: Final = Variant()
