"""Energy of the whole data centre, E_DC, in kWh over a period (ISO/IEC 30134-2).

What a reduction is reckoned from.

Examples
--------
1,500 MWh a year at two intakes of class 0.5, U (k = 2) of 6.2 MWh:

>>> from models.kpi.totals import totals_of
>>> result = FACILITY_ENERGY.of(totals_of({"facility": (1.5e6, 3076.0)}))
>>> result.value.tolist(), result.expanded_uncertainty.tolist()
([1500000.0], [6152.0])
"""

from typing import Final

from models.kpi.definition import ANY, BASE_YEAR, KpiGroup
from models.kpi.total import TotalKpi
from models.quantities import Quantity

FACILITY_ENERGY: Final = TotalKpi(
    id="facility_energy",
    unit="kWh",
    quantity=Quantity.ACTIVE_ENERGY,
    group=KpiGroup.ENERGY,
    decimals=0,
    windows=(*ANY, BASE_YEAR),
    lower=0.0,
    counted="facility",
    boundary="energy counted at the boundary of the data centre",
)
