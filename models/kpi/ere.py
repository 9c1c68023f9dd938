"""ERE, energy reuse effectiveness (The Green Grid).

Energy that enters and is not reused, over the energy of the IT equipment; at least 0, and below 1
where PUE may not be. Without hand-over meters it is withheld: it would be the PUE under another
name. Second-hand, the paper was not read. Identity over one and the same covered time: ERE = PUE
(1 - ERF); the product of a PUE and an ERF that were covered at different times is no ERE.

Examples
--------
PUE 1.3 of which 30 % leave as heat:

>>> from models.kpi.totals import totals_of
>>> ERE.of(totals_of({"facility": 130e3, "reused": 39e3, "it": 100e3})).value.tolist()
[0.91]
"""

from typing import Final

from models.kpi.definition import ANY, KpiGroup
from models.kpi.ratio import RatioKpi
from models.quantities import Quantity

ERE: Final = RatioKpi(
    id="ere",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.HEAT,
    decimals=3,
    windows=ANY,
    lower=0.0,
    numerator="facility",
    less="reused",
    denominator="it",
    boundary="as PUE, less the heat handed over; heat pumps inside, their electricity in E_DC",
)
