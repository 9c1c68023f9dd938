"""``boucle check``: what a site file means, in words."""

import re
from pathlib import Path

import numpy as np
import pytest

from service.__main__ import main
from tests.service.site.test_loader import ENDPOINT, SHIPPED


def test_the_sums_their_category_completeness_and_events_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = "role: utility_intake, max_per_h: 900,"
    event = "{kind: reset, at: 2026-03-04T10:15:00Z, document: a letter}"
    text = SHIPPED.read_text(encoding="utf-8").replace(right, f"{right} events: [{event}],", 1)
    path = tmp_path / "site.yaml"
    path.write_text(
        text.replace("role: general, inside: main_boards", "role: other_load, inside: main_boards"),
        encoding="utf-8",
    )

    assert main(["check", str(path)]) == 0

    said = capsys.readouterr().out
    for line in (
        "facility           = intake_a + intake_b + genset_meter + pv_meter - general_services",
        "PUE category 2",
        "boundary: loads of others are taken out",
        "no PUE without heat upgrade",
        "main_boards        all is metered",
        "2026-03-04 10:15 UTC  intake_a: reset, without both indices: the count breaks there",
    ):
        assert line in said, said


def test_a_secret_that_is_not_there_is_named_and_one_that_is_there_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_BMS_USER", "somebody")
    login = "login: {user: {env: TEST_BMS_USER}, password: {file: /nowhere/password}}"
    path = tmp_path / "site.yaml"
    text = SHIPPED.read_text(encoding="utf-8")
    path.write_text(text.replace(ENDPOINT, f"{ENDPOINT}, {login}", 1), encoding="utf-8")

    assert main(["check", str(path)]) == 0

    said = capsys.readouterr().out
    assert "user from environment variable TEST_BMS_USER: found" in said
    assert "password from file /nowhere/password: NOT THERE" in said
    assert "somebody" not in said


def test_readings_are_weighed_before_they_are_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["ts,intake_a.active_energy_kwh,weather_mast.outdoor_temp_degc,shed.energy_kwh"]
    lines += [f"2025-{month:02}-10T08:00:00Z,{5e5 + 3e5 * month},12.5,1" for month in range(1, 13)]
    path = tmp_path / "index.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    assert main(["check", str(SHIPPED), "--readings", str(path)]) == 0

    said = capsys.readouterr().out
    register = next(one for one in said.splitlines() if "intake_a.active_energy_kwh: " in one)
    assert "one reading a month: years ±" in register
    assert "months ±" in register
    assert "; no weeks, days, hours or 15 minutes; as a rule known within" in register
    gauge = next(one for one in said.splitlines() if "outdoor_temp_degc: " in one)
    assert "one reading a month: mostly unknown: known 0 % of the time, for a reading" in gauge
    assert gauge.endswith("for 16 minutes, or until the next hour's where it is read by the hour")
    assert "refused by an import: the site has no point shed.energy_kwh" in said


def test_a_plan_that_polls_too_seldom_for_short_periods_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(SHIPPED)]) == 0
    assert "What polling so often gives\n  every period" in capsys.readouterr().out
    path = tmp_path / "site.yaml"
    path.write_text(re.sub(r"poll_s: \d+", "poll_s: 3600", SHIPPED.read_text(encoding="utf-8")))

    assert main(["check", str(path)]) == 0

    said = capsys.readouterr().out.partition("What polling so often gives\n")[2]
    register, end = said.splitlines()[:2]
    assert "more: one reading an hour: years and quarters to 0.1 % or better, months ±" in register
    assert register.endswith("; no hours or 15 minutes")
    # Nothing of gauges: one that is read by the hour stands for the hour.
    assert end == ""


def test_a_file_that_cannot_be_read_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "index.csv"
    path.write_text("time,a\n", encoding="utf-8")

    assert main(["check", str(SHIPPED), "--readings", str(path)]) == 2
    assert "the header is not 'ts,<key>,<key>…'" in capsys.readouterr().err


def test_what_an_import_would_refuse_is_not_weighed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "index.npz"
    keys = np.array(["intake_a.active_energy_kwh"] * 2)
    ends = np.iinfo(np.int64)
    np.savez(path, ts_us=np.array([ends.min, ends.max]), keys=keys, values=np.full((2, 2), np.inf))

    assert main(["check", str(SHIPPED), "--readings", str(path)]) == 2

    told = capsys.readouterr().err
    assert "key 2: the key 'intake_a.active_energy_kwh' is there twice" in told
    assert f"row 1: the time {ends.max} us is before 2000 or in the future" in told
    assert "row 0, column intake_a.active_energy_kwh: the value is infinite" in told
