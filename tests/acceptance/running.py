"""A demo in its own process tree, as a person would start it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL may enter when the tests run as root, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="boucle-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def children_of(pid: int) -> list[int]:
    try:
        return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class Demo:
    """``boucle demo`` and what one may ask of it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.output = folder / "demo.out"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service", "demo", "--port", str(self.port), *arguments],
                cwd=ROOT,
                env={**os.environ, "BOUCLE_DATA_DIR": str(folder / "data")},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_ready(self, timeout_s: float = 100.0) -> None:
        deadline = time.monotonic() + timeout_s
        while "Ctrl-C stops everything" not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.2)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def metrics_of(self, program: str) -> str:
        """What `collect` or `evaluate` shows of itself."""
        environ = (self.folder / "data/demo/env.sh").read_text("utf-8")
        port = re.search(rf"BOUCLE_{program.upper()}_PORT=(\d+)", environ)
        assert port is not None
        url = f"http://127.0.0.1:{port[1]}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())

    def api(self, path: str) -> Any:
        return json.loads(self.get(f"/api/v1/sites/chapelle_international{path}"))

    def device(self, device_id: str) -> Any:
        return next(d for d in self.api("/devices") if d["id"] == device_id)

    def kpi(self, kpi: str, window: str) -> Any:
        return self.api(f"/kpis?kpi={kpi}&window={window}")[0]

    def fault(self, device: str, kind: str, *arguments: str) -> None:
        control = re.search(r"--control-port (\d+)", self.text())
        assert control is not None
        subprocess.run(
            [
                sys.executable,
                "-m",
                "service",
                "fault",
                device,
                kind,
                "--control-port",
                control[1],
                "--site",
                str(self.folder / "data/demo/site.yaml"),
                *list(arguments),
            ],
            cwd=ROOT,
            check=True,
            capture_output=True,
            timeout=20,
        )

    def boucle(self, *arguments: str) -> str:
        """Run a command beside the demo, on its database; what it printed."""
        site = str(self.folder / "data/demo/site.yaml")
        environ = {
            **os.environ,
            "BOUCLE_DATABASE_URL": self.database_url(),
            "BOUCLE_DATA_DIR": str(self.folder / "data/demo"),
            "BOUCLE_SITE": site,
        }
        done = subprocess.run(
            [sys.executable, "-m", "service", *arguments],
            cwd=ROOT,
            env=environ,
            check=False,
            capture_output=True,
            timeout=120,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def database_url(self) -> str:
        """Where the database of the demo is: what its own processes were told."""
        (pid,) = self.pids("service serve")
        environ = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
        return next(
            line.removeprefix("BOUCLE_DATABASE_URL=")
            for line in environ
            if line.startswith("BOUCLE_DATABASE_URL=")
        )

    def pids(self, pattern: str) -> list[int]:
        """Processes of this demo whose command line holds the pattern."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                command = _command(int(entry.name))
                if pattern in command and str(self.folder) in command:
                    found.append(int(entry.name))
        return found

    def database_pid(self) -> int | None:
        """The demo's own PostgreSQL, a child of the supervisor."""
        for pid in children_of(self.process.pid):
            if "postgres" in _command(pid):
                return pid
        return None

    def until(self, what: str, condition: Any, timeout_s: float) -> float:
        """Wait until the condition holds; return how long it took."""
        started = time.monotonic()
        while time.monotonic() - started < timeout_s:
            if condition():
                return time.monotonic() - started
            time.sleep(0.1)
        raise AssertionError(f"{what} did not come within {timeout_s} s\n{self.text()[-2000:]}")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=40)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
