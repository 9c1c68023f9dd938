"""English words of the KPIs."""

from typing import Final

from models.kpi.definition import KpiGroup
from models.kpi.result import DoubtReason, Flag, Withheld
from models.kpi.words import KpiCatalogue, KpiWords, WindowWords
from models.metering.boundary import BoundaryFact

_KPIS: Final = {
    "pue": KpiWords(label="PUE", about="energy of the data centre over energy of the IT"),
    "pue_excl_heat_upgrade": KpiWords(
        label="PUE without heat upgrade",
        about="heat pumps for reuse alone left out, as in the German EnEfG",
    ),
    "pue_at_25_percent_load": KpiWords(
        label="PUE at quarter load", about="at 25 % of the rated IT power"
    ),
    "load_factor": KpiWords(label="load factor", about="IT power over rated power"),
    "cer": KpiWords(label="CER", about="heat removed over electricity for cooling"),
    "facility_energy": KpiWords(label="energy of the data centre", about="all that enters it"),
    "trajectory_ratio": KpiWords(
        label="energy over the City’s trajectory",
        about="a proxy: over what a footprint’s trajectory would allow",
    ),
    "recovered_heat": KpiWords(label="recovered heat", about="where it is handed over"),
    "erf": KpiWords(label="ERF", about="reused heat over energy of the data centre"),
    "ere": KpiWords(label="ERE", about="PUE less reused heat"),
    "seasonal_factor": KpiWords(
        label="seasonal performance (SPF)", about="heat of the pumps over their electricity"
    ),
    "delivered_temperature": KpiWords(
        label="delivered temperature", about="mean weighted by the heat"
    ),
    "wue": KpiWords(label="WUE", about="water taken in per kWh of IT energy, whatever its source"),
    "wue_potable": KpiWords(label="WUE, potable water", about="potable water alone"),
    "wue_fresh": KpiWords(label="WUE, fresh water", about="potable water and what is declared"),
    "ref": KpiWords(label="REF", about="renewable share"),
    "renewable_onsite_ratio": KpiWords(
        label="renewable share made on site", about="made and used on site, over all energy"
    ),
    "cue_location": KpiWords(label="CUE", about="carbon of the grid, declared factor"),
    "carbon_avoided": KpiWords(label="carbon avoided", about="by the source displaced, declared"),
    "carbon_avoided_low": KpiWords(
        label="carbon avoided, at least", about="least favourable declared factors"
    ),
    "carbon_avoided_high": KpiWords(
        label="carbon avoided, at most", about="most favourable declared factors"
    ),
    "cooling_degree_days": KpiWords(
        label="cooling degree days", about="base 21 °C, sensor of the site"
    ),
    "inlet_air_temp": KpiWords(
        label="air temperature at the servers’ inlet", about="mean over sensors and time"
    ),
    "supply_air_compliance": KpiWords(
        label="air at the servers’ inlet", about="share of time inside the declared class"
    ),
    "liquid_supply_compliance": KpiWords(
        label="water to the racks", about="share of time inside the declared class"
    ),
    "noise_emergence_day": KpiWords(label="daytime emergence", about="7:00 to 22:00, worst point"),
    "noise_emergence_night": KpiWords(
        label="night-time emergence", about="22:00 to 7:00, worst point"
    ),
    "noise_boundary_day": KpiWords(
        label="daytime level at the property line", about="7:00 to 22:00, loudest point"
    ),
    "noise_boundary_night": KpiWords(
        label="night-time level at the property line", about="22:00 to 7:00, loudest point"
    ),
    "itee_sv": KpiWords(label="ITEEsv", about="computing power per watt of the servers, declared"),
    "iteu_sv": KpiWords(label="ITEUsv", about="mean use of the servers, declared"),
    "refrigerant_gwp": KpiWords(label="GWP", about="of the worst refrigerant, declared"),
}

_WINDOWS: Final = {
    "15min": WindowWords(heading="15 min", over="15 minutes"),
    "hour": WindowWords(heading="this hour", over="the hour"),
    "today": WindowWords(heading="today", over="the day"),
    "week": WindowWords(heading="this week", over="the week"),
    "month": WindowWords(heading="this month", over="the month"),
    "quarter": WindowWords(heading="this quarter", over="the quarter"),
    "year": WindowWords(heading="this year", over="the year"),
    "12months": WindowWords(heading="12 months", over="12 months"),
    "previous_hour": WindowWords(heading="last hour", over="the previous hour"),
    "previous_day": WindowWords(heading="yesterday", over="the previous day"),
    "previous_week": WindowWords(heading="last week", over="the previous week"),
    "previous_month": WindowWords(heading="last month", over="the previous month"),
    "previous_quarter": WindowWords(heading="last quarter", over="the previous quarter"),
    "previous_year": WindowWords(heading="last year", over="the previous year"),
    "previous_12months": WindowWords(heading="12 months before", over="the 12 months before"),
    "last_day": WindowWords(heading="yesterday, 7:00 to 22:00", over="the last day"),
    "last_night": WindowWords(heading="last night", over="the last night"),
    "base_year": WindowWords(heading="base year", over="the base year"),
    "declared": WindowWords(heading="declared", over="the last declaration"),
}

_FLAGS: Final = {
    Flag.BRIDGED: "bridged in part by the registers",
    Flag.PARTLY_MISSING: "part of the period is missing",
    Flag.DT_BELOW_MIN: "temperature difference below the meter’s minimum: out of scope",
    Flag.OLD_RESIDUAL: "old residual level",
    Flag.WIND_UNKNOWN: "wind unknown",
    Flag.CAPPED: "capped at 1",
    Flag.DECLARED_INPUT: "with a declared figure",
    Flag.CARRIER_LACKING: "a form of energy that enters is not counted: the truth is higher",
    Flag.VOLUME_UNKNOWN: "volume of a heat meter unknown: the worst case of its class is taken",
}

_BOUNDARY_FACTS: Final = {
    BoundaryFact.IT_AT_UPS_OUTPUT: "IT measured at the outputs of the UPSs",
    BoundaryFact.IT_AT_PDU: "IT measured at the distribution units",
    BoundaryFact.IT_FED_PAST_THE_UPS: "part of the IT is not fed by a UPS",
    BoundaryFact.NON_IT_TAKEN_OUT: "loads behind it that are not IT are taken out",
    BoundaryFact.OTHER_LOADS_TAKEN_OUT: "loads of others are taken out",
    BoundaryFact.EXPORT_TAKEN_OUT: "electricity given back is taken out",
    BoundaryFact.BOUGHT_COOLING_COUNTED: "bought cooling counted at its declared weight",
    BoundaryFact.BOUGHT_COOLING_LACKING: "bought cooling not counted: no weight declared",
    BoundaryFact.BOUGHT_FUEL_COUNTED: "bought fuel counted at its declared weight",
    BoundaryFact.BOUGHT_FUEL_LACKING: "bought fuel not counted: no weight declared",
}

ENGLISH: Final = KpiCatalogue(
    kpis=_KPIS,
    groups={
        KpiGroup.ENERGY: "Energy",
        KpiGroup.HEAT: "Heat",
        KpiGroup.WATER: "Water",
        KpiGroup.CARBON: "Carbon and renewables",
        KpiGroup.CONDITIONS: "Conditions",
        KpiGroup.NOISE: "Noise",
        KpiGroup.EQUIPMENT: "Equipment",
    },
    windows=_WINDOWS,
    withheld={
        Withheld.LOW_COVERAGE: "coverage too low",
        Withheld.FROZEN: "a meter stands still",
        Withheld.NO_DATA: "no data",
        Withheld.NO_METER: "no meter",
        Withheld.ZERO_DENOMINATOR: "denominator is zero",
        Withheld.IMPOSSIBLE: "impossible result: a meter is wrong",
        Withheld.NOT_REACHED: "the load was never reached",
        Withheld.NOT_REUSE_ONLY: "not every heat pump is declared to serve reuse alone",
        Withheld.NO_BASE_YEAR: "no reference year is declared",
    },
    flags=_FLAGS,
    doubts={
        DoubtReason.FROZEN: "its register stands still",
        DoubtReason.NEVER_MOVED: "its register never moved, and that is no proof of zero",
        DoubtReason.SECOND_CALCULATION: (
            "its register and the calculation from flow and ΔT disagree"
        ),
        DoubtReason.BALANCE: (
            "the balance of its node does not close, and it is the likeliest cause"
        ),
        DoubtReason.UNIT: "against its rated power, it seems to count in another unit",
        DoubtReason.RATE: "it counts faster than its rated power allows",
        DoubtReason.NOT_RECORDED: "the history does not say which, nor why",
    },
    boundary_facts=_BOUNDARY_FACTS,
)
