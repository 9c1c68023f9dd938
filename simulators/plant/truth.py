"""What is true of the plant over a window: the answers Boucle is compared with."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Exact integrals over ``[start, end)`` and the KPIs they give.

    ``e_it_kwh`` is category 2 (PDU outputs), ``e_it_ups_kwh`` category 1 (UPS outputs less
    the chilled-water pump that hangs on one of them). A ratio over an empty window is NaN.
    """

    start: datetime
    end: datetime
    e_dc_kwh: float
    e_it_kwh: float
    e_it_ups_kwh: float
    w_in_m3: float
    w_potable_m3: float
    e_reuse_kwh: float

    @property
    def pue(self) -> float:
        """E_DC / E_IT, category 2 (EN 50600-4-2)."""
        return _ratio(self.e_dc_kwh, self.e_it_kwh)

    @property
    def wue_l_per_kwh(self) -> float:
        """W_IN / E_IT in litres per kWh (EN 50600-4-9), rain water included."""
        return _ratio(1e3 * self.w_in_m3, self.e_it_kwh)

    @property
    def erf(self) -> float:
        """E_REUSE / E_DC (EN 50600-4-6)."""
        return _ratio(self.e_reuse_kwh, self.e_dc_kwh)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseTruth:
    """Energy-averaged levels at one point of the property line, in dB(A).

    Day is 07:00-22:00 and night 22:00-07:00, local time. Emergence is ambient less
    residual. A period the window does not touch is NaN.
    """

    ambient_day_dba: float
    residual_day_dba: float
    ambient_night_dba: float
    residual_night_dba: float

    @property
    def emergence_day_db(self) -> float:
        """Ambient less residual, by day."""
        return self.ambient_day_dba - self.residual_day_dba

    @property
    def emergence_night_db(self) -> float:
        """Ambient less residual, by night."""
        return self.ambient_night_dba - self.residual_night_dba


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")
