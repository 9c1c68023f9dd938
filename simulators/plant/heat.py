"""Recovered heat: heat pumps, the exchanger to the district loop, the greenhouse branch.

Assumptions: the district asks by degree days below 16.5 degC (20 kW/K, with a morning peak)
plus hot water by hour (34 kW on average, less in summer); two heat pumps of 150 kW thermal
at 0.5 of Carnot between the waters that leave them; source is the return of the chilled
water (23 -> 17 degC) blended with what the greenhouse leaves of the liquid loop; a plate
exchanger whose UA falls by a quarter in the year after its September cleaning; greenhouse
branch 36 degC from October to May, fed by the liquid loop without heat pump.

A scenario may have the district refuse heat, stop heat pumps or foul the exchanger.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.fluids import cold_degc, flow_m3_per_h, heat_coefficient_kwh_per_m3_k
from simulators.plant.grid import Nodes, ramp
from simulators.plant.hall import Hall
from simulators.plant.randomness import smooth
from simulators.plant.scenario import Scenario
from simulators.plant.signals import HEAT_PUMPS
from simulators.plant.variant import Variant
from simulators.plant.weather import Weather

HEAT_PUMP_KW: Final = 150.0
_CARNOT_SHARE: Final = np.array([[0.505], [0.49]])  # the second machine is a little worse
_KELVIN: Final = 273.15
_DISTRICT_KW_PER_K: Final = 20.0
_DISTRICT_BASE_DEGC: Final = 16.5
_HOT_WATER_KW: Final = 34.0
_HOURS: Final = np.arange(0.0, 25.0, 3.0)
_HEATING_SHAPE: Final = np.array([0.88, 0.90, 1.20, 1.08, 0.98, 0.96, 1.05, 1.02, 0.88])
_HOT_WATER_SHAPE: Final = np.array([0.45, 0.35, 1.55, 1.25, 1.05, 0.85, 1.50, 1.30, 0.45])
_CIRCULATION_KW: Final = 10.0  # the loop's own losses ask for heat at any hour
_PIPE_LOSS_RATIO: Final = 0.012
_GREENHOUSE_KW_PER_K: Final = 1.7
_GREENHOUSE_LOSS_RATIO: Final = 0.03
_PRIMARY_FLOW_RATIO: Final = 1.05
_LEAST_KW: Final = 1e-3  # stands for no heat where a formula divides by it
_STANDSTILL_KW: Final = 3.0  # below, pump and pipes fade with the heat: nothing circulates at 0
_MOST_LOOP_KW: Final = 2.0 * HEAT_PUMP_KW - 3.0
_UA_KW_PER_K: Final = 185.0
_UA_RATED_KW: Final = 300.0
_UA_EXPONENT: Final = 0.7  # both sides turbulent: film coefficients by flow to the 0.7
_FOULING_PER_YEAR: Final = 0.33
_CLEANED_ANGLE: Final = 2.0 * np.pi * 257.0 / 365.24  # mid-September


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """Recovered heat in kW by path, and the rows its instruments show."""

    loop_kw: FloatArray
    greenhouse_kw: FloatArray
    pipe_loss_kw: FloatArray
    greenhouse_loss_kw: FloatArray
    pump_kw: FloatArray
    condenser_kw: FloatArray
    compressor_kw: FloatArray
    source_water_kw: FloatArray
    source_liquid_kw: FloatArray
    liquid_used_kw: FloatArray
    unserved_kw: FloatArray
    raising_cop: FloatArray
    rows: dict[str, FloatArray]


def heat(
    seed: int, nodes: Nodes, sky: Weather, hall: Hall, *, scenario: Scenario, variant: Variant
) -> Heat:
    """What is recovered at each node, and by which machine."""
    greenhouse_wish_kw = variant.greenhouse_ratio * _greenhouse_wish_kw(seed, nodes, sky)
    greenhouse_kw = _greenhouse_season(nodes) * np.minimum(
        greenhouse_wish_kw, 0.93 * hall.liquid_kw
    )
    greenhouse_source_kw = greenhouse_kw / (1.0 - _GREENHOUSE_LOSS_RATIO)
    liquid_left_kw = hall.liquid_kw - greenhouse_source_kw
    available_kw = hall.chilled_water_kw + liquid_left_kw
    most_kw = np.minimum(_capacity_kw(available_kw), _OF_CHILLED_WATER * hall.chilled_water_kw)
    capacity_kw = scenario.heat_pumps_ratio(nodes.unix_s) * most_kw
    wish_kw = variant.district_ratio * _district_kw(seed, nodes, sky)
    requested_kw = scenario.accepted_ratio(nodes.unix_s) * wish_kw
    loop_kw = _softened_minimum(requested_kw, capacity_kw)
    moving = ramp(loop_kw, 0.0, _STANDSTILL_KW)
    pipe_loss_kw = 0.3 * moving + _PIPE_LOSS_RATIO * loop_kw
    pump_kw = 0.6 * moving + 2.4 * (loop_kw / 300.0) ** 2
    condenser_kw = loop_kw + pipe_loss_kw - pump_kw
    sink = _exchanger(seed, nodes, loop_kw, scenario.ua_ratio(nodes.unix_s))
    liquid_kw = np.minimum(0.95 * liquid_left_kw, 0.22 * condenser_kw)
    liquid_share = liquid_kw / (0.73 * np.maximum(condenser_kw, _LEAST_KW))
    source = _source_rows(seed, nodes, liquid_share)
    unit_kw = _staged_kw(condenser_kw)
    compressor_kw = _compressor_kw(unit_kw, sink["primary_inlet"], source["outlet"])
    source_water_kw = condenser_kw - compressor_kw.sum(axis=0) - liquid_kw
    used_kw = greenhouse_source_kw + liquid_kw
    rows = _pump_rows(unit_kw, compressor_kw, sink, source) | _meter_rows(
        seed, nodes, sink, (greenhouse_kw, source_water_kw, used_kw, hall.chilled_water_kw)
    )
    rows["loop_exchanger.requested_heat_kw"] = requested_kw
    return Heat(
        loop_kw=loop_kw,
        greenhouse_kw=greenhouse_kw,
        pipe_loss_kw=pipe_loss_kw,
        greenhouse_loss_kw=greenhouse_source_kw - greenhouse_kw,
        pump_kw=pump_kw,
        condenser_kw=condenser_kw,
        compressor_kw=compressor_kw,
        source_water_kw=source_water_kw,
        source_liquid_kw=liquid_kw,
        liquid_used_kw=used_kw,
        unserved_kw=np.maximum(requested_kw - loop_kw, 0.0),
        raising_cop=_cop(sink["primary_inlet"], source["outlet"], _CARNOT_SHARE[0]),
        rows=rows,
    )


# Of each kW at the condensers at least 0.61 come from the chilled water: at a COP of 6 the
# compressors give 0.17, the liquid loop 0.22 at most. A little is left for the pipes.
_OF_CHILLED_WATER = 1.5


def _capacity_kw(available_kw: FloatArray) -> FloatArray:
    """The most both machines give, by their size and by the heat there is."""
    # 1.25 = COP / (COP - 1) at a COP of 5: never more source than the halls give
    return np.minimum(_MOST_LOOP_KW, 0.95 * 1.25 * available_kw)


def _softened_minimum(asked_kw: FloatArray, most_kw: FloatArray) -> FloatArray:
    """The lesser of the two, with the corner rounded as a controller rounds it."""
    width_kw = 6.0
    gap = (asked_kw - most_kw) / width_kw
    # the rounding would fall below zero where nothing is asked or nothing can be given
    return np.maximum(most_kw - width_kw * np.logaddexp(0.0, -gap), 0.0)


def missed_kw(recovered: Heat, rejected_kw: FloatArray) -> FloatArray:
    """Heat the district asked for and did not get although it could have been given.

    The least of what was asked in vain, what the chilled-water heat sent outdoors would have
    been once raised (by the first machine at full load), and what the machines had left.
    """
    raisable_kw = rejected_kw * recovered.raising_cop / (recovered.raising_cop - 1.0)
    left_kw = np.maximum(_MOST_LOOP_KW - recovered.loop_kw, 0.0)
    return np.minimum(np.minimum(recovered.unserved_kw, raisable_kw), left_kw)


def _district_kw(seed: int, nodes: Nodes, sky: Weather) -> FloatArray:
    felt_degc = 0.75 * sky.slow_temp_degc + 0.25 * sky.temp_degc
    cold_k = np.maximum(_DISTRICT_BASE_DEGC - felt_degc, 0.0)
    season = np.cos(nodes.year_angle - 0.3)
    heating = _DISTRICT_KW_PER_K * cold_k * np.interp(nodes.local_hour, _HOURS, _HEATING_SHAPE)
    hot_water = np.interp(nodes.local_hour, _HOURS, _HOT_WATER_SHAPE) * (1.0 + 0.2 * season)
    draw = 1.0 + 0.05 * smooth(seed, "heat/draw", nodes.hours, 0.3)
    draw = draw + 0.04 * smooth(seed, "heat/draw/slow", nodes.hours, 5.0)
    asked = heating + (_HOT_WATER_KW - _CIRCULATION_KW) * hot_water + _CIRCULATION_KW
    return np.asarray(asked * draw)


def _greenhouse_season(nodes: Nodes) -> FloatArray:
    """1 from October to May, opened and closed over three days."""
    day = nodes.year_angle / (2.0 * np.pi) * 365.2425
    return np.maximum(ramp(day, 272.0, 275.0), ramp(day, 152.0, 149.0))


def _greenhouse_wish_kw(seed: int, nodes: Nodes, sky: Weather) -> FloatArray:
    wish_kw = _GREENHOUSE_KW_PER_K * np.maximum(17.0 - sky.temp_degc, 0.0)
    wish_kw = wish_kw - 0.02 * sky.irradiance_w_per_m2
    draw = 1.0 + 0.04 * smooth(seed, "heat/green", nodes.hours, 0.7)
    return np.asarray(np.maximum(wish_kw, 2.0) * draw)


def _clean_ratio(nodes: Nodes) -> FloatArray:
    """UA over that of clean plates: 1 after the yearly cleaning, then falling."""
    since_cleaning = (nodes.year_angle - _CLEANED_ANGLE) % (2.0 * np.pi) / (2.0 * np.pi)
    # clean again over a day, so that no power jumps
    dirt_years = since_cleaning * ramp(since_cleaning, 1.0, 1.0 - 1.0 / 365.0)
    return np.asarray(1.0 / (1.0 + _FOULING_PER_YEAR * dirt_years))


def _exchanger(
    seed: int, nodes: Nodes, loop_kw: FloatArray, scenario_ratio: FloatArray
) -> dict[str, FloatArray]:
    """The four temperatures and two flows of the plate exchanger (counter-flow NTU)."""
    hours = nodes.hours
    back = 46.4 + 0.5 * smooth(seed, "heat/return", hours, 3.0)
    back = back - 0.8 * (loop_kw / 300.0 - 0.5)
    supply = 62.3 + 0.25 * smooth(seed, "heat/supply", hours, 0.9)
    clean_ratio = scenario_ratio * _clean_ratio(nodes)
    flow_ratio = np.maximum(loop_kw / _UA_RATED_KW, 0.02) ** _UA_EXPONENT
    ua = _UA_KW_PER_K * flow_ratio * clean_ratio
    capacity_ratio = 1.0 / _PRIMARY_FLOW_RATIO
    ntu = ua * (supply - back) / np.maximum(loop_kw, _LEAST_KW)
    decay = np.exp(-ntu * (1.0 - capacity_ratio))
    effectiveness = (1.0 - decay) / (1.0 - capacity_ratio * decay)
    primary_inlet = back + (supply - back) / effectiveness
    secondary_flow = flow_m3_per_h(loop_kw, supply, back)
    primary_flow = _PRIMARY_FLOW_RATIO * secondary_flow
    return {
        "loop_kw": loop_kw,
        "ua": ua,
        "clean_ratio": clean_ratio,
        "supply": supply,
        "secondary_flow": secondary_flow,
        "primary_inlet": primary_inlet,
        "primary_flow": primary_flow,
        "primary_outlet": cold_degc(loop_kw, primary_flow, primary_inlet),
    }


def _source_rows(seed: int, nodes: Nodes, liquid_share: FloatArray) -> dict[str, FloatArray]:
    """The blended source of both machines: 23/17 degC water and 42/33 degC loop."""
    wander = smooth(seed, "heat/source", nodes.hours, 1.4)
    return {
        "inlet": 22.9 + 15.0 * liquid_share + 0.15 * wander,
        "outlet": 17.0 + 13.0 * liquid_share + 0.12 * wander,
    }


def _staged_kw(condenser_kw: FloatArray) -> FloatArray:
    """One machine up to 110 kW, then the second joins until both carry half."""
    second = 0.5 * ramp(condenser_kw, 110.0, 175.0)
    return np.stack([condenser_kw * (1.0 - second), condenser_kw * second])


def _compressor_kw(unit_kw: FloatArray, hot_degc: FloatArray, cold: FloatArray) -> FloatArray:
    load = unit_kw / HEAT_PUMP_KW
    part_load = 1.0 - 0.10 * (1.0 - load) ** 2
    return np.asarray(unit_kw / (_cop(hot_degc, cold, _CARNOT_SHARE) * part_load))


def _cop(hot_degc: FloatArray, cold: FloatArray, carnot_share: FloatArray) -> FloatArray:
    """At full load, by the share of Carnot between the waters that leave the machine."""
    return np.asarray((hot_degc + _KELVIN) / (hot_degc - cold) * carnot_share)


def _pump_rows(
    unit_kw: FloatArray,
    compressor_kw: FloatArray,
    sink: dict[str, FloatArray],
    source: dict[str, FloatArray],
) -> dict[str, FloatArray]:
    rows = {
        "loop_exchanger.primary_inlet_temp_degc": sink["primary_inlet"],
        "loop_exchanger.primary_flow_m3_per_h": sink["primary_flow"],
        "site.exchanger_ua_kw_per_k": sink["ua"],
        "site.exchanger_clean_ratio": sink["clean_ratio"],
    }
    for n, device in enumerate(HEAT_PUMPS):
        running = ramp(unit_kw[n], 0.0, 4.0)  # a standing machine has no difference across it
        rows[f"{device}.active_power_kw"] = compressor_kw[n]
        rows[f"{device}.heat_power_kw"] = unit_kw[n]
        rows[f"{device}.source_inlet_temp_degc"] = source["inlet"]
        rows[f"{device}.source_outlet_temp_degc"] = (
            source["inlet"] + (source["outlet"] - source["inlet"]) * running
        )
        sink_inlet = sink["primary_outlet"] + 0.1
        rows[f"{device}.sink_inlet_temp_degc"] = sink_inlet
        rows[f"{device}.sink_outlet_temp_degc"] = (
            sink_inlet + (sink["primary_inlet"] + 0.15 - sink_inlet) * running
        )
    return rows


def _meter_rows(
    seed: int, nodes: Nodes, sink: dict[str, FloatArray], heats_kw: tuple[FloatArray, ...]
) -> dict[str, FloatArray]:
    """Heat, flow and hot pipe of each heat meter; the cold pipe follows from them."""
    rows = {
        "heat_meter_loop.heat_power_kw": sink["loop_kw"],
        "heat_meter_loop.flow_m3_per_h": sink["secondary_flow"],
        "heat_meter_loop.supply_temp_degc": sink["supply"],
    }
    circuits = (("greenhouse", 36.4, 28.6), ("source", 22.9, 17.1), ("dlc", 42.0, 33.2))
    for (name, hot, cold), power in zip(
        (*circuits, ("chilled_water", 23.0, 17.0)), heats_kw, strict=True
    ):
        hot_degc = hot + 0.2 * smooth(seed, f"heat/{name}/hot", nodes.hours, 1.6)
        spread_k = (hot - cold) * (1.0 + 0.03 * smooth(seed, f"heat/{name}/dt", nodes.hours, 0.5))
        per_volume = heat_coefficient_kwh_per_m3_k(hot_degc, hot_degc - spread_k) * spread_k
        rows[f"heat_meter_{name}.heat_power_kw"] = power
        rows[f"heat_meter_{name}.flow_m3_per_h"] = power / per_volume
        rows[f"heat_meter_{name}.supply_temp_degc"] = hot_degc
    return rows
