"""PUE, power usage effectiveness (EN 50600-4-2, ISO/IEC 30134-2).

Total energy of the data centre E_DC, at its input before the supply transfer switch, over the
energy E_IT of its IT equipment. Category 1 takes E_IT at the UPS output, 2 at the PDU output, 3 at
the input of the equipment. Reused heat and renewables are never subtracted (EN 50600-4-2). Over
less than twelve months it is an interim PUE. Category 3 and the names of the kinds are background
knowledge, the edition in force was not read.

``pue_excl_heat_upgrade`` leaves out the electricity of plant that exclusively upgrades waste heat,
as EnEfG, section 11(2), last sentence, does for data centres that start after June 2026. EN
50600-4-2 knows no such exception: it is another figure, and never stands for the PUE. A heat pump
that also cools is not exclusively upgrading, and then there is no such figure.

Examples
--------
130 MWh of which 100 MWh reach the IT equipment give PUE 1.3:

>>> from models.kpi.totals import totals_of
>>> result = PUE.of(totals_of({"facility": (130e3, 650.0), "it": (100e3, 500.0)}))
>>> result.value.tolist(), result.expanded_uncertainty.round(4).tolist()
([1.3], [0.0184])

140 MWh of which 10 MWh drive heat pumps, for 100 MWh of IT: 1.3 instead of 1.4.

>>> year = totals_of({"facility": 140e3, "heat_upgrade": 10e3, "it": 100e3})
>>> PUE_EXCL_HEAT_UPGRADE.of(year).value.tolist()
[1.3]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.kpi.definition import ANY, KpiGroup
from models.kpi.ratio import RatioKpi
from models.kpi.result import Withheld
from models.kpi.series import KpiSeries, withheld_series
from models.quantities import Quantity

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement

PUE: Final = RatioKpi(
    id="pue",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.ENERGY,
    decimals=3,
    windows=ANY,
    lower=1.0,
    numerator="facility",
    denominator="it",
    boundary="E_DC at every source of the data centre, heat pumps inside",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PueExclHeatUpgrade(RatioKpi):
    """PUE less the heat upgrade, only where every heat pump serves the reuse alone."""

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The ratio; nothing without heat pumps."""
        if not measured.sums["heat_pumps"].plus:
            return ()
        if not measured.sums["heat_upgrade"].plus:
            why = Withheld.NOT_REUSE_ONLY
            periods = measured.periods
            return (withheld_series(self.id, self.unit, periods, why, boundary=self.boundary),)
        return RatioKpi.produce(self, measured)


PUE_EXCL_HEAT_UPGRADE: Final = PueExclHeatUpgrade(
    id="pue_excl_heat_upgrade",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.ENERGY,
    decimals=3,
    windows=ANY,
    lower=1.0,
    numerator="facility",
    less="heat_upgrade",
    denominator="it",
    boundary="E_DC less the electricity of plant that only upgrades waste heat",
)
