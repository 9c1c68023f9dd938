"""What is true of the plant over a window: the answers Boucle is compared with.

Energies, volumes and means are integrals of the plant's own rows over ``[start, end)``; every
KPI is a quotient of them. Nothing here knows of meters, their errors or missing readings. A
ratio over nothing is NaN. What is computed otherwise than by the line between two nodes is said
in :mod:`simulators.plant.accounts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from simulators.plant.balance import PUMP_ON_UPS, SOURCES
from simulators.plant.it_load import RATED_IT_KW
from simulators.plant.signals import PDUS, UPSS
from simulators.plant.truth_cooling import CoolingTruth, cooling_truth, ratio
from simulators.plant.truth_heat import ExchangerTruth, HeatTruth, heat_truth
from simulators.plant.variant import REFERENCE, Variant

_POTABLE = ("water_adiabatic.flow_m3_per_h", "water_humidifier.flow_m3_per_h")
_RAIN = "water_rain.flow_m3_per_h"
_REUSED = ("heat_meter_loop.heat_power_kw", "heat_meter_greenhouse.heat_power_kw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Energies and volumes over ``[start, end)``, the KPIs they give, and the parts of the plant.

    ``e_it_kwh`` is category 2 (PDU outputs), ``e_it_ups_kwh`` category 1 (UPS outputs less
    the chilled-water pump while it hangs on one of them). ``e_heat_pump_kwh`` is the heat-pump
    board: compressors and loop pumps. ``w_in_m3`` is potable and rain water.
    """

    start: datetime
    end: datetime
    e_dc_kwh: float
    e_it_kwh: float
    e_it_ups_kwh: float
    e_pv_kwh: float
    e_genset_kwh: float
    e_heat_pump_kwh: float
    fuel_m3: float
    w_in_m3: float
    w_potable_m3: float
    e_reuse_kwh: float
    cooling: CoolingTruth
    heat: HeatTruth
    exchanger: ExchangerTruth
    variant: Variant = REFERENCE

    @property
    def pue(self) -> float:
        """E_DC / E_IT, category 2 (EN 50600-4-2)."""
        return ratio(self.e_dc_kwh, self.e_it_kwh)

    @property
    def pue_category1(self) -> float:
        """E_DC / E_IT, category 1: at the UPS outputs."""
        return ratio(self.e_dc_kwh, self.e_it_ups_kwh)

    @property
    def pue_without_heat_pumps(self) -> float:
        """PUE, category 2, without the electricity of the heat-pump board."""
        return ratio(self.e_dc_kwh - self.e_heat_pump_kwh, self.e_it_kwh)

    @property
    def wue_l_per_kwh(self) -> float:
        """W_IN / E_IT in litres per kWh (EN 50600-4-9), rain water included."""
        return ratio(1e3 * self.w_in_m3, self.e_it_kwh)

    @property
    def wue_potable_l_per_kwh(self) -> float:
        """The same of potable water alone."""
        return ratio(1e3 * self.w_potable_m3, self.e_it_kwh)

    @property
    def w_rain_m3(self) -> float:
        """Rain water used: what of W_IN is not potable."""
        return self.w_in_m3 - self.w_potable_m3

    @property
    def erf(self) -> float:
        """E_REUSE / E_DC (EN 50600-4-6)."""
        return ratio(self.e_reuse_kwh, self.e_dc_kwh)

    @property
    def ere(self) -> float:
        """(E_DC - E_REUSE) / E_IT, category 2."""
        return ratio(self.e_dc_kwh - self.e_reuse_kwh, self.e_it_kwh)

    @property
    def ref_onsite(self) -> float:
        """Energy of the roof's panels / E_DC: REF (EN 50600-4-3) without certificates."""
        return ratio(self.e_pv_kwh, self.e_dc_kwh)

    @property
    def load_factor(self) -> float:
        """Mean IT power / rated IT power."""
        hours = (self.end - self.start).total_seconds() / 3600.0
        return ratio(self.e_it_kwh, RATED_IT_KW * self.variant.size * hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What rows grew by over a window (power in kW gives kWh), and their values at its ends."""

    by_row: Mapping[str, float]
    first: Mapping[str, float]
    last: Mapping[str, float]


def truth_of(start: datetime, end: datetime, grown: Amounts, variant: Variant) -> Truth:
    """The truth of a window from what every counted row grew by in it."""
    by_row = grown.by_row
    potable_m3 = sum(by_row[row] for row in _POTABLE)
    ups_kwh = sum(by_row[f"{ups}.output_power_kw"] for ups in UPSS)
    hours = (end - start).total_seconds() / 3600.0
    heat, exchanger = heat_truth(by_row, grown.first, grown.last, hours)
    return Truth(
        start=start,
        end=end,
        e_dc_kwh=sum(by_row[row] for row in SOURCES),
        e_it_kwh=sum(by_row[f"{pdu}.active_power_kw"] for pdu in PDUS),
        e_it_ups_kwh=ups_kwh - by_row[PUMP_ON_UPS],
        e_pv_kwh=by_row["pv_meter.active_power_kw"],
        e_genset_kwh=by_row["genset_meter.active_power_kw"],
        e_heat_pump_kwh=by_row["heat_pump_board.active_power_kw"],
        fuel_m3=by_row["genset.fuel_m3_per_h"],
        w_in_m3=potable_m3 + by_row[_RAIN],
        w_potable_m3=potable_m3,
        e_reuse_kwh=sum(by_row[row] for row in _REUSED),
        cooling=cooling_truth(by_row),
        heat=heat,
        exchanger=exchanger,
        variant=variant,
    )


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
