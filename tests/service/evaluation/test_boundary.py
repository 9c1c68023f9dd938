"""From roles of a real building in the site file to the figure, its facts and its flags."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import measure
from models.kpi.result import Flag, KpiResult, Withheld
from models.legal_time.days import to_us
from models.metering.boundary import BoundaryFact
from models.readings import Window
from models.registers.samples import Samples
from models.site.power_flow import power_flow
from models.site.site import Site, site_sums
from service.api.schemas import KpiAnswer
from service.pages.flow_diagram import flow_diagram
from service.pages.rows import Rows
from service.pages.voice import Voice
from service.site.loader import parse_site
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.site.test_loader import PROFILES, SHIPPED

YEAR = Window(
    name="12months",
    start=datetime(2025, 1, 1, tzinfo=UTC),
    end=datetime(2026, 1, 1, tzinfo=UTC),
)
OFFICES = ("role: general, inside", "role: other_load, inside")
COLD = ("role: heat_removed,", "role: bought_cooling,")
UPGRADE = ("serves: reuse_and_cooling", "serves: reuse_only")
WEIGHT = (
    "declared:\n",
    "declared:\n  carriers: [{carrier: bought_cooling, kwh_per_unit: 0.25, source: x,"
    " vintage: 2025}]\n",
)
# Twelve PDUs take 100 each; every other meter counts 1000, a year of an invented site. [kWh]
IT_KWH, OTHER_KWH = 100.0, 1000.0


def site_with(*changes: tuple[str, str]) -> Site:
    text = SHIPPED.read_text(encoding="utf-8")
    for right, put in changes:
        assert right in text, right
        text = text.replace(right, put, 1)
    return parse_site(text, "site.yaml", PROFILES).site


def figures(site: Site) -> dict[str, KpiResult]:
    """Two readings of each register, a year apart."""
    edges = np.array([to_us(YEAR.start), to_us(YEAR.end)])
    counted = {
        meter.point: IT_KWH if meter.id.startswith("pdu") else OTHER_KWH
        for meter in site.tree.meters.values()
    }
    registers = {
        point: Samples(ts_us=edges, value=np.array([0.0, total]))
        for point, total in counted.items()
    }
    measured = Measurement(site, site_sums(site), SiteReadings(registers=registers), [YEAR])
    return {result.kpi: result for result in measure(measured)}


def test_the_loads_of_others_leave_the_figure_and_are_named() -> None:
    plain, shared = figures(site_with()), figures(site_with(OFFICES))

    assert plain["pue"].value == pytest.approx(4 * OTHER_KWH / (12 * IT_KWH))
    assert shared["pue"].value == pytest.approx(3 * OTHER_KWH / (12 * IT_KWH))
    assert shared["facility_energy"].value == 3 * OTHER_KWH
    assert plain["pue"].boundary_facts == (BoundaryFact.IT_AT_PDU,)
    assert shared["pue"].boundary_facts == (
        BoundaryFact.OTHER_LOADS_TAKEN_OUT,
        BoundaryFact.IT_AT_PDU,
    )
    assert shared["wue"].boundary_facts == (BoundaryFact.IT_AT_PDU,)
    assert shared["recovered_heat"].boundary_facts == ()


def test_bought_cooling_without_a_weight_is_flagged_and_with_one_counted() -> None:
    lacking, counted = figures(site_with(COLD)), figures(site_with(COLD, WEIGHT))

    assert lacking["pue"].value == pytest.approx(4 * OTHER_KWH / (12 * IT_KWH))
    assert Flag.CARRIER_LACKING in lacking["pue"].flags
    assert Flag.CARRIER_LACKING in lacking["erf"].flags
    assert Flag.CARRIER_LACKING in lacking["cue_location"].flags
    assert Flag.CARRIER_LACKING not in lacking["wue"].flags
    assert counted["pue"].value == pytest.approx(4.25 * OTHER_KWH / (12 * IT_KWH))
    # Its volume register was never read.
    assert counted["pue"].flags == (Flag.VOLUME_UNKNOWN,)
    assert BoundaryFact.BOUGHT_COOLING_COUNTED in counted["pue"].boundary_facts


def test_the_figure_without_heat_upgrade_needs_heat_pumps_for_reuse_alone() -> None:
    both, alone = figures(site_with()), figures(site_with(UPGRADE))

    withheld = both["pue_excl_heat_upgrade"]
    assert (withheld.value, withheld.withheld) == (None, Withheld.NOT_REUSE_ONLY)
    assert alone["pue_excl_heat_upgrade"].value == pytest.approx(3 * OTHER_KWH / (12 * IT_KWH))


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("fr", ("catégorie 2", "froid acheté non compté", "le vrai est plus haut")),
        ("en", ("category 2", "bought cooling not counted", "the truth is higher")),
    ],
)
def test_page_and_api_show_category_and_boundary_with_the_figure(
    lang: str, said: tuple[str, ...]
) -> None:
    pue = figures(site_with(COLD))["pue"]
    answer = KpiAnswer.of(pue)
    snapshot = replace(sample_snapshot(), kpis=(pue,))

    (group, *_) = Rows(snapshot, Voice(lang)).kpi_groups()

    assert answer.category == 2
    assert answer.boundary_facts == ("bought_cooling_lacking", "it_at_pdu")
    (row,) = group.rows
    told = " ".join([row.note, *(note for _, cell in row.cells for note in cell.notes)])
    assert all(words in told for words in said), told


def test_the_loads_of_others_are_drawn_and_are_not_the_data_centres() -> None:
    site = site_with(OFFICES)
    powers = {
        meter.power_point: 10.0
        for meter in site.tree.meters.values()
        if meter.power_point is not None
    }

    flow = power_flow(site, powers)

    assert (flow.total_kw, flow.other_loads_kw, flow.export_kw) == (30.0, 10.0, 0.0)
    assert flow.general_kw == 0.0
    keys = [node.key for node in flow_diagram(flow).uses]
    assert "other_loads" in keys
    assert "export" not in keys
