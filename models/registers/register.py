"""What is known of a cumulative register before it is read."""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

import numpy as np

from models.readings import FloatArray

# One unit in the last place of a float32 (IEEE 754: 24 bits of significand).
_FLOAT32_BITS = 23


class EventKind(StrEnum):
    """What was done to a register on a declared day."""

    REPLACED = "replaced"
    RESET = "reset"
    RATIO_CORRECTED = "ratio_corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEvent:
    """A declared intervention, in the canonical unit of the register.

    ``final_index`` is what the register showed before, ``initial_index`` what the register showed
    after; without one of them what was counted around the instant is not known.
    ``factor_before`` corrects what was counted before the instant: 0.5 for transformers that were
    set up as twice their ratio.
    """

    at_us: int
    kind: EventKind
    final_index: float | None = None
    initial_index: float | None = None
    factor_before: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a factor that corrects nothing that could be counted."""
        if not (isfinite(self.factor_before) and self.factor_before > 0.0):
            msg = f"factor_before of a ratio must be above 0, got {self.factor_before!r}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A cumulative register. Counts are in its canonical unit, kWh or m3.

    ``modulus`` is where it starts again at zero, ``max_rate_per_h`` the most it counts in an hour,
    ``starting_rate_per_h`` the rate below which it may not count at all. ``resolution`` is the
    declared step or that of an integer (0: none that matters); ``float32_unit`` is how much one
    unit of a float32 on the wire is worth, None for other types. ``net`` registers run backwards
    as well.
    """

    key: str
    modulus: float | None = None
    max_rate_per_h: float | None = None
    starting_rate_per_h: float = 0.0
    resolution: float = 0.0
    float32_unit: float | None = None
    net: bool = False
    events: tuple[RegisterEvent, ...] = ()

    def step_at(self, value: FloatArray) -> FloatArray:
        """The step in which the register counts near some values, same shape.

        Examples
        --------
        A float32 register of watt-hours near 7.1 GWh counts in steps of 512 Wh:

        >>> register = Register(key="intake.energy", float32_unit=0.001)
        >>> register.step_at(np.array([7.1e6])).tolist()
        [0.512]
        """
        declared = np.full(value.shape, self.resolution)
        if self.float32_unit is None:
            return declared
        raw = np.abs(value) / self.float32_unit
        _, exponent = np.frexp(np.where(np.isfinite(raw), raw, 0.0))
        ulp = np.ldexp(self.float32_unit, exponent - _FLOAT32_BITS - 1)
        return np.asarray(np.maximum(declared, ulp))
