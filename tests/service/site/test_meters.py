"""What a site file says of its meters, and what is wrong with what it says."""

from datetime import UTC, datetime

import pytest

from models.metering.tree import Role, Serves, SignedMeters
from models.registers.register import EventKind
from models.site.site import Site, site_sums
from service.site.errors import SiteFileError
from service.site.loader import parse_site
from tests.service.site.test_loader import PROFILES, SHIPPED

INTAKE = "role: utility_intake, max_per_h: 900,"
HEAT_PUMP = "role: heat_pump, serves: reuse_and_cooling,"
WATER = "register: volume_m3, role: rain_water,"


def site_with(right: str, put: str) -> Site:
    text = SHIPPED.read_text(encoding="utf-8")
    assert right in text, right
    return parse_site(text.replace(right, put, 1), "site.yaml", PROFILES).site


def complaints(right: str, put: str) -> str:
    with pytest.raises(SiteFileError) as refused:
        site_with(right, put)
    return str(refused.value)


def events(*each: str) -> str:
    return f"{INTAKE} events: [{', '.join(each)}],"


REPLACED = (
    "{kind: replaced, at: 2026-03-04T10:15:00+01:00, final_index: 812000, initial_index: 12,"
    " document: report 7}"
)


def test_the_shipped_site_says_what_is_complete_and_what_its_heat_pumps_serve() -> None:
    site = parse_site(SHIPPED.read_text(encoding="utf-8"), "site.yaml", PROFILES).site
    tree = site.tree

    assert all(tree.is_complete(one) for one in ("main_boards", "ups_a_input", "ups_b_output"))
    assert not tree.is_complete("intake_a")
    assert tree.meters["heat_pump_board"].serves is Serves.REUSE_AND_COOLING


def test_declared_events_reach_the_register_in_order_and_in_its_unit() -> None:
    corrected = (
        "{kind: ratio_corrected, at: 2026-04-01T00:00:00Z, factor_before: 0.5, document: letter}"
    )
    register = site_with(INTAKE, events(REPLACED, corrected)).tree.meters["intake_a"].register

    first, second = register.events
    at = datetime(2026, 3, 4, 9, 15, tzinfo=UTC)
    assert (first.kind, first.at_us) == (EventKind.REPLACED, round(at.timestamp()) * 1_000_000)
    assert (first.final_index, first.initial_index) == (812_000.0, 12.0)
    assert (second.kind, second.factor_before) == (EventKind.RATIO_CORRECTED, 0.5)


@pytest.mark.parametrize(
    ("each", "field", "remedy"),
    [
        (("{kind: reset, at: 2199-01-01T00:00:00Z, document: x}",), "events.0.at", "future"),
        (("{kind: reset, at: 2026-01-01T00:00:00, document: x}",), "events.0.at", "timezone"),
        ((REPLACED, REPLACED), "events.1.at", "put them in order"),
        (
            (
                REPLACED,
                "{kind: reset, at: 2026-05-01T00:00:00Z, final_index: 3, initial_index: 0,"
                " document: x}",
            ),
            "events.1.final_index",
            "below 12",
        ),
        (
            ("{kind: ratio_corrected, at: 2026-01-01T00:00:00Z, factor_before: -2, document: x}",),
            "events.0.factor_before",
            "greater than 0",
        ),
        (
            ("{kind: ratio_corrected, at: 2026-01-01T00:00:00Z, document: x}",),
            "events.0.factor_before",
            "by how much",
        ),
        (
            ("{kind: reset, at: 2026-01-01T00:00:00Z, factor_before: 2, document: x}",),
            "events.0.factor_before",
            "split it",
        ),
        (
            ("{kind: replaced, at: 2026-01-01T00:00:00Z, final_index: 1.0e+30, document: x}",),
            "events.0.final_index",
            "kWh or m3",
        ),
        (("{kind: reset, at: 2026-01-01T00:00:00Z}",), "events.0.document", "is missing"),
    ],
)
def test_an_event_that_cannot_have_been_so_is_named_with_its_remedy(
    each: tuple[str, ...], field: str, remedy: str
) -> None:
    said = complaints(INTAKE, events(*each))

    assert any(f"meters.0.{field}" in line and remedy in line for line in said.splitlines()), said


@pytest.mark.parametrize(
    ("right", "put", "field", "remedy"),
    [
        (INTAKE, f"{INTAKE} serves: reuse_only,", "meters.0.serves", "heat pumps"),
        (INTAKE, f"{INTAKE} fresh: true,", "meters.0.fresh", "water that enters"),
        (WATER, f"{WATER} net: true,", "net", "does not run backwards"),
        (WATER, f"{WATER} complete: true,", "complete", "electrical nodes"),
        (HEAT_PUMP, "role: heat_pump, serves: cooling,", "serves", "reuse_only"),
        (INTAKE, f"{INTAKE} resolution: 0,", "meters.0.resolution", "greater than 0"),
    ],
)
def test_what_says_nothing_of_a_role_is_refused(
    right: str, put: str, field: str, remedy: str
) -> None:
    said = complaints(right, put)

    assert any(field in line and remedy in line for line in said.splitlines()), said


def test_a_coarser_step_a_starting_rate_and_a_net_register_are_taken_over() -> None:
    put = f"{INTAKE} net: true, resolution: 10, starting_rate_per_h: 0.4,"
    register = site_with(INTAKE, put).tree.meters["intake_a"].register

    assert register.net
    assert (register.resolution, register.starting_rate_per_h) == (10.0, 0.4)


def test_a_declared_weight_brings_bought_cooling_into_the_facility() -> None:
    cold = "role: bought_cooling, max_per_h: 600,\n     accuracy: {kind: heat, standard: EN 1434"
    text = SHIPPED.read_text(encoding="utf-8").replace(
        "role: heat_removed, max_per_h: 600,\n     accuracy: {kind: heat, standard: EN 1434",
        cold,
        1,
    )
    carriers = (
        "declared:\n  carriers:\n    - {carrier: bought_cooling, kwh_per_unit: 0.25, source: x,"
        " vintage: 2025}\n"
    )
    tree = parse_site(text.replace("declared:\n", carriers, 1), "site.yaml", PROFILES).site.tree

    (cooling,) = tree.with_role(Role.BOUGHT_COOLING)
    assert tree.facility_energy().weights([cooling]).tolist() == [0.25]
    twice = carriers + carriers.partition("carriers:\n")[2]
    with pytest.raises(SiteFileError, match="stands twice"):
        parse_site(text.replace("declared:\n", twice, 1), "site.yaml", PROFILES)


def test_the_volume_register_of_a_heat_meter_has_its_limits() -> None:
    site = parse_site(SHIPPED.read_text(encoding="utf-8"), "site.yaml", PROFILES).site
    volume = site.tree.meters["heat_meter_loop"].volume_register

    assert volume is not None
    # Nine digits of litres, and at most twice the nominal 25 m3/h.
    assert volume.modulus == pytest.approx(1e6)
    assert volume.resolution == pytest.approx(0.001)
    assert volume.max_rate_per_h == 50.0


def test_what_is_given_back_comes_off_the_first_generation_on_site() -> None:
    back = (
        "  - {id: back, device: general_services, register: active_energy_kwh, role: export,"
        " max_per_h: 80,\n     accuracy: {kind: electricity, standard: x, mpe_percent: 1.0}}\n"
    )
    sums = site_sums(site_with("  # What the main boards feed.", f"{back}  # What they feed."))

    assert sums["renewable"] == SignedMeters(plus=("pv_meter",), minus=("back",))
    assert sums["generation_on_site"] == sums["renewable"]
    assert sums["heat_pump_outputs"].plus == ("heat_meter_loop",)
    assert sums["facility"].minus == ("back",)
