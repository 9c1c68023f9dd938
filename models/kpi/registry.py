"""Every KPI, once. Evaluation, evidence, replay, charter, pages, metrics and README go over it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from models.kpi.carbon_avoided import CARBON_AVOIDED
from models.kpi.cer import CER
from models.kpi.cooling_degree_days import COOLING_DEGREE_DAYS
from models.kpi.cue import CUE_LOCATION
from models.kpi.declared_figures import ITEE_SV, ITEU_SV, REFRIGERANT_GWP, declared_results
from models.kpi.definition import ANY, DECLARED_WINDOWS, LONG, YEARLY, Kpi
from models.kpi.delivered_temperature import DELIVERED_TEMPERATURE
from models.kpi.ere import ERE
from models.kpi.erf import ERF
from models.kpi.facility_energy import FACILITY_ENERGY
from models.kpi.imported import with_origin
from models.kpi.inlet_air_temp import INLET_AIR_TEMP
from models.kpi.load_factor import LOAD_FACTOR
from models.kpi.measurement import Measurement
from models.kpi.noise_site import NOISE_KPIS
from models.kpi.pue import PUE, PUE_EXCL_HEAT_UPGRADE
from models.kpi.pue_part_load import PUE_AT_25_PERCENT_LOAD
from models.kpi.recovered_heat import RECOVERED_HEAT
from models.kpi.ref import REF, RENEWABLE_ONSITE_RATIO
from models.kpi.result import KpiResult
from models.kpi.seasonal_factor import SEASONAL_FACTOR
from models.kpi.thermal_envelope import LIQUID_SUPPLY_COMPLIANCE, SUPPLY_AIR_COMPLIANCE
from models.kpi.trajectory import TRAJECTORY_RATIO
from models.kpi.wue import WUE, WUE_FRESH, WUE_POTABLE
from models.readings import Window
from models.site.declarations import Declarations

KPIS: Final[Mapping[str, Kpi]] = {
    one.id: one
    for one in (
        PUE,
        PUE_EXCL_HEAT_UPGRADE,
        PUE_AT_25_PERCENT_LOAD,
        LOAD_FACTOR,
        CER,
        FACILITY_ENERGY,
        TRAJECTORY_RATIO,
        RECOVERED_HEAT,
        ERF,
        ERE,
        SEASONAL_FACTOR,
        DELIVERED_TEMPERATURE,
        WUE,
        WUE_POTABLE,
        WUE_FRESH,
        REF,
        RENEWABLE_ONSITE_RATIO,
        CUE_LOCATION,
        *CARBON_AVOIDED.values(),
        COOLING_DEGREE_DAYS,
        INLET_AIR_TEMP,
        SUPPLY_AIR_COMPLIANCE,
        LIQUID_SUPPLY_COMPLIANCE,
        *NOISE_KPIS.values(),
        ITEE_SV,
        ITEU_SV,
        REFRIGERANT_GWP,
    )
}

# An explicit period, such as 2025-Q3, is given what its length allows. A change of clock takes an
# hour from a week or a year.
_WEEK, _YEAR = timedelta(days=6, hours=23), timedelta(days=364, hours=22)
_MOST_OF_YEAR = timedelta(days=366, hours=2)
_NAMED: Final = frozenset(window for one in KPIS.values() for window in one.windows)


def is_given_for(kpi: Kpi, window: Window) -> bool:
    """Whether a KPI is given for a window: by its name, or by the length of an explicit period.

    Examples
    --------
    >>> from models.legal_time.calendar_spans import legal_month
    >>> march = legal_month(2026, 3)
    >>> is_given_for(KPIS["pue"], march), is_given_for(KPIS["trajectory_ratio"], march)
    (True, False)
    """
    if window.name in _NAMED:
        return window.name in kpi.windows
    if set(YEARLY) >= set(kpi.windows):
        return _YEAR <= window.duration <= _MOST_OF_YEAR
    if set(LONG) >= set(kpi.windows):
        return window.duration >= _WEEK
    return set(ANY) <= set(kpi.windows)


def is_given(kpi: str, window: str) -> bool:
    """Whether something gives a KPI over a named window: live, in replay and in evidence alike.

    Computed KPIs by their producer, declared figures where operators may declare them.

    Examples
    --------
    >>> is_given("pue", "12months"), is_given("iteu_sv", "declared"), is_given("iteu_sv", "month")
    (True, True, False)
    """
    row = KPIS.get(kpi)
    if row is None or window not in row.windows:
        return False
    return window in DECLARED_WINDOWS or type(row).produce is not Kpi.produce


def measure(measured: Measurement, kpis: Iterable[Kpi] | None = None) -> list[KpiResult]:
    """Every KPI that a site can have, over the periods of a measurement.

    Parameters
    ----------
    measured : Measurement
        The site over some periods, of one kind or several.
    kpis : iterable of Kpi, optional
        Those that are wanted; all by default.

    Returns
    -------
    list of KpiResult
        By KPI, in the order of the registry, and by period. A KPI that the site cannot have is
        left out; one whose meters it lacks says so.
    """
    found: list[KpiResult] = []
    parts: dict[tuple[int, ...], Measurement] = {}
    for kpi in KPIS.values() if kpis is None else kpis:
        rows = tuple(n for n, one in enumerate(measured.windows) if is_given_for(kpi, one))
        if not rows:
            continue
        part = parts.setdefault(rows, measured.only(rows))
        for series in kpi.produce(part):
            results = series.results(part.windows)
            found += [with_origin(one, measured.readings.imported) for one in results]
    return found


def declared(declarations: Declarations) -> Sequence[KpiResult]:
    """The KPIs that a site declares."""
    return declared_results(declarations, {one.id: one.unit for one in KPIS.values()})
