"""The simulator as programs read it that share nothing with Boucle."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulators.control import request_control
from tests.acceptance.running import ROOT, free_port
from tests.simulators.sites import text_on_free_ports

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]


@dataclass(frozen=True, slots=True)
class Simulator:
    text: str
    control_port: int

    def port(self, link: str) -> int:
        found = re.search(rf"id: {link}, .*port: (\d+)", self.text)
        assert found is not None
        return int(found[1])

    @property
    def endpoint(self) -> str:
        found = re.search(r"opc\.tcp://[^\"]+", self.text)
        assert found is not None
        return found[0]

    def true_value(self, key: str) -> float:
        answer = request_control(self.control_port, {"op": "state"})
        return float(answer["values"][key])


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    site = tmp_path_factory.mktemp("simulator") / "site.yaml"
    site.write_text(text_on_free_ports(), encoding="utf-8")
    control_port = free_port()
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "simulators",
            "serve",
            str(site),
            "--control-port",
            str(control_port),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "simulator ready" in process.stdout.readline()
        yield Simulator(site.read_text(encoding="utf-8"), control_port)
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_mbpoll_reads_the_plant(simulator: Simulator, mbpoll: str) -> None:
    """Loop supply temperature: input register 16 of unit 1, hundredths of a degree."""
    answer = subprocess.run(
        [
            mbpoll,
            "-m",
            "tcp",
            "-p",
            str(simulator.port("gw_heat")),
            "-a",
            "1",
            "-t",
            _table("heat_meter", "supply_temp_degc"),
            "-0",
            "-r",
            "16",
            "-1",
            "127.0.0.1",
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=20,
    )
    found = re.search(r"\[16\]:\s+(-?\d+)", answer.stdout)

    assert found is not None, answer.stdout
    assert int(found[1]) / 100 == pytest.approx(
        simulator.true_value("heat_meter_loop.supply_temp_degc"), abs=0.3
    )


def _table(profile: str, point: str) -> str:
    """mbpoll's letter for the register space of a point: 4 holding, 3 input."""
    text = (ROOT / "collectors" / "profiles" / f"{profile}.yaml").read_text(encoding="utf-8")
    entry = text.split(f"name: {point}")[1]
    return "4" if entry.split("space: ")[1].startswith("holding") else "3"


def test_node_opcua_browses_and_reads_the_plant(simulator: Simulator, node_tools: Path) -> None:
    answer = subprocess.run(
        ["node", "read_opcua.mjs", simulator.endpoint, "urn:boucle:simulated-bms", "HeatPump1"],
        cwd=node_tools,
        check=True,
        capture_output=True,
        text=True,
        timeout=40,
    )
    found: dict[str, Any] = json.loads(answer.stdout)

    assert {"ActiveEnergy", "ActivePower", "HeatPower", "RunState"} <= set(found)
    assert all(one["status"] == "Good" and one["source_timestamp"] for one in found.values())
    assert all(one["namespace"] for one in found.values())
    true_kw = simulator.true_value("heat_pump_1.heat_power_kw")
    assert found["HeatPower"]["value"] / 1000 == pytest.approx(true_kw, rel=0.05)
    true_degc = simulator.true_value("heat_pump_1.sink_outlet_temp_degc")
    assert found["SinkOutletTemperature"]["value"] == pytest.approx(true_degc, abs=0.5)
