"""The command line, as other programs use it: in processes of its own."""

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from collectors.profiles.library import SHIPPED_PROFILES
from simulators.__main__ import main
from simulators.control import request_control
from simulators.errors import FaultError
from simulators.faults import FaultBook
from simulators.script import load_script, rehearse
from simulators.site import SimulatedSite, load_simulated_site
from tests.simulators.sites import SITE, free_ports, port_of, text_on_free_ports

ROOT = Path(__file__).parents[2]
SEED = "7"


def command(*arguments: str) -> Sequence[str]:
    return (sys.executable, "-m", "simulators", *arguments)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@dataclass
class Running:
    process: subprocess.Popen[str]
    site_file: Path
    control_port: int

    @property
    def site(self) -> str:
        return str(self.site_file)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("served")
    path = folder / "site.yaml"
    path.write_text(text_on_free_ports(), encoding="utf-8")
    script = folder / "faults.yaml"
    script.write_text("- {device: pdu_05, kind: slow, after_s: 0.1, params: {seconds: 1}}\n")
    (port,) = free_ports(1)
    control, faults = ("--control-port", str(port)), ("--faults", str(script))
    process = subprocess.Popen(
        command("serve", str(path), "--seed", SEED, *control, *faults),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 40)[0], "not ready in time"
        assert process.stdout.readline() == "simulator ready\n"
        yield Running(process, path, port)
    finally:
        process.kill()
        process.communicate()


def test_state_gives_truth_and_what_the_meters_say(running: Running) -> None:
    state = request_control(running.control_port, {"op": "state"})
    assert len(state["values"]) == len(state["measured"]) == 410
    assert abs(state["ts_us"] / 1e6 - time.time()) < 5
    key = "intake_a.active_power_kw"
    assert state["measured"][key] == pytest.approx(state["values"][key], rel=0.02)


def test_mbpoll_reads_the_same_value(running: Running) -> None:
    if shutil.which("mbpoll") is None:
        if os.environ.get("CI"):
            pytest.fail("mbpoll is missing: apt-get install mbpoll")
        pytest.skip("mbpoll is not installed: apt-get install mbpoll")
    site = load_simulated_site(running.site_file, SHIPPED_PROFILES)
    port = str(port_of(site, "gw_electrical"))
    where = ("-a", "2", "-t", "4:float", "-B", "-0", "-r", "1020", "-c", "1")
    done = subprocess.run(
        ("mbpoll", "-m", "tcp", "-p", port, *where, "-1", "127.0.0.1"),
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    found = re.search(r"\[1020\]:\s+([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    state = request_control(running.control_port, {"op": "state"})
    assert float(found[1]) == pytest.approx(state["measured"]["intake_b.active_power_kw"], rel=5e-3)


def test_faults_by_command_script_and_list(running: Running) -> None:
    port = ("--control-port", str(running.control_port))
    slow = ("slow", "--param", "seconds=2", "--seconds", "60")
    assert run("fault", running.site, "pdu_07", *slow, *port).returncode == 0
    listed = request_control(running.control_port, {"op": "list"})["faults"]
    assert {(f["device"], f["kind"]) for f in listed} == {("pdu_07", "slow"), ("pdu_05", "slow")}
    assert 50 < next(f for f in listed if f["device"] == "pdu_07")["seconds_left"] <= 60
    assert run("fault", running.site, "pdu_07", "clear", *port).returncode == 0
    refused = run("fault", running.site, "pdu_77", "slow", *port)
    assert refused.returncode == 2
    assert "there is no device 'pdu_77'" in refused.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"hello\n", "not a JSON line"),
        (b"[]\n", "JSON object with op"),
        (b'{"op":"dance"}\n', "unknown op 'dance'"),
        (b'{"op":"fault","device":"pdu_07","kind":"silent","seconds":-1}\n', "above zero"),
        (b'{"op":"fault","device":"pdu_07","kind":"slow","params":{"seconds":"x"}}\n', "numbers"),
        (b'{"op":"fault","device":"pdu_07","kind":"drifting"}\n', "is not a fault"),
    ],
)
def test_mistakes_on_the_control_channel(running: Running, line: bytes, words: str) -> None:
    address = ("127.0.0.1", running.control_port)
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(line)
        with connection.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    assert answer["ok"] is False
    assert words in answer["error"]


def test_taken_ports_are_named_in_one_line(running: Running) -> None:
    done = run("serve", running.site)
    assert done.returncode == 2
    assert done.stdout == ""
    site = load_simulated_site(running.site_file, SHIPPED_PROFILES)
    (line,) = done.stderr.splitlines()
    assert f"{port_of(site, 'gw_heat')} (link gw_heat)" in line
    assert "(link bms)" in line
    assert "taken on 127.0.0.1 by another program" in line


def test_it_ends_soon_and_cleanly_with_clients_connected(running: Running) -> None:
    site = load_simulated_site(running.site_file, SHIPPED_PROFILES)
    with socket.create_connection(("127.0.0.1", port_of(site, "gw_electrical")), timeout=5):
        start_s = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        _, errors = running.process.communicate(timeout=10)
        assert time.monotonic() - start_s < 3
    assert running.process.returncode == 0
    assert errors == ""


# what the truth of a window tells, beside start and end; a consumer may rely on each
TRUTH_KEYS = [
    "e_dc_kwh",
    "e_it_kwh",
    "e_it_ups_kwh",
    "e_pv_kwh",
    "e_genset_kwh",
    "e_heat_pump_kwh",
    "fuel_m3",
    "w_in_m3",
    "w_potable_m3",
    "w_rain_m3",
    "e_reuse_kwh",
    "pue",
    "pue_category1",
    "pue_without_heat_pumps",
    "wue_l_per_kwh",
    "wue_potable_l_per_kwh",
    "erf",
    "ere",
    "ref_onsite",
    "load_factor",
    "e_cooling_kwh",
    "q_removed_chilled_kwh",
    "q_liquid_kwh",
    "q_liquid_rejected_kwh",
    "e_chillers_kwh",
    "q_chillers_kwh",
    "eer_chillers",
    "q_free_cooling_kwh",
    "cooling_hours_h",
    "free_cooling_alone_h",
    "free_cooling_heat_ratio",
    "free_cooling_hours_ratio",
    "evaporated_panels_m3",
    "q_loop_kwh",
    "q_greenhouse_kwh",
    "q_requested_kwh",
    "q_unserved_kwh",
    "q_missed_kwh",
    "q_condenser_kwh",
    "e_compressors_kwh",
    "e_board_kwh",
    "cop_machines",
    "cop_plant",
    "loop_kwh_degc",
    "greenhouse_kwh_degc",
    "supply_temp_loop_degc",
    "supply_temp_greenhouse_degc",
    "supply_temp_delivered_degc",
    "exchanger_ua_start_kw_per_k",
    "exchanger_ua_end_kw_per_k",
    "exchanger_ua_mean_kw_per_k",
    "exchanger_clean_ratio_start",
    "exchanger_clean_ratio_end",
    "exchanger_clean_ratio_mean",
    "outdoor_mean_degc",
    "cooling_degree_days_k_d",
    "day_means_degc",
    "kpis",
]


def test_truth_is_one_json_object() -> None:
    start, end = "2026-03-01T00:00:00+01:00", "2026-03-02T00:00:00+01:00"
    done = run("truth", str(SITE), "--seed", SEED, "--start", start, "--end", end)
    assert done.returncode == 0, done.stderr
    truth = json.loads(done.stdout)
    assert set(truth) == {"start", "end", *TRUTH_KEYS}
    assert truth["start"] == "2026-02-28T23:00:00+00:00"
    assert truth["pue"] == pytest.approx(truth["e_dc_kwh"] / truth["e_it_kwh"])
    assert 1.05 < truth["pue"] < 2.0
    assert list(truth["day_means_degc"]) == ["2026-03-01"]


def test_truth_of_a_plant_whose_loop_refuses_heat(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "scenario.yaml"
    when = "start: 2025-01-20T00:00:00Z, end: 2025-01-25T00:00:00Z"
    scenario.write_text(f"- {{kind: loop_refuses_heat, {when}}}\n")
    window = ("--start", "2025-01-21T00:00:00Z", "--end", "2025-01-22T00:00:00Z")
    assert main(["truth", str(SITE), *window, "--scenario", str(scenario)]) == 0
    truth = json.loads(capsys.readouterr().out)
    assert truth["q_loop_kwh"] == pytest.approx(0.0, abs=1e-6)
    assert truth["supply_temp_delivered_degc"] < 40.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("truth", "SITE", "--start", "2026-01-01", "--end", "2026-01-02"), "has no offset"),
        (("truth", "SITE", "--start", "2001-01-01T00Z", "--end", "2001-01-02T00Z"), "epoch"),
        (("serve", "none.yaml"), "cannot be read"),
        (("serve", "SITE", "--faults", "none.yaml"), "none.yaml: cannot be read"),
        (("serve", "SITE", "--scenario", "none.yaml"), "none.yaml: cannot be read"),
        (("fault", "SITE", "pdu_01", "slow", "--control-port", "1"), "is one running?"),
    ],
)
def test_mistakes_are_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    try:
        code: object = main([str(SITE) if a == "SITE" else a for a in arguments])
    except SystemExit as exit_of_argparse:
        code = exit_of_argparse.code
    assert code == 2
    assert words in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n", "must be a list"),
        ("- {device: pdu_01, kind: slow}\n- {device: pdu_01}\n", ":2: a fault has device"),
        ("- {device: pdu_01, kind: slow, after_s: -1}\n", ":1: after_s"),
        ("- {device: nobody, kind: slow}\n", "there is no device 'nobody'"),
        ("- [\n", ":2:"),
    ],
)
def test_mistakes_in_a_fault_script(
    site: SimulatedSite, tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    with pytest.raises(FaultError) as caught:
        rehearse(load_script(path), FaultBook(site))
    assert words in str(caught.value)
