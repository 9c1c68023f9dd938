"""Register samples of some points, and their levels on a window's grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from models.metering.tree import Meter
from models.readings import FloatArray, IntArray
from models.series import GridLevels, levels_at, trace_counter
from service.evaluation.windows import MAX_EDGE_GAP


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Readings of one point in time order; NaN where a reading has no value."""

    ts_us: IntArray
    value: FloatArray

    def upto(self, end_us: int) -> "Samples":
        """The samples before an instant."""
        n = int(np.searchsorted(self.ts_us, end_us, side="left"))
        return Samples(ts_us=self.ts_us[:n], value=self.value[:n])

    def then(self, later: "Samples") -> "Samples":
        """These samples followed by later ones."""
        return Samples(
            ts_us=np.concatenate([self.ts_us, later.ts_us]),
            value=np.concatenate([self.value, later.value]),
        )


NO_SAMPLES = Samples(ts_us=np.zeros(0, np.int64), value=np.zeros(0))

SamplesByKey = Mapping[str, Samples]


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A cumulative register to put on a grid."""

    key: str
    modulus: float | None
    max_rate_per_h: float | None


def registers_of(meters: Sequence[Meter]) -> list[Register]:
    """The energy or volume register of each meter, then the volume registers of heat meters."""
    main = [
        Register(key=m.point, modulus=m.modulus, max_rate_per_h=m.max_rate_per_h) for m in meters
    ]
    volumes = [
        Register(key=m.volume_point, modulus=None, max_rate_per_h=None)
        for m in meters
        if m.volume_point is not None
    ]
    return main + volumes


def volume_rows(meters: Sequence[Meter]) -> dict[str, int]:
    """Which row of the levels holds the volume of which heat meter."""
    with_volume = [m.id for m in meters if m.volume_point is not None]
    return {meter_id: len(meters) + n for n, meter_id in enumerate(with_volume)}


def grid_levels(
    registers: Sequence[Register],
    samples: SamplesByKey,
    edges_us: IntArray,
    max_gap: timedelta = MAX_EDGE_GAP,
) -> GridLevels:
    """Put registers on one grid; a point without samples is unknown everywhere."""
    gap_us = max_gap // timedelta(microseconds=1)
    level = np.full((len(registers), len(edges_us)), np.nan)
    segment = np.zeros((len(registers), len(edges_us)), np.int64)
    for row, register in enumerate(registers):
        have = samples.get(register.key, NO_SAMPLES)
        trace = trace_counter(
            have.ts_us,
            have.value,
            modulus=register.modulus,
            max_rate_per_h=register.max_rate_per_h,
        )
        level[row], segment[row] = levels_at(trace, edges_us, gap_us)
    return GridLevels(edges_us=edges_us, level=level, segment=segment)
