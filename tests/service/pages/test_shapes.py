"""Geometry of the diagram and the charts."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pages.flow_diagram import flow_diagram
from service.pages.sparkline import HEIGHT as CHART_HEIGHT
from service.pages.sparkline import sparkline
from tests.service.pages.troubled_snapshot import FLOW, branch

kw = st.floats(0.0, 2_000.0)


@given(kw, kw, kw, kw, kw, st.lists(st.floats(0.0, 1.0), max_size=12))
def test_the_diagram_keeps_proportions_and_stays_inside(
    it: float, cooling: float, pumps: float, general: float, losses: float, shares: list[float]
) -> None:
    total = it + cooling + pumps + general + losses
    flow = replace(
        FLOW,
        grid_kw=total,
        photovoltaic_kw=0.0,
        it_kw=it,
        cooling_kw=cooling,
        heat_pump_kw=pumps,
        general_kw=general,
        losses_kw=losses,
        heat_branches=tuple(
            branch(f"b{place}", "", "", share * total / len(shares), None, None)
            for place, share in enumerate(shares)
        ),
        heat_rejected_kw=total - total * sum(shares) / max(len(shares), 1),
    )

    diagram = flow_diagram(flow)

    for column in (diagram.sources, diagram.uses, diagram.heat):
        for node in column:
            assert node.y >= -0.1
            assert node.y + node.height <= diagram.height + 0.1
        for above, below in pairwise(column):
            assert below.label_y - above.label_y >= 14.0
    (grid,) = diagram.sources
    assert sum(n.height for n in diagram.uses) == pytest.approx(grid.height, abs=0.5)


def test_a_missing_power_has_no_band_and_is_drawn_as_missing() -> None:
    diagram = flow_diagram(FLOW)

    (servers,) = [n for n in diagram.uses if n.key == "it"]
    assert servers.kw is None
    assert servers.height == 0.0
    assert len(diagram.bands) == 2 + 3 + 3 + 3


@given(st.lists(st.none() | st.floats(-50, 500), min_size=1, max_size=40), st.booleans())
def test_charts_stay_inside_and_break_where_values_are_missing(
    values: list[float | None], bars: bool
) -> None:
    shape = sparkline(values, limit=3.0, bars=bars)

    known = [v for v in values if v is not None]
    if not known:
        assert shape is None
        return
    assert shape is not None
    assert len(shape.bars) == (len(known) if bars else 0)
    for points in shape.lines:
        for y in re.findall(r",(-?[\d.]+)", points):
            assert -0.1 <= float(y) <= CHART_HEIGHT + 0.1
