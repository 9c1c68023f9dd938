"""Where every joule goes: the laws the plant keeps, as sums of rows that must vanish.

Each law lists what enters a part of the site and what leaves it, in kW. Powers are linear
between nodes and the laws are sums, so a law kept at the nodes is kept at every instant.
"""

from typing import Final

from simulators.plant.signals import CHILLERS, CRAHS, DRY_COOLERS, HEAT_PUMPS, PDUS

SOURCES: Final = tuple(
    f"{name}.active_power_kw" for name in ("intake_a", "intake_b", "genset_meter", "pv_meter")
)
_PDU: Final = tuple(f"{d}.active_power_kw" for d in PDUS)
_FANS: Final = tuple(f"{d}.active_power_kw" for d in CRAHS)
_COOLER: Final = tuple(f"{d}.active_power_kw" for d in DRY_COOLERS)
_CHILLER: Final = tuple(f"{d}.active_power_kw" for d in CHILLERS)
_CHILLED: Final = tuple(f"{d}.cooling_power_kw" for d in CHILLERS)
_COMPRESSOR: Final = tuple(f"{d}.active_power_kw" for d in HEAT_PUMPS)
_CONDENSER: Final = tuple(f"{d}.heat_power_kw" for d in HEAT_PUMPS)
_MECHANICAL: Final = ("mech_board_a.active_power_kw", "mech_board_b.active_power_kw")
_UPS_IN: Final = ("ups_a.input_power_kw", "ups_b.input_power_kw")
_UPS_OUT: Final = ("ups_a.output_power_kw", "ups_b.output_power_kw")
_UPS_LOSS: Final = ("site.ups_a_loss_kw", "site.ups_b_loss_kw")
_PUMP: Final = "ups_pump_meter.active_power_kw"
PUMP_ON_UPS: Final = "site.pump_on_ups_kw"
_PUMP_ON_BOARD: Final = "site.pump_on_board_kw"
_SERVICES: Final = "general_services.active_power_kw"
_LOOP: Final = "heat_meter_loop.heat_power_kw"
_GREENHOUSE: Final = "heat_meter_greenhouse.heat_power_kw"
_SOURCE: Final = "heat_meter_source.heat_power_kw"
_LIQUID: Final = "heat_meter_dlc.heat_power_kw"
_CHILLED_WATER: Final = "heat_meter_chilled_water.heat_power_kw"
_FREE: Final = "free_cooling.heat_power_kw"

# heat that leaves the site: reused, outdoors by the dry coolers, and to the air around
HEAT_OUT: Final = (
    _LOOP,
    _GREENHOUSE,
    "site.rejected_kw",
    *_COOLER,
    _SERVICES,
    "site.board_loss_kw",
    "site.latent_kw",
    "site.pipe_loss_kw",
    "site.greenhouse_loss_kw",
)

# rows no instrument shows, kept for the laws
HIDDEN_ROWS: Final = (
    *_UPS_LOSS,
    PUMP_ON_UPS,
    _PUMP_ON_BOARD,
    "site.board_loss_kw",
    "site.cable_loss_kw",
    "site.condenser_pump_kw",
    "site.loop_pump_kw",
    "site.liquid_kw",
    "site.liquid_rejected_kw",
    "site.source_liquid_kw",
    "site.latent_kw",
    "site.pipe_loss_kw",
    "site.greenhouse_loss_kw",
    "site.rejected_kw",
)

LAWS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "main_boards": (
        SOURCES,
        (
            *_UPS_IN,
            *_MECHANICAL,
            "heat_pump_board.active_power_kw",
            _SERVICES,
            "site.board_loss_kw",
        ),
    ),
    "ups": (_UPS_IN, (*_UPS_OUT, *_UPS_LOSS)),
    "ups_outputs": (_UPS_OUT, (*_PDU, PUMP_ON_UPS, "site.cable_loss_kw")),
    "chilled_water_pump": ((_PUMP,), (PUMP_ON_UPS, _PUMP_ON_BOARD)),
    "mechanical_boards": (
        _MECHANICAL,
        (*_CHILLER, *_COOLER, *_FANS, "site.condenser_pump_kw", _PUMP_ON_BOARD),
    ),
    "heat_pump_board": (
        ("heat_pump_board.active_power_kw",),
        (*_COMPRESSOR, "site.loop_pump_kw"),
    ),
    "halls": (
        (*_PDU, "site.cable_loss_kw", *_UPS_LOSS, *_FANS, _PUMP),
        (_CHILLED_WATER, "site.liquid_kw", "site.latent_kw"),
    ),
    "chilled_water": ((_CHILLED_WATER,), (_SOURCE, _FREE, *_CHILLED)),
    "liquid_loop": (("site.liquid_kw",), (_LIQUID, "site.liquid_rejected_kw")),
    "liquid_reuse": (
        (_LIQUID,),
        (_GREENHOUSE, "site.greenhouse_loss_kw", "site.source_liquid_kw"),
    ),
    "heat_pumps": ((_SOURCE, "site.source_liquid_kw", *_COMPRESSOR), _CONDENSER),
    "district_loop": ((*_CONDENSER, "site.loop_pump_kw"), (_LOOP, "site.pipe_loss_kw")),
    "rejection": (
        (_FREE, *_CHILLED, *_CHILLER, "site.liquid_rejected_kw", "site.condenser_pump_kw"),
        ("site.rejected_kw",),
    ),
    "site": (SOURCES, HEAT_OUT),
}
