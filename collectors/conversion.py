"""From a datasheet's number to the canonical unit, with the limits of what is physical."""

from dataclasses import dataclass
from typing import Self

from collectors.errors import ProfileError
from models.quantities import QUANTITIES, Quantity
from models.units import affine_to_canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """``canonical = factor * raw + offset``, believable within ``[lower, upper]``."""

    factor: float
    offset: float
    lower: float
    upper: float

    @classmethod
    def of(cls, quantity: Quantity, unit: str, *, scale: float, offset: float) -> Self:
        """Fold the profile's scale and the unit's conversion into one step."""
        try:
            unit_factor, unit_offset = affine_to_canonical(unit, quantity)
        except ValueError as exc:
            raise ProfileError(str(exc)) from exc
        spec = QUANTITIES[quantity]
        return cls(
            factor=scale * unit_factor,
            offset=offset * unit_factor + unit_offset,
            lower=spec.lower,
            upper=spec.upper,
        )
