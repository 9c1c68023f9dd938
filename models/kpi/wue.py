"""WUE, water usage effectiveness (ISO/IEC 30134-9, EN 50600-4-9)."""

from dataclasses import replace
from math import inf

from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result
from models.kpi.result import KpiResult
from models.metering.tree import ItBoundary, SignedMeters

_SPEC = RatioKpi(
    kpi="wue",
    unit="L/kWh",
    numerator_unit="m3",
    lower=0.0,
    upper=inf,
    boundary="W_IN: all water that enters for the data centre's functions, rain water included",
    scale=1000.0,
)
_POTABLE = replace(
    _SPEC,
    kpi="wue_potable",
    boundary="W_IN-POT: potable water that enters; rain and other sources not counted",
)
_FRESH = replace(
    _SPEC,
    kpi="wue_fresh",
    boundary="W_IN-FRE: fresh water that enters, as its meters are declared",
)


def wue(totals: MeteredTotals, water: SignedMeters, it: ItBoundary) -> KpiResult:
    """Water input over the energy of the IT equipment.

    Parameters
    ----------
    totals : MeteredTotals
        Volumes [m3] and energies [kWh] over one jointly covered window.
    water : SignedMeters
        W_IN as Delegated Regulation (EU) 2024/1364, Annex II counts it: inputs across the
        boundary, blow-down not subtracted.
    it : ItBoundary
        E_IT.

    Returns
    -------
    KpiResult
        W_IN / E_IT in L/kWh, which equals m3/MWh.

    Examples
    --------
    681 000 m3 for 1.6 TWh of IT: the French fleet of 2023 (ARCEP), 0.43 L/kWh.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2023, 1, 1, tzinfo=UTC),
    ...     end=datetime(2024, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("water", "it"), total=np.array([681e3, 1.6e9]), u=np.zeros(2),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.DECLARED,
    ... )
    >>> round(wue(
    ...     totals, SignedMeters(plus=("water",)),
    ...     ItBoundary(category=2, meters=SignedMeters(plus=("it",))),
    ... ).value, 2)
    0.43
    """
    return ratio_result(_SPEC, totals, water, it.meters, category=it.category)


def wue_potable(totals: MeteredTotals, potable: SignedMeters, it: ItBoundary) -> KpiResult:
    """Potable water input over the energy of the IT equipment.

    Parameters
    ----------
    totals : MeteredTotals
        Volumes [m3] and energies [kWh] over one jointly covered window.
    potable : SignedMeters
        W_IN-POT, (EU) 2024/1364, Annex II; without rain and reused water.
    it : ItBoundary
        E_IT. The regulation asks for water category 1 here; what the categories of
        ISO/IEC 30134-9 are is background knowledge, the standard was not read.

    Returns
    -------
    KpiResult
        W_IN-POT / E_IT in L/kWh, at most the WUE of the same totals.

    Examples
    --------
    400 m3 of drinking water for 1 GWh: 0.4 L/kWh, the bound of the Climate Neutral Data Centre
    Pact for cool climates under water stress.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2025, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("city", "it"), total=np.array([400.0, 1e6]), u=np.zeros(2),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> wue_potable(
    ...     totals, SignedMeters(plus=("city",)),
    ...     ItBoundary(category=2, meters=SignedMeters(plus=("it",))),
    ... ).value
    0.4
    """
    return ratio_result(_POTABLE, totals, potable, it.meters, category=it.category)


def wue_fresh(totals: MeteredTotals, fresh: SignedMeters, it: ItBoundary) -> KpiResult:
    """Fresh water input over the energy of the IT equipment, as the act of September 2026 asks.

    Parameters
    ----------
    totals : MeteredTotals
        Volumes [m3] and energies [kWh] over one jointly covered window.
    fresh : SignedMeters
        W_IN-FRE, "total freshwater input". Whether rain is fresh water is for the caller to
        declare: the definition of the act was not read.
    it : ItBoundary
        E_IT.

    Returns
    -------
    KpiResult
        W_IN-FRE / E_IT in L/kWh.

    Examples
    --------
    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2025, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("city", "it"), total=np.array([100.0, 1e6]), u=np.zeros(2),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> wue_fresh(
    ...     totals, SignedMeters(plus=("city",)),
    ...     ItBoundary(category=2, meters=SignedMeters(plus=("it",))),
    ... ).value
    0.1
    """
    return ratio_result(_FRESH, totals, fresh, it.meters, category=it.category)
