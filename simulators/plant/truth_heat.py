"""The truth of recovered heat: delivered, at what temperature, by what work, and missed."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.plant.accounts import (
    CLEAN_RATIO,
    CONDENSERS,
    GREENHOUSE,
    HEAT_SUPPLY,
    LOOP,
    MISSED,
    REQUESTED,
    UA,
    UNSERVED,
)
from simulators.plant.signals import HEAT_PUMPS
from simulators.plant.truth_cooling import ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatTruth:
    """Heat handed over, and what it took.

    ``q_requested_kwh`` is the district's wish. ``q_unserved_kwh`` is what of it was not
    delivered, ``q_missed_kwh`` what of that could have been: at each node the least of the
    unserved power, of the chilled-water heat that went outdoors once raised (x COP / (COP - 1), COP
    of heat pump 1 at full load at the moment's temperatures) and of what the two machines had
    left up to 297 kW at the loop. Without events it is what control leaves unanswered close to the
    machines' limit, some 4 kW at most. Means of temperature are weighted by the heat.
    """

    q_loop_kwh: float
    q_greenhouse_kwh: float
    q_requested_kwh: float
    q_unserved_kwh: float
    q_missed_kwh: float
    q_condenser_kwh: float
    e_compressors_kwh: float
    e_board_kwh: float
    loop_kwh_degc: float
    greenhouse_kwh_degc: float

    @property
    def cop_machines(self) -> float:
        """Condenser heat / electricity of the compressors, over the window."""
        return ratio(self.q_condenser_kwh, self.e_compressors_kwh)

    @property
    def cop_plant(self) -> float:
        """Heat handed to the loop / electricity of the heat-pump board, over the window."""
        return ratio(self.q_loop_kwh, self.e_board_kwh)

    @property
    def supply_temp_loop_degc(self) -> float:
        """Mean supply temperature at the loop."""
        return ratio(self.loop_kwh_degc, self.q_loop_kwh)

    @property
    def supply_temp_greenhouse_degc(self) -> float:
        """Mean supply temperature at the greenhouses."""
        return ratio(self.greenhouse_kwh_degc, self.q_greenhouse_kwh)

    @property
    def supply_temp_delivered_degc(self) -> float:
        """Mean supply temperature of all delivered heat."""
        return ratio(
            self.loop_kwh_degc + self.greenhouse_kwh_degc, self.q_loop_kwh + self.q_greenhouse_kwh
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangerTruth:
    """The loop exchanger: UA as it is, and over that of clean plates at the same load.

    Means are over time. Clean UA is 185 kW/K times (load / 300 kW) to the 0.7, so a UA at
    reference flow is ``exchanger_clean_ratio_* x 185``.
    """

    exchanger_ua_start_kw_per_k: float
    exchanger_ua_end_kw_per_k: float
    exchanger_ua_mean_kw_per_k: float
    exchanger_clean_ratio_start: float
    exchanger_clean_ratio_end: float
    exchanger_clean_ratio_mean: float


def heat_truth(
    by_row: Mapping[str, float],
    first: Mapping[str, float],
    last: Mapping[str, float],
    hours: float,
) -> tuple[HeatTruth, ExchangerTruth]:
    """The truth of heat from what every counted row grew by, and its values at the ends."""
    heat = HeatTruth(
        q_loop_kwh=by_row[f"{LOOP}.heat_power_kw"],
        q_greenhouse_kwh=by_row[f"{GREENHOUSE}.heat_power_kw"],
        q_requested_kwh=by_row[REQUESTED],
        q_unserved_kwh=by_row[UNSERVED],
        q_missed_kwh=by_row[MISSED],
        q_condenser_kwh=sum(by_row[row] for row in CONDENSERS),
        e_compressors_kwh=sum(by_row[f"{d}.active_power_kw"] for d in HEAT_PUMPS),
        e_board_kwh=by_row["heat_pump_board.active_power_kw"],
        loop_kwh_degc=by_row[HEAT_SUPPLY[LOOP]],
        greenhouse_kwh_degc=by_row[HEAT_SUPPLY[GREENHOUSE]],
    )
    exchanger = ExchangerTruth(
        exchanger_ua_start_kw_per_k=first[UA],
        exchanger_ua_end_kw_per_k=last[UA],
        exchanger_ua_mean_kw_per_k=ratio(by_row[UA], hours),
        exchanger_clean_ratio_start=first[CLEAN_RATIO],
        exchanger_clean_ratio_end=last[CLEAN_RATIO],
        exchanger_clean_ratio_mean=ratio(by_row[CLEAN_RATIO], hours),
    )
    return heat, exchanger
