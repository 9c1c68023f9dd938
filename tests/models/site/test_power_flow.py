"""Power flow now: sums by role, and a sum without one of its parts."""

from functools import cache

import numpy as np
import pytest

from models.legal_time.days import to_us
from models.site.labels import joined_labels, labels_of
from models.site.power_flow import power_flow
from tests.models.plant_readings import NOW, PLANT, site


@cache
def _values() -> dict[str, float]:
    shown = PLANT.measured_values(np.array([to_us(NOW)]))
    return {key: float(shown[key][0]) for key in site().points}


def test_what_enters_is_what_is_used_and_lost() -> None:
    flow = power_flow(site(), _values())

    assert flow.total_kw is not None
    used = (flow.it_kw, flow.cooling_kw, flow.heat_pump_kw, flow.general_kw, flow.losses_kw)
    assert sum(one or 0.0 for one in used) == pytest.approx(flow.total_kw)
    assert flow.losses_kw is not None
    assert 0.0 < flow.losses_kw < 0.15 * flow.total_kw
    handed = sum(one.power_kw or 0.0 for one in flow.heat_branches)
    assert flow.heat_rejected_kw == pytest.approx(flow.total_kw - handed)
    assert all(2.5 < (cop or 0.0) < 6.0 for cop in flow.heat_pump_cop.values())
    assert flow.outdoor_temp_degc is not None


def test_a_sum_without_one_of_its_parts_is_not_known() -> None:
    silent = {key: one for key, one in _values().items() if not key.startswith("pdu_07.")}

    flow = power_flow(site(), silent)

    assert flow.it_kw is None
    assert flow.losses_kw is None
    assert flow.total_kw is not None


def test_nothing_read_is_nothing_known_and_a_role_without_meters_is_none() -> None:
    flow = power_flow(site(), {})

    assert (flow.total_kw, flow.it_kw, flow.heat_rejected_kw) == (None, None, None)
    assert set(flow.heat_pump_cop.values()) == {None}


def test_every_meter_and_node_has_a_name() -> None:
    labels = labels_of(site())

    assert set(site().tree.meters) <= set(labels)
    assert {node.id for node in site().thermal_nodes} <= set(labels)
    assert joined_labels(labels, ("heat_meter_loop",))[1] == "Heat handed to the district loop"
