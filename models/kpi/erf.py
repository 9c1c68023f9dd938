"""ERF, energy reuse factor (ISO/IEC 30134-6, EN 50600-4-6).

Energy reused outside over the total energy of the data centre, between 0 and 1. E_REUSE is counted
where the heat is handed off to the other party (Delegated Regulation (EU) 2024/1364, Annex II).
With a heat pump inside the boundary that heat includes what the pump drew; above 1 more heat would
leave than energy entered.

Examples
--------
Of 1000 kWh, 410 kWh leave as heat for the district:

>>> from models.kpi.totals import totals_of
>>> ERF.of(totals_of({"reused": 410.0, "facility": 1000.0}, hours=24.0)).value.tolist()
[0.41]
"""

from typing import Final

from models.kpi.definition import ANY, KpiGroup
from models.kpi.ratio import RatioKpi
from models.quantities import Quantity

ERF: Final = RatioKpi(
    id="erf",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.HEAT,
    decimals=3,
    windows=ANY,
    lower=0.0,
    upper=1.0,
    numerator="reused",
    denominator="facility",
    boundary="heat counted where it is handed over; heat pumps inside, their electricity in E_DC",
)
