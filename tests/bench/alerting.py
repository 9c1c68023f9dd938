"""The demo under Prometheus and Alertmanager: from each fault to a message that was received.

Half an hour a round, two and a half hours for five. Each figure is printed as it is found.
Nothing is resolved by missing data, and a dead collector is one message.
"""

import gzip
import json
import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.acceptance.running import ROOT, Demo, children_of, free_port
from tests.bench.result import Result, result

_PROGRAMS = ROOT / "tests" / "tools" / "unpacked" / "usr" / "bin"
_LONGEST_S = 1500.0
# The demo's renewables are below the value that is proposed.
_BREACH = "paris_ref"
# What the shipped configuration waits: scrape and evaluation 15 s, the first message of a group.
_WAITS_S = 15.0 + 15.0 + 15.0


@dataclass
class Inbox:
    """Messages as they were received: alert name, status, subject, instant."""

    messages: list[tuple[str, str, dict[str, str], float]] = field(default_factory=list)

    def first(self, name: str, status: str, since: float, **labels: str) -> float | None:
        for told, state, subject, at in self.messages:
            if at < since or (told, state) != (name, status):
                continue
            if labels.items() <= subject.items():
                return at
        return None

    def wait(self, name: str, status: str, since: float, **labels: str) -> float:
        deadline = time.monotonic() + _LONGEST_S
        while time.monotonic() < deadline:
            at = self.first(name, status, since, **labels)
            if at is not None:
                return at - since
            time.sleep(0.2)
        raise AssertionError(f"{name} {status} {labels} did not come")

    def wait_resolved(self, *names: str) -> None:
        """Until the last message of each alert of these names says that it is over."""
        deadline = time.monotonic() + _LONGEST_S
        while time.monotonic() < deadline:
            last = {
                (name, *sorted(subject.items())): status
                for name, status, subject, _ in list(self.messages)
                if name in names
            }
            if "firing" not in last.values():
                return
            time.sleep(1.0)
        raise AssertionError(f"one of {names} is not resolved")


@contextmanager
def receiving() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for one in said["alerts"]:
                labels: dict[str, str] = one["labels"]
                inbox.messages.append((labels["alertname"], one["status"], labels, time.time()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            del format, arguments

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield inbox, server.server_port
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def alerting(folder: Path, receiver: int) -> Iterator[int]:
    """Prometheus and Alertmanager with what the demo wrote; gives Prometheus's port."""
    prometheus, alertmanager = free_port(), free_port()
    for name, before, after in (
        ("prometheus.yml", "9093", str(alertmanager)),
        ("alertmanager.yml", "9099", str(receiver)),
    ):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace(before, after), encoding="utf-8")
    commands = (
        (
            "prometheus-alertmanager",
            "--config.file=alertmanager.yml",
            "--storage.path=alertmanager",
            f"--web.listen-address=127.0.0.1:{alertmanager}",
            "--cluster.listen-address=",
        ),
        (
            "prometheus",
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=prometheus",
            f"--web.listen-address=127.0.0.1:{prometheus}",
        ),
    )
    with (folder / "alerting.log").open("wb") as log:
        running = [
            subprocess.Popen(
                [str(_PROGRAMS / program), *arguments], cwd=folder, stdout=log, stderr=log
            )
            for program, *arguments in commands
        ]
        try:
            yield prometheus
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait(timeout=20)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process and its children stand still, as on a machine that hangs."""
    pids = [pid, *children_of(pid)]
    for one in pids:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in pids:
            os.kill(one, signal.SIGCONT)


_FAULTS = (
    ("pdu_07", "unplugged"),
    ("heat_meter_loop", "unplugged"),
    ("heat_meter_greenhouse", "frozen"),
)


_ALERTS = (
    "BoucleDeviceDown",
    "BoucleRegisterFrozen",
    "BoucleHeatUnknown",
    "BoucleCoverageLow",
    "BoucleHeatStopped",
    "BoucleCollectorDown",
    "BoucleEvaluationLate",
    "BoucleServerDown",
    "BoucleDatabaseDown",
    "BoucleSpoolGrowing",
)


def _round(demo: Demo, inbox: Inbox) -> dict[str, float]:
    """Each fault once; how long its message took."""
    since = time.time()
    for device, kind in _FAULTS:
        demo.fault(device, kind, "--seconds", "3600")
    took = {
        "device down": inbox.wait("BoucleDeviceDown", "firing", since, device="pdu_07"),
        "register frozen": inbox.wait("BoucleRegisterFrozen", "firing", since),
        "heat stopped, meter dead": inbox.wait("BoucleHeatUnknown", "firing", since),
        "coverage": inbox.wait("BoucleCoverageLow", "firing", since),
        # The register is alive and shows the same for a quarter of an hour.
        "heat stopped, meter alive": inbox.wait("BoucleHeatStopped", "firing", since),
    }
    cleared = time.time()
    for device, _ in _FAULTS:
        demo.fault(device, "clear")
    took["device back"] = inbox.wait("BoucleDeviceDown", "resolved", cleared, device="pdu_07")
    took |= _processes(demo, inbox)
    # What still fires would be told again with the next round's first message.
    inbox.wait_resolved(*_ALERTS)
    return took


def _processes(demo: Demo, inbox: Inbox) -> dict[str, float]:
    took: dict[str, float] = {}
    for what, name, program in (
        ("collector dead", "BoucleCollectorDown", "collect"),
        ("evaluation late", "BoucleEvaluationLate", "evaluate"),
        ("server dead", "BoucleServerDown", "serve"),
    ):
        [pid] = demo.pids(f"service {program}")
        since = time.time()
        with frozen(pid):
            took[what] = inbox.wait(name, "firing", since)
            told = [one for one in inbox.messages if one[3] >= since]
            # One message, and not one for each of 49 devices; no breach is taken back.
            assert [one for one in told if one[0] == "BoucleDeviceDown"] == []
            assert [one for one in told if one[:2] == ("BoucleBreach", "resolved")] == []
        inbox.wait(name, "resolved", since)
    database = demo.database_pid()
    assert database is not None
    since = time.time()
    with frozen(database):
        took["database dead"] = inbox.wait("BoucleDatabaseDown", "firing", since)
        took["spool growing"] = inbox.wait("BoucleSpoolGrowing", "firing", since)
    inbox.wait("BoucleDatabaseDown", "resolved", since)
    [server] = demo.pids("service serve")
    since = time.time()
    os.kill(server, signal.SIGKILL)
    time.sleep(60.0)
    told = [one for one in inbox.messages if one[3] >= since]
    assert [one for one in told if one[:2] == ("BoucleBreach", "resolved")] == []
    return took


def _followed(demo: Demo, inbox: Inbox, prometheus: int) -> None:
    """One breach from the API to the message and the pack: figure, rule and time are the same."""
    [breach] = demo.api(f"/breaches?rule={_BREACH}")["items"]
    [finding] = [one for one in demo.api("/verdicts") if one["rule_id"] == _BREACH]
    message = next(m for m in inbox.messages if m[0] == "BoucleBreach" and m[2]["rule"] == _BREACH)
    assert message[1] == "firing"
    assert finding["title_fr"] in demo.get("/fr/")

    def asked(expression: str) -> float:
        query = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{prometheus}/api/v1/query?{query}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            [found] = json.load(answer)["data"]["result"]
        return float(found["value"][1])

    rule = f'{{rule="{_BREACH}"}}'
    began = datetime.fromisoformat(breach["began_at"]).timestamp()
    noticed = datetime.fromisoformat(breach["noticed_at"]).timestamp()
    assert asked(f"boucle_breach_began_timestamp_seconds{rule}") == began
    assert asked(f"boucle_breach_noticed_timestamp_seconds{rule}") == noticed
    assert asked(f"boucle_threshold_ref_ratio{rule}") == breach["threshold"]
    assert asked(f"boucle:limit_ref_ratio{rule}") == breach["threshold"]
    # The figure of twelve months moves in its last digits from minute to minute.
    figure = asked('boucle_ref_ratio{window="12months"}')
    assert abs(figure - finding["kpi"]["value"]) < 1e-4
    pack, key = demo.folder / "pack.boucle.json.gz", demo.folder / "site.pem"
    demo.boucle("evidence", "pack", "--rule", _BREACH, "--out", str(pack))
    demo.boucle("evidence", "key", "--out", str(key))
    told = json.loads(demo.boucle("verify", str(pack), "--key", str(key), "--json"))
    assert told["good"] is True
    text = gzip.decompress(pack.read_bytes()).decode()
    for value in (breach["id"], str(breach["threshold"])):
        assert value in text


def run(rounds: int = 5) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="boucle-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        demo = Demo(folder)
        try:
            demo.wait_ready(200.0)
            with (
                receiving() as (inbox, port),
                alerting(folder / "data/demo/alerting", port) as prometheus,
            ):
                inbox.wait("BoucleBreach", "firing", 0.0)
                _followed(demo, inbox, prometheus)
                found = []
                for number in range(1, rounds + 1):
                    found.append(_round(demo, inbox))
                    for what, seconds in found[-1].items():
                        print(f"round {number}: {what}: {seconds:.1f} s", flush=True)
        finally:
            demo.stop()
    return [
        result(
            f"alerting, {what}",
            statistics.median(one[what] for one in found),
            "s (to the message)",
            _WAITS_S,
            "what scrape, evaluation and grouping wait",
        )
        for what in found[0]
    ]
