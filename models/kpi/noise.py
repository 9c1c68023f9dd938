"""Noise emergence at the property line (Code de la santé publique, R.1336-7)."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import log10, sqrt
from typing import Final

import numpy as np

from models.kpi.result import Flag, KpiResult, UncertaintyPart, Withheld, withheld_result
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray, Window

# No measurement counts with wind above this speed (NF S 31-010, as quoted by the ICPE orders).
MAX_WIND_M_PER_S = 5.0
# This project's choice: no text read says how old a residual level may be.
OLD_AFTER = timedelta(days=3 * 365)
_MIN_COVERAGE_RATIO = 0.5
_UNIT = "dB(A)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualLevel:
    """Level without the plant, with where it comes from: emergence is only as good as this.

    ``u_db`` is its standard uncertainty. ``measured_on`` tells how old it is: streets change.
    """

    level_dba: float
    u_db: float
    provenance: str
    measured_on: date | None = None

    def is_old(self, on: date) -> bool:
        """Whether it is older than this project accepts without a warning, or of unknown age."""
        return self.measured_on is None or on - self.measured_on > OLD_AFTER


def energy_average_dba(level_dba: FloatArray) -> float:
    """Energy average of equal-length levels. NaN levels are left out. [dB(A)]

    Examples
    --------
    Two equal times at 60 and 70 dB(A) average to 67.4 dB(A), not 65.

    >>> round(energy_average_dba(np.array([60.0, 70.0])), 1)
    67.4
    """
    known = level_dba[np.isfinite(level_dba)]
    if len(known) == 0:
        return float("nan")
    return 10.0 * log10(float(np.mean(10.0 ** (known / 10.0))))


def noise_emergence(
    kpi: str,
    window: Window,
    level_dba: FloatArray,
    wind_m_per_s: FloatArray,
    residual: ResidualLevel,
    *,
    ambient_u_db: float,
    inputs: tuple[str, ...],
) -> KpiResult:
    """Ambient level with the plant running minus the residual level without it.

    Parameters
    ----------
    level_dba : float array, shape (n,)
        LAeq of consecutive equal intervals of the window, NaN where missing. [dB(A)]
    wind_m_per_s : float array, shape (n,)
        Wind speed in the same intervals; intervals above 5 m/s do not count, nor do those
        with unknown wind. [m/s]
    residual : ResidualLevel
        The residual level of the same legal period (day or night).
    ambient_u_db : float
        Standard uncertainty of the ambient level: instrument and place. [dB]

    Returns
    -------
    KpiResult
        The emergence [dB(A)]. u = sqrt(u_ambient^2 + u_residual^2).

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> night = Window(
    ...     name="last_night",
    ...     start=datetime(2026, 1, 1, 21, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, 6, tzinfo=UTC),
    ... )
    >>> residual = ResidualLevel(level_dba=42.0, u_db=1.0, provenance="before commissioning")
    >>> noise_emergence(
    ...     "noise_emergence_night", night, np.full(54, 44.5), np.zeros(54), residual,
    ...     ambient_u_db=1.0, inputs=("sound_east",),
    ... ).value
    2.5
    """
    usable = np.isfinite(level_dba) & (wind_m_per_s <= MAX_WIND_M_PER_S)
    coverage = float(np.mean(usable)) if len(level_dba) else 0.0
    if coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(kpi, _UNIT, window, why, coverage_ratio=coverage)
    ambient = energy_average_dba(np.where(usable, level_dba, np.nan))
    return KpiResult(
        kpi=kpi,
        window=window,
        unit=_UNIT,
        value=ambient - residual.level_dba,
        expanded_uncertainty=COVERAGE_FACTOR * sqrt(ambient_u_db**2 + residual.u_db**2),
        coverage_ratio=coverage,
        boundary=f"property line; residual level: {residual.provenance}",
        flags=(Flag.OLD_RESIDUAL,) if residual.is_old(window.end.date()) else (),
        parts=(
            UncertaintyPart(name="ambient", u=ambient_u_db),
            UncertaintyPart(name="residual", u=residual.u_db),
        ),
        numerator=ambient,
        numerator_unit=_UNIT,
        denominator=residual.level_dba,
        denominator_unit=_UNIT,
        inputs=inputs,
    )


# Longest noise in minutes, and what it may exceed the limit by, in dB(A).
_DURATION_TERMS: Final = ((1, 6.0), (5, 5.0), (20, 4.0), (120, 3.0), (240, 2.0), (480, 1.0))


def duration_term_db(minutes: float) -> float:
    """What a noise of so many minutes in its period, day or night, may exceed the limit by.

    Parameters
    ----------
    minutes : float
        How long the noise is there, cumulated over the period. [min]

    Returns
    -------
    float
        Corrective term. [dB(A)]

    Notes
    -----
    Code de la santé publique, R.1336-7, in force since 10 August 2017; the list ends at 8 hours,
    beyond which nothing is added.

    Examples
    --------
    A generator test of half an hour may exceed the limit by 3 dB(A), a fan that runs all night by
    nothing.

    >>> duration_term_db(30.0), duration_term_db(540.0)
    (3.0, 0.0)
    """
    if not minutes >= 0.0:
        msg = f"a noise lasts no {minutes} min"
        raise ValueError(msg)
    return next((term for longest, term in _DURATION_TERMS if minutes <= longest), 0.0)
