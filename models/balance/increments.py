"""What each meter counted, step by step, with how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Increments:
    """Counts of several meters over consecutive equal steps.

    ``value`` has shape (meters, steps), NaN where unknown, in kWh. ``u_ratio`` is the relative
    standard uncertainty of each meter: one error for the whole time. ``resolution`` is the step
    of each register. ``heat`` marks thermal meters.
    """

    meters: tuple[str, ...]
    value: FloatArray
    u_ratio: FloatArray
    resolution: FloatArray
    heat: NDArray[np.bool_]
    step_h: float = 1.0

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit each other."""
        count = len(self.meters)
        sizes = (len(self.value), len(self.u_ratio), len(self.resolution), len(self.heat))
        if any(size != count for size in sizes) or self.value.ndim != 2:
            msg = f"{count} meters need arrays of as many rows, got {sizes}"
            raise ValueError(msg)
        if len(set(self.meters)) < count:
            msg = f"each meter stands once, got {self.meters}"
            raise ValueError(msg)

    def rows(self, meters: Sequence[str]) -> NDArray[np.int64]:
        """Row of each meter."""
        place = {meter: row for row, meter in enumerate(self.meters)}
        missing = [meter for meter in meters if meter not in place]
        if missing:
            msg = f"no increments of {missing}; a node may only name meters that are given"
            raise ValueError(msg)
        return np.array([place[meter] for meter in meters], dtype=np.int64)

    def with_value(self, value: FloatArray) -> "Increments":
        """The same meters with other counts."""
        return Increments(
            meters=self.meters,
            value=value,
            u_ratio=self.u_ratio,
            resolution=self.resolution,
            heat=self.heat,
            step_h=self.step_h,
        )
