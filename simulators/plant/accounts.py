"""Rows no instrument shows, kept because a true KPI is their integral.

Like every power they are computed at the nodes and linear between them. That makes the
integral of a power exact. A product of two rows (heat times temperature), a least of several
or a yes-or-no is exact at the nodes; between them it is the straight line.
"""

from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.balance import PUMP_ON_UPS
from simulators.plant.cooling import Cooling
from simulators.plant.heat import Heat, missed_kw
from simulators.plant.signals import CHILLERS, HEAT_PUMPS

LOOP: Final = "heat_meter_loop"
GREENHOUSE: Final = "heat_meter_greenhouse"
_STANDING_KW: Final = 1.0

FREE_COOLING: Final = "free_cooling.heat_power_kw"
CHILLED_BY: Final = tuple(f"{d}.cooling_power_kw" for d in CHILLERS)
CONDENSERS: Final = tuple(f"{d}.heat_power_kw" for d in HEAT_PUMPS)
OUTDOOR: Final = "weather_mast.outdoor_temp_degc"
REQUESTED: Final = "loop_exchanger.requested_heat_kw"
LIQUID: Final = "site.liquid_kw"
LIQUID_REJECTED: Final = "site.liquid_rejected_kw"
UA: Final = "site.exchanger_ua_kw_per_k"
CLEAN_RATIO: Final = "site.exchanger_clean_ratio"
EVAPORATED: Final = "site.evaporated_m3_per_h"
MISSED: Final = "site.missed_heat_kw"
UNSERVED: Final = "site.unserved_heat_kw"
FREE_ALONE: Final = "site.free_cooling_alone_ratio"
COOLS: Final = "site.cools_ratio"
# delivered heat times its supply temperature
HEAT_SUPPLY: Final = {meter: f"{meter}.heat_supply_kw_degc" for meter in (LOOP, GREENHOUSE)}

ACCOUNT_ROWS: Final = (
    FREE_COOLING,
    *CHILLED_BY,
    *CONDENSERS,
    OUTDOOR,
    REQUESTED,
    LIQUID,
    LIQUID_REJECTED,
    PUMP_ON_UPS,
    UA,
    CLEAN_RATIO,
    EVAPORATED,
    MISSED,
    UNSERVED,
    FREE_ALONE,
    COOLS,
    f"{LOOP}.heat_supply_kw_degc",
    *HEAT_SUPPLY.values(),
)


def account_rows(
    recovered: Heat, outdoors: Cooling, evaporated_m3_per_h: FloatArray
) -> dict[str, FloatArray]:
    """What the physics have not yet given of the accounts."""
    chiller_kw = outdoors.chiller_heat_kw.sum(axis=0)
    cools = (chiller_kw + outdoors.free_kw) >= _STANDING_KW
    free_alone = cools & (chiller_kw < _STANDING_KW)
    rows = {
        EVAPORATED: evaporated_m3_per_h,
        MISSED: missed_kw(recovered, chiller_kw + outdoors.free_kw),
        UNSERVED: recovered.unserved_kw,
        COOLS: cools.astype(np.float64),
        FREE_ALONE: free_alone.astype(np.float64),
    }
    for meter, row in HEAT_SUPPLY.items():
        power = recovered.rows[f"{meter}.heat_power_kw"]
        supply = recovered.rows[f"{meter}.supply_temp_degc"]
        rows[row] = power * supply
    return rows
