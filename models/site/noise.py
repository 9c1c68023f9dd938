"""Sound meters at the property line, and the levels without the plant."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisePoint:
    """A sound meter, with the levels measured where it stands without the plant. [dB(A)]

    ``level`` is the key of its LAeq. Emergence is only as good as the residual level:
    ``provenance`` and ``measured_on`` are shown beside every figure derived from it.
    """

    id: str
    label_fr: str
    label_en: str
    level: str
    residual_day_dba: float
    residual_night_dba: float
    residual_u_db: float
    ambient_u_db: float
    provenance: str
    measured_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseMonitoring:
    """Noise monitoring of a site; ``wind`` is the key of the wind speed at the sound meters."""

    wind: str
    points: tuple[NoisePoint, ...]
