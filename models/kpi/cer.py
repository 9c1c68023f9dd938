"""CER, cooling efficiency ratio (ISO/IEC 30134-7, EN 50600-4-7).

All heat removed from the rooms, whether rejected or handed over, over the electricity of the
cooling system: chillers, pumps, towers, room units. Bigger is better, without upper bound in free
cooling. A heat meter on one of several paths gives too low a CER. It is an annual figure. The
formula is background knowledge, the standard was not read; that bigger is better follows second-
hand from "CER > 9" of the Blue Angel DE-UZ 228.

Examples
--------
900 MWh of heat for 100 MWh of electricity, at the limit of DE-UZ 228:

>>> from models.kpi.totals import totals_of
>>> CER.of(totals_of({"heat_removed": 900e3, "cooling": 100e3})).value.tolist()
[9.0]
"""

from typing import Final

from models.kpi.definition import ANY, KpiGroup
from models.kpi.ratio import RatioKpi
from models.quantities import Quantity

CER: Final = RatioKpi(
    id="cer",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.ENERGY,
    decimals=2,
    windows=ANY,
    lower=0.0,
    numerator="heat_removed",
    denominator="cooling",
    boundary="all heat removed from the data centre over all electricity of its cooling system",
)
