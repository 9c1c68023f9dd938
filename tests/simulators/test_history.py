from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from simulators.history import FINE_FILE, HOURLY_FILE, write_history
from simulators.plant import DEFAULT_EPOCH, Plant
from simulators.registers import encoded_span, readable_spans, seen_values
from simulators.site import SimulatedSite
from tests.simulators.test_registers import decoded_by_hand

END = datetime(2026, 3, 12, 12, 34, 56, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("history")


@pytest.fixture
def files(one_plant: Plant, site: SimulatedSite, folder: Path) -> dict[str, dict[str, np.ndarray]]:
    if not (folder / FINE_FILE).exists():
        lines: list[str] = []
        write_history(site, one_plant, END, folder, earliest=DEFAULT_EPOCH, progress=lines.append)
        assert lines[-1].endswith("410 points written")
    return {name: dict(np.load(folder / name)) for name in (HOURLY_FILE, FINE_FILE)}


def test_arrays_of_the_import_format(
    files: dict[str, dict[str, np.ndarray]], site: SimulatedSite
) -> None:
    for arrays in files.values():
        ts_us, keys, values = arrays["ts_us"], arrays["keys"], arrays["values"]
        assert ts_us.dtype == np.int64
        assert keys.dtype.kind == "U"
        assert values.dtype == np.float64
        assert values.shape == (len(ts_us), len(keys))
        assert np.isfinite(values).all()
        assert (np.diff(ts_us) > 0).all()
    points = site.points()
    assert set(files[FINE_FILE]["keys"]) == set(points)
    hourly = set(files[HOURLY_FILE]["keys"])
    assert {key for key, p in points.items() if p.kind == "counter"} <= hourly
    assert "sound_east.sound_level_laeq_dba" in hourly


def test_the_files_meet_and_do_not_overlap(files: dict[str, dict[str, np.ndarray]]) -> None:
    hourly_us, fine_us = files[HOURLY_FILE]["ts_us"], files[FINE_FILE]["ts_us"]
    end_us = END.timestamp() * 1e6
    assert end_us - 300e6 <= fine_us[-1] < end_us
    assert fine_us[0] - hourly_us[-1] == 3600e6
    assert (end_us - fine_us[0]) / 86400e6 >= 35
    start = max(DEFAULT_EPOCH, END - timedelta(days=396))
    assert hourly_us[0] <= start.timestamp() * 1e6
    assert set(np.unique(np.diff(fine_us))) == {300_000_000}


def test_registers_run_forward_through_both_files(
    files: dict[str, dict[str, np.ndarray]], site: SimulatedSite
) -> None:
    columns = {name: list(a["keys"]) for name, a in files.items()}
    for key, point in site.points().items():
        if point.kind != "counter":
            continue
        pieces = [files[n]["values"][:, columns[n].index(key)] for n in (HOURLY_FILE, FINE_FILE)]
        whole = np.concatenate(pieces)
        assert (np.diff(whole) >= 0).all(), key


def test_live_registers_go_on_where_history_ends(
    files: dict[str, dict[str, np.ndarray]], one_plant: Plant, site: SimulatedSite
) -> None:
    """A register that stands still must not seem to run back by a rounding."""
    fine = files[FINE_FILE]
    last = dict(zip(fine["keys"], fine["values"][-1], strict=True))
    ts_us = np.array([fine["ts_us"][-1]])
    measured = {key: float(v[0]) for key, v in one_plant.measured_values(ts_us).items()}
    for device in site.devices:
        if device.profile.protocol != "modbus":
            continue
        values = {p.name: measured[device.key(p)] for p in device.points}
        for span in readable_spans(device.profile):
            image = encoded_span(device.profile, span, values)
            for p in device.profile.points:
                inside = span.space == p.space and span.start <= p.address < span.end
                if p.kind == "counter" and inside:
                    data = image[2 * (p.address - span.start) :][: 2 * WIDTH[p.type]]
                    assert decoded_by_hand(p, data) == last[device.key(p)], device.key(p)


WIDTH = {"u32": 2, "u64": 4}


def test_a_site_younger_than_thirteen_months_has_a_shorter_past(
    one_plant: Plant, site: SimulatedSite, tmp_path: Path
) -> None:
    end = DEFAULT_EPOCH + timedelta(days=2)
    hourly, fine = write_history(
        site, one_plant, end, tmp_path, earliest=DEFAULT_EPOCH, progress=lambda _line: None
    )
    assert len(np.load(hourly)["ts_us"]) == 0
    assert len(np.load(fine)["ts_us"]) == 2 * 288


def test_history_is_what_the_registers_said(
    files: dict[str, dict[str, np.ndarray]], one_plant: Plant, site: SimulatedSite
) -> None:
    fine = files[FINE_FILE]
    rows = [0, 1000, -1]
    measured = one_plant.measured_values(fine["ts_us"][rows])
    columns = list(fine["keys"])
    for key, point in site.points().items():
        expected = seen_values(point, measured[key])
        assert (fine["values"][rows, columns.index(key)] == expected).all()
    assert all(a < b for a, b in pairwise(fine["ts_us"][rows]))
