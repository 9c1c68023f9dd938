"""What follows from a meter tree."""

from models.metering.tree import Meter, MeterTree, Role, SignedMeters, tree_problems
from models.metering.uncertainty import ElectricityAccuracy

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
