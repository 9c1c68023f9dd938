"""The change of a KPI from an earlier window to this one."""

import numpy as np

from charter_rules.judging.measured import Measured
from models.readings import FloatArray


def change(now: Measured, before: Measured) -> tuple[FloatArray, FloatArray]:
    """Relative change and its expanded uncertainty; not finite without two sure values.

    The two values count as independent (JCGM 100:2008, 5.1.2). Meters that serve both windows
    share a part of their errors, which would make the change surer: the band is on the safe side.
    """
    start = np.where((before.value == 0.0) | np.isinf(before.value), np.nan, before.value)
    ratio = now.value / start
    spread = np.hypot(now.expanded_uncertainty / start, ratio * before.expanded_uncertainty / start)
    return ratio - 1.0, spread
