"""Heat recovered over a period, in kWh, counted where it is handed over to others.

Examples
--------
>>> from models.kpi.totals import totals_of
>>> result = RECOVERED_HEAT.of(totals_of({"reused": (3400.0, 45.7)}, hours=24.0))
>>> result.value.tolist(), result.expanded_uncertainty.tolist()
([3400.0], [91.4])
"""

from typing import Final

from models.kpi.definition import ANY, KpiGroup
from models.kpi.total import TotalKpi
from models.quantities import Quantity

RECOVERED_HEAT: Final = TotalKpi(
    id="recovered_heat",
    unit="kWh",
    quantity=Quantity.HEAT_ENERGY,
    group=KpiGroup.HEAT,
    decimals=0,
    windows=ANY,
    lower=0.0,
    counted="reused",
    boundary="heat counted where it is handed over",
)
