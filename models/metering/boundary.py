"""What the boundary of a sum contains, and what it lacks: said with every figure made of it."""

from enum import StrEnum


class BoundaryFact(StrEnum):
    """One thing that a reader must know of the boundary of a figure."""

    IT_AT_UPS_OUTPUT = "it_at_ups_output"
    IT_AT_PDU = "it_at_pdu"
    IT_FED_PAST_THE_UPS = "it_fed_past_the_ups"
    NON_IT_TAKEN_OUT = "non_it_taken_out"
    OTHER_LOADS_TAKEN_OUT = "other_loads_taken_out"
    EXPORT_TAKEN_OUT = "export_taken_out"
    BOUGHT_COOLING_COUNTED = "bought_cooling_counted"
    BOUGHT_COOLING_LACKING = "bought_cooling_lacking"
    BOUGHT_FUEL_COUNTED = "bought_fuel_counted"
    BOUGHT_FUEL_LACKING = "bought_fuel_lacking"


# A carrier that enters and is not in the sum: the figure is better than the truth.
LACKING = frozenset({BoundaryFact.BOUGHT_COOLING_LACKING, BoundaryFact.BOUGHT_FUEL_LACKING})
