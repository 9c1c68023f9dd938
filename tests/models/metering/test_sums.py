"""The named sums of a site."""

from dataclasses import replace

from models.metering.boundary import BoundaryFact
from models.metering.sums import SiteSums, Sum
from models.metering.tree import Meter, MeterTree, Role, Serves, SignedMeters
from models.metering.uncertainty import ElectricityAccuracy


def meter(meter_id: str, role: Role, inside: str | None = None) -> Meter:
    accuracy = ElectricityAccuracy(mpe_ratio=0.01)
    return Meter(id=meter_id, role=role, point=f"{meter_id}.e", accuracy=accuracy, inside=inside)


TREE = MeterTree(
    [
        meter("grid", Role.UTILITY_INTAKE),
        meter("pv", Role.PHOTOVOLTAIC),
        meter("back", Role.EXPORT),
        meter("offices", Role.OTHER_LOAD, "board"),
        meter("ups", Role.UPS_OUTPUT, "board"),
        meter("pump", Role.COOLING, "ups"),
        replace(meter("heat_pump", Role.HEAT_PUMP, "board"), serves=Serves.REUSE_ONLY),
        meter("city", Role.POTABLE_WATER),
        meter("roof", Role.RAIN_WATER),
        replace(meter("well", Role.OTHER_WATER), fresh=True),
        meter("loop", Role.HEAT_HANDOVER),
        meter("tank", Role.FUEL),
        meter("cold", Role.BOUGHT_COOLING),
    ],
    ["board"],
)


def test_every_sum_has_its_meters() -> None:
    sums = SiteSums(TREE, heat_pump_outputs=["loop"], renewables=[SignedMeters(plus=("pv",))])

    assert tuple(sums) == tuple(Sum)
    found = {name: one.plus for name, one in sums.items()}
    assert found == {
        "facility": ("grid", "pv"),
        "it": ("ups",),
        "water": ("city", "roof", "well"),
        "potable": ("city",),
        "fresh": ("city", "well"),
        "rain": ("roof",),
        "reused": ("loop",),
        "heat_removed": (),
        "cooling": ("pump",),
        "heat_pumps": ("heat_pump",),
        "heat_upgrade": ("heat_pump",),
        "heat_pump_outputs": ("loop",),
        "grid": ("grid",),
        "generation_on_site": ("pv",),
        "renewable": ("pv",),
        "export": ("back",),
        "other_loads": ("offices",),
        "fuel": ("tank",),
        "bought_cooling": ("cold",),
        "bought_fuel": (),
    }
    assert {name: one.minus for name, one in sums.items() if one.minus} == {
        "facility": ("back", "offices"),
        "it": ("pump",),
        "grid": ("offices",),
        "generation_on_site": ("back",),
    }


def test_the_meters_of_several_sums_stand_once_in_the_order_of_the_sums() -> None:
    sums = SiteSums(TREE)

    assert [one.id for one in sums.meters("it", "cooling", "heat_pumps")] == [
        "ups",
        "pump",
        "heat_pump",
    ]


def test_a_figure_is_told_what_its_boundary_contains_and_lacks() -> None:
    sums = SiteSums(TREE)

    assert sums.category == 1
    assert sums.facts("water") == ()
    assert sums.facts("facility", "it") == (
        BoundaryFact.OTHER_LOADS_TAKEN_OUT,
        BoundaryFact.EXPORT_TAKEN_OUT,
        BoundaryFact.BOUGHT_COOLING_LACKING,
        BoundaryFact.IT_AT_UPS_OUTPUT,
        BoundaryFact.NON_IT_TAKEN_OUT,
    )
    assert sums.lacks_carrier("facility")
    assert not sums.lacks_carrier("it", "water")


def test_a_site_without_it_meters_has_no_category() -> None:
    sums = SiteSums(MeterTree([meter("grid", Role.UTILITY_INTAKE)]))

    assert sums.category is None
    assert not sums.has("facility", "it")
    assert sums.facts("facility", "it") == ()
