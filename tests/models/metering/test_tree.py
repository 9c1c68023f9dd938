"""What follows from a meter tree."""

from dataclasses import replace

import pytest

from models.metering.boundary import BoundaryFact
from models.metering.problems import tree_problems
from models.metering.tree import Meter, MeterTree, RegisterFormat, Role, Serves, SignedMeters
from models.metering.uncertainty import ElectricityAccuracy, HeatAccuracy
from models.registers.register import EventKind, RegisterEvent

CLASS_1 = ElectricityAccuracy(mpe_ratio=0.01)


def meter(meter_id: str, role: Role, inside: str | None = None) -> Meter:
    return Meter(id=meter_id, role=role, point=f"{meter_id}.e", accuracy=CLASS_1, inside=inside)


UPS = [
    meter("grid", Role.UTILITY_INTAKE),
    meter("pv", Role.PHOTOVOLTAIC),
    meter("ups", Role.UPS_OUTPUT, "board"),
    meter("pump", Role.COOLING, "ups"),
]
PDUS = [meter("pdu_1", Role.PDU, "ups"), meter("pdu_2", Role.PDU, "ups")]


def test_facility_energy_is_the_sum_of_the_sources() -> None:
    assert MeterTree(UPS, ["board"]).facility_energy() == SignedMeters(plus=("grid", "pv"))


def test_without_pdu_meters_the_category_is_one_and_the_pump_is_taken_out() -> None:
    boundary = MeterTree(UPS, ["board"]).it_energy()

    assert boundary is not None
    assert boundary.category == 1
    assert boundary.meters == SignedMeters(plus=("ups",), minus=("pump",))


def test_with_pdu_meters_the_category_is_two_and_the_pump_is_outside() -> None:
    boundary = MeterTree(UPS + PDUS, ["board"]).it_energy()

    assert boundary is not None
    assert boundary.category == 2
    assert boundary.meters == SignedMeters(plus=("pdu_1", "pdu_2"))


def test_a_second_ups_without_pdu_meters_lowers_the_category() -> None:
    other = meter("ups_b", Role.UPS_OUTPUT, "board")

    boundary = MeterTree([*UPS, *PDUS, other], ["board"]).it_energy()

    assert boundary is not None
    assert boundary.category == 1
    assert boundary.meters == SignedMeters(plus=("ups", "ups_b"), minus=("pump",))


def test_a_load_inside_a_subtracted_load_is_subtracted_once() -> None:
    nested = meter("fan", Role.COOLING, "pump")

    boundary = MeterTree([*UPS, nested], ["board"]).it_energy()

    assert boundary is not None
    assert boundary.meters.minus == ("pump",)


def test_a_circle_an_orphan_and_a_source_inside_are_named() -> None:
    meters = [
        meter("a", Role.GENERAL, "b"),
        meter("b", Role.GENERAL, "a"),
        meter("c", Role.GENERAL, "nowhere"),
        meter("grid", Role.UTILITY_INTAKE, "a"),
    ]

    named = [meter_id for meter_id, _ in tree_problems(meters, [])]

    assert named == ["a", "b", "c", "grid"]


def ids(of: SignedMeters) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return of.plus, of.minus


def test_what_is_given_back_and_the_loads_of_others_are_not_the_data_centres() -> None:
    tree = MeterTree(
        [
            meter("grid", Role.UTILITY_INTAKE),
            meter("pv", Role.PHOTOVOLTAIC),
            meter("back", Role.EXPORT),
            meter("offices", Role.OTHER_LOAD, "board"),
            meter("canteen", Role.OTHER_LOAD, "offices"),
            meter("charging", Role.OTHER_LOAD, "chillers"),
            meter("chillers", Role.COOLING, "board"),
            meter("office_chiller", Role.COOLING, "offices"),
        ],
        ["board"],
    )

    assert ids(tree.facility_energy()) == (("grid", "pv"), ("back", "offices", "charging"))
    assert ids(tree.own(Role.COOLING)) == (("chillers",), ("charging",))
    assert tree.facility_facts() == (
        BoundaryFact.OTHER_LOADS_TAKEN_OUT,
        BoundaryFact.EXPORT_TAKEN_OUT,
    )


def test_a_load_of_others_behind_a_ups_is_neither_it_nor_the_facility() -> None:
    tree = MeterTree([*UPS, meter("radio_mast", Role.OTHER_LOAD, "ups")], ["board"])

    boundary = tree.it_energy()
    assert boundary is not None
    assert boundary.meters.minus == ("pump", "radio_mast")
    assert boundary.facts == (BoundaryFact.IT_AT_UPS_OUTPUT, BoundaryFact.NON_IT_TAKEN_OUT)
    assert tree.facility_energy().minus == ("radio_mast",)


def test_it_that_no_ups_feeds_is_it() -> None:
    boundary = MeterTree([*UPS, meter("raw", Role.PDU, "board")], ["board"]).it_energy()

    assert boundary is not None
    assert boundary.category == 1
    assert boundary.meters.plus == ("ups", "raw")
    assert BoundaryFact.IT_FED_PAST_THE_UPS in boundary.facts


def test_a_pdu_inside_a_pdu_counts_once() -> None:
    boundary = MeterTree([*UPS, *PDUS, meter("strip", Role.PDU, "pdu_1")], ["board"]).it_energy()

    assert boundary is not None
    assert boundary.meters.plus == ("pdu_1", "pdu_2")


def test_bought_cooling_counts_with_its_declared_weight_or_is_said_to_lack() -> None:
    meters = [meter("grid", Role.UTILITY_INTAKE), meter("cold", Role.BOUGHT_COOLING)]
    without = MeterTree(meters)
    weighed = MeterTree(meters, kwh_per_unit={Role.BOUGHT_COOLING: 0.3})

    assert ids(without.facility_energy()) == (("grid",), ())
    assert without.facility_facts() == (BoundaryFact.BOUGHT_COOLING_LACKING,)
    assert weighed.facility_energy().weights(["grid", "cold"]).tolist() == [1.0, 0.3]
    assert weighed.facility_facts() == (BoundaryFact.BOUGHT_COOLING_COUNTED,)


@pytest.mark.parametrize(
    ("serves", "upgrade"),
    [
        ((Serves.REUSE_ONLY, Serves.REUSE_ONLY), ("a", "b")),
        ((Serves.REUSE_ONLY, Serves.REUSE_AND_COOLING), ()),
        ((Serves.REUSE_ONLY, None), ()),
    ],
)
def test_only_heat_pumps_that_all_serve_reuse_alone_upgrade_heat(
    serves: tuple[Serves | None, Serves | None], upgrade: tuple[str, ...]
) -> None:
    a, b = (
        replace(meter(name, Role.HEAT_PUMP, "board"), serves=one)
        for name, one in zip("ab", serves, strict=True)
    )

    assert MeterTree([a, b], ["board"]).heat_upgrade().plus == upgrade


def test_completeness_is_declared_but_a_ups_with_its_outputs_is_complete_by_nature() -> None:
    tree = MeterTree(
        [
            meter("grid", Role.UTILITY_INTAKE),
            meter("in", Role.UPS_INPUT, "board"),
            meter("out", Role.UPS_OUTPUT, "in"),
            replace(meter("pdu", Role.PDU, "out"), complete=True),
            meter("by_hand", Role.UPS_INPUT, "board"),
            meter("pump", Role.COOLING, "by_hand"),
        ],
        ["board", "other"],
        complete_buses=["other"],
    )

    complete = {one: tree.is_complete(one) for one in ("grid", "in", "out", "pdu", "by_hand")}
    assert complete == {"grid": False, "in": True, "out": False, "pdu": True, "by_hand": False}
    assert (tree.is_complete("board"), tree.is_complete("other")) == (False, True)


def test_a_load_of_others_at_the_boundary_and_it_inside_it_are_refused() -> None:
    meters = [
        meter("shop", Role.OTHER_LOAD),
        meter("back", Role.EXPORT, "shop"),
        meter("rack", Role.PDU, "shop"),
    ]

    named = dict(tree_problems(meters, []))

    assert named.keys() == {"shop", "back", "rack"}
    assert "inside 'shop', a load of others" in named["rack"]


def test_the_registers_of_a_meter_know_their_limits_and_events() -> None:
    replaced = RegisterEvent(at_us=5, kind=EventKind.REPLACED, final_index=9.0, initial_index=1.0)
    corrected = RegisterEvent(at_us=7, kind=EventKind.RATIO_CORRECTED, factor_before=0.5)
    heat = Meter(
        id="h",
        role=Role.HEAT_HANDOVER,
        point="h.e",
        volume_point="h.v",
        accuracy=HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=25.0),
        volume_format=RegisterFormat(modulus=1e6, resolution=0.001, float32_unit=0.01),
        max_rate_per_h=500.0,
        events=(replaced, corrected),
    )

    volume = heat.volume_register
    assert volume is not None
    assert volume.max_rate_per_h == 50.0
    assert volume.starting_rate_per_h == pytest.approx(0.5 / 3.0)
    assert (volume.modulus, volume.resolution, volume.float32_unit) == (1e6, 0.001, 0.01)
    # The volume of the new meter is not declared: its count is broken, never joined.
    assert volume.events == (RegisterEvent(at_us=5, kind=EventKind.REPLACED),)
    assert heat.register.events == (replaced, corrected)
    assert heat.register.starting_rate_per_h == pytest.approx(0.575)
    assert replace(heat, starting_rate_per_h=0.2).register.starting_rate_per_h == 0.2
    assert meter("grid", Role.UTILITY_INTAKE).volume_register is None
