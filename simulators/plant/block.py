"""One block of ten days: the physics run once at every node, as matrices of rows."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.accounts import ACCOUNT_ROWS, account_rows
from simulators.plant.balance import HIDDEN_ROWS
from simulators.plant.boards import boards, mechanical_kw
from simulators.plant.cooling import Cooling, cooling
from simulators.plant.genset import genset
from simulators.plant.grid import LEAD_NODES, NODE_H, Nodes, nodes_of_block
from simulators.plant.hall import Hall, air_heat_kw, hall
from simulators.plant.heat import Heat, heat
from simulators.plant.it_load import ItLoad, it_load
from simulators.plant.noise import noise_rows
from simulators.plant.scenario import Scenario
from simulators.plant.signals import SOUND_METERS, UPSS, How, all_signals
from simulators.plant.ups import Ups, ups, ups_rows
from simulators.plant.variant import Variant
from simulators.plant.water import (
    evaporated_m3_per_h,
    humidifier_m3_per_h,
    latent_kw,
    makeup_m3_per_h,
    water,
)
from simulators.plant.weather import weather


def _rows_of(*kinds: How) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s.row for s in all_signals() if s.how in kinds))


COUNTER_ROWS: Final = tuple(dict.fromkeys((*_rows_of(How.INTEGRAL), *ACCOUNT_ROWS)))
_STATE_ROWS: Final = ("site.adiabatic_ratio", *(f"site.{ups}_bypass_ratio" for ups in UPSS))
# counters first: their integrals are then the leading rows of the linear matrix
LINEAR_ROWS: Final = tuple(
    dict.fromkeys((*COUNTER_ROWS, *_rows_of(How.LINEAR), *HIDDEN_ROWS, *_STATE_ROWS))
)
STEP_ROWS: Final = (*_rows_of(How.STEP), *(f"{point}.residual_dba" for point in SOUND_METERS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows at the nodes of a block and at the first node of the next.

    ``integral`` is that of the counter rows since the block began, times in hours;
    ``tank_m3`` is the rain water left at its end.
    """

    linear: FloatArray
    integral: FloatArray
    step: FloatArray
    tank_m3: float


def build_block(
    seed: int, block: int, epoch_s: int, *, tank_m3: float, scenario: Scenario, variant: Variant
) -> Block:
    """Run the physics over one block; ``tank_m3`` is the rain water it starts with."""
    nodes = nodes_of_block(block, epoch_s)
    rows, step_rows, tank_after_m3 = _physics(seed, nodes, tank_m3, scenario, variant)
    linear = np.stack([variant.factor_of(name) * rows[name][LEAD_NODES:] for name in LINEAR_ROWS])
    powers = linear[: len(COUNTER_ROWS)]
    integral = np.zeros_like(powers)
    np.cumsum(0.5 * NODE_H * (powers[:, :-1] + powers[:, 1:]), axis=1, out=integral[:, 1:])
    step = np.stack([step_rows[name] for name in STEP_ROWS])
    return Block(linear=linear, integral=integral, step=step, tank_m3=tank_after_m3)


def _physics(
    seed: int, nodes: Nodes, tank_m3: float, scenario: Scenario, variant: Variant
) -> tuple[dict[str, FloatArray], dict[str, FloatArray], float]:
    """From the weather and the servers to every row: each part feeds the next."""
    sky = weather(seed, nodes)
    servers = it_load(seed, nodes, variant)
    power = _secure_power(nodes, servers, scenario, variant)
    humidifier = humidifier_m3_per_h(sky)
    halls = hall(
        seed,
        nodes,
        servers,
        power,
        latent_kw=latent_kw(humidifier),
        fan_ratio=variant.fan_ratio,
    )
    recovered = heat(seed, nodes, sky, halls, scenario=scenario, variant=variant)
    outdoors = cooling(seed, nodes, sky, halls, recovered=recovered, variant=variant)
    engine = genset(nodes, scenario)
    mains = boards(
        seed,
        nodes,
        sky=sky,
        ups=power,
        mech=mechanical_kw(halls, outdoors, power),
        heat=recovered,
        genset=engine,
        variant=variant,
    )
    evaporated = evaporated_m3_per_h(outdoors.rejected_kw, outdoors.adiabatic_ratio)
    panels = water(makeup_m3_per_h(evaporated), sky.rain_mm_per_day, tank_m3)
    rows = {
        "water_adiabatic.flow_m3_per_h": panels.potable_adiabatic_m3_per_h,
        "water_humidifier.flow_m3_per_h": humidifier,
        "water_rain.flow_m3_per_h": panels.rain_m3_per_h,
        "site.board_loss_kw": mains.loss_kw,
    }
    rows |= sky.rows() | servers.rows() | ups_rows(seed, nodes, power) | halls.crah_rows
    rows |= recovered.rows | outdoors.rows | engine.rows(mains.genset_kw) | mains.rows
    rows |= _hidden_rows(power, halls, recovered, outdoors)
    rows |= account_rows(recovered, outdoors, evaporated)
    steps = noise_rows(seed, nodes, sky=sky, outdoors=outdoors, genset=engine, variant=variant)
    return rows, steps, panels.tank_m3


def _secure_power(nodes: Nodes, servers: ItLoad, scenario: Scenario, variant: Variant) -> Ups:
    return ups(
        servers.pdu_kw,
        air_heat_kw(servers),
        bypass_ratio=scenario.bypass_ratio(nodes.unix_s),
        pump_moved_ratio=scenario.pump_moved_ratio(nodes.unix_s),
        loss_ratio=variant.ups_loss_ratio,
    )


def _hidden_rows(
    power: Ups, halls: Hall, recovered: Heat, outdoors: Cooling
) -> dict[str, FloatArray]:
    return {
        "site.ups_a_loss_kw": power.loss_kw[0],
        "site.ups_b_loss_kw": power.loss_kw[1],
        "site.pump_on_ups_kw": power.pump_on_ups_kw,
        "site.pump_on_board_kw": power.pump_on_board_kw,
        "site.cable_loss_kw": power.cable_loss_kw.sum(axis=0),
        "site.condenser_pump_kw": outdoors.pump_kw.sum(axis=0),
        "site.loop_pump_kw": recovered.pump_kw,
        "site.liquid_kw": halls.liquid_kw,
        "site.liquid_rejected_kw": outdoors.liquid_rejected_kw,
        "site.source_liquid_kw": recovered.source_liquid_kw,
        "site.latent_kw": halls.humidifier_latent_kw,
        "site.pipe_loss_kw": recovered.pipe_loss_kw,
        "site.greenhouse_loss_kw": recovered.greenhouse_loss_kw,
        "site.rejected_kw": outdoors.rejected_kw,
    }
