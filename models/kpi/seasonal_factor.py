"""Seasonal performance factor of the heat pumps: heat given over electricity used.

A ratio of sums over a period, never a mean of momentary COPs. Heat that goes around the heat pumps
(a low-temperature branch) is not in it; the electricity is that of their board, compressors, pumps
and controls. The boundary holds the circulation pumps of the hand-over (SPF H4 in the words of the
European project SEPEMO, known second-hand; EN 14825 was not read): it lies below the COP of the
machines alone. Below 1 is impossible, the electricity itself becomes heat.

Examples
--------
A pump that moves 3 kWh with 1 kWh gives 4:

>>> from models.kpi.totals import totals_of
>>> SEASONAL_FACTOR.of(totals_of({"heat_pump_outputs": 4e3, "heat_pumps": 1e3})).value.tolist()
[4.0]
"""

from typing import Final

from models.kpi.definition import ANY, KpiGroup
from models.kpi.ratio import RatioKpi
from models.quantities import Quantity

SEASONAL_FACTOR: Final = RatioKpi(
    id="seasonal_factor",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.HEAT,
    decimals=2,
    windows=ANY,
    lower=1.0,
    numerator="heat_pump_outputs",
    denominator="heat_pumps",
    boundary="heat behind the heat pumps over all electricity of their board, pumps included",
)
