"""The truth of the cold: heat removed, the electricity it took, chillers, free cooling, water."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.plant.accounts import (
    CHILLED_BY,
    COOLS,
    EVAPORATED,
    FREE_ALONE,
    FREE_COOLING,
    LIQUID,
    LIQUID_REJECTED,
)
from simulators.plant.balance import PUMP_ON_UPS
from simulators.plant.signals import CHILLERS

_MECHANICAL = ("mech_board_a.active_power_kw", "mech_board_b.active_power_kw")


def ratio(numerator: float, denominator: float) -> float:
    """A quotient, NaN over nothing."""
    return numerator / denominator if denominator else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingTruth:
    """Heat removed from the rooms and the electricity of the cooling system.

    ``e_cooling_kwh`` is mechanical boards A and B (chillers, dry coolers, condenser pumps, CRAH
    fans) and the chilled-water pump, counted once wherever it hangs; heat pumps are not in it.
    ``q_removed_chilled_kwh`` is what the chilled water took (as ``heat_meter_chilled_water``),
    ``q_liquid_kwh`` what the liquid loop of the AI racks took, of which ``q_liquid_rejected_kwh``
    went outdoors and the rest was used (as ``heat_meter_dlc``). Hours count from 1 kW up, at the
    5-minute nodes. ``evaporated_panels_m3`` is evaporation alone, without blow-down; what the
    humidifiers add evaporates altogether and is their volume.
    """

    e_cooling_kwh: float
    q_removed_chilled_kwh: float
    q_liquid_kwh: float
    q_liquid_rejected_kwh: float
    e_chillers_kwh: float
    q_chillers_kwh: float
    q_free_cooling_kwh: float
    cooling_hours_h: float
    free_cooling_alone_h: float
    evaporated_panels_m3: float

    @property
    def eer_chillers(self) -> float:
        """Heat taken by the chillers / their electricity."""
        return ratio(self.q_chillers_kwh, self.e_chillers_kwh)

    @property
    def free_cooling_heat_ratio(self) -> float:
        """Free cooling over free cooling and chillers: heat the heat pumps left."""
        return ratio(self.q_free_cooling_kwh, self.q_free_cooling_kwh + self.q_chillers_kwh)

    @property
    def free_cooling_hours_ratio(self) -> float:
        """Share of the hours with heat to reject in which no chiller took any."""
        return ratio(self.free_cooling_alone_h, self.cooling_hours_h)


def cooling_truth(by_row: Mapping[str, float]) -> CoolingTruth:
    """The truth of the cold from what every counted row grew by."""
    return CoolingTruth(
        e_cooling_kwh=sum(by_row[row] for row in _MECHANICAL) + by_row[PUMP_ON_UPS],
        q_removed_chilled_kwh=by_row["heat_meter_chilled_water.heat_power_kw"],
        q_liquid_kwh=by_row[LIQUID],
        q_liquid_rejected_kwh=by_row[LIQUID_REJECTED],
        e_chillers_kwh=sum(by_row[f"{d}.active_power_kw"] for d in CHILLERS),
        q_chillers_kwh=sum(by_row[row] for row in CHILLED_BY),
        q_free_cooling_kwh=by_row[FREE_COOLING],
        cooling_hours_h=by_row[COOLS],
        free_cooling_alone_h=by_row[FREE_ALONE],
        evaporated_panels_m3=by_row[EVAPORATED],
    )
