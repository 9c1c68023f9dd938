"""WUE, water usage effectiveness (ISO/IEC 30134-9, EN 50600-4-9).

Water that enters over the energy of the IT equipment, in L/kWh, which equals m3/MWh. W_IN is
counted as Delegated Regulation (EU) 2024/1364, Annex II does: inputs across the boundary, blow-
down not subtracted. ``wue_potable`` counts W_IN-POT, without rain and reused water; the regulation
asks for water category 1 there, what the categories of ISO/IEC 30134-9 are is background
knowledge. ``wue_fresh`` counts W_IN-FRE, "total freshwater input" of the act of September 2026:
potable water and what the site declares as fresh; the definition of the act was not read.

Examples
--------
681 000 m3 for 1.6 TWh of IT, the French fleet of 2023 (ARCEP): 0.43 L/kWh.

>>> from models.kpi.totals import totals_of
>>> WUE.of(totals_of({"water": 681e3, "it": 1.6e9})).value.round(2).tolist()
[0.43]

400 m3 of drinking water for 1 GWh, the bound of the Climate Neutral Data Centre Pact for cool
climates under water stress:

>>> WUE_POTABLE.of(totals_of({"potable": 400.0, "it": 1e6})).value.tolist()
[0.4]
"""

from dataclasses import replace
from typing import Final

from models.kpi.definition import ANY, KpiGroup
from models.kpi.ratio import RatioKpi

WUE: Final = RatioKpi(
    id="wue",
    unit="L/kWh",
    group=KpiGroup.WATER,
    decimals=3,
    windows=ANY,
    lower=0.0,
    numerator="water",
    denominator="it",
    numerator_unit="m3",
    scale=1000.0,
    boundary="W_IN: all water that enters for the data centre's functions, rain water included",
)
WUE_POTABLE: Final = replace(
    WUE,
    id="wue_potable",
    numerator="potable",
    boundary="W_IN-POT: potable water that enters; rain and other sources not counted",
)
WUE_FRESH: Final = replace(
    WUE,
    id="wue_fresh",
    numerator="fresh",
    boundary="W_IN-FRE: fresh water that enters, as its meters are declared",
)
