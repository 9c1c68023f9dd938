"""The processes of a site on a database of a test, as real children; nothing is polled."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tests.acceptance.running import ROOT, free_port

SITE = ROOT / "deploy/sites/chapelle-international.yaml"


class SiteProcess:
    """One command of Boucle on the shipped site."""

    def __init__(self, command: str, url: str, folder: Path, **environ: str) -> None:
        self.port = free_port()
        self.log = folder / f"{command}-{self.port}.log"
        self.started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service", command, str(SITE)],
                cwd=ROOT,
                env={
                    **os.environ,
                    "BOUCLE_DATABASE_URL": url,
                    "BOUCLE_DATA_DIR": str(folder),
                    "BOUCLE_HTTP_PORT": str(self.port),
                    **environ,
                },
                stdout=log,
                stderr=log,
            )

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        lines = [line for line in self.log.read_text("utf-8").splitlines() if line[:1] == "{"]
        return [one for one in map(json.loads, lines) if one["event"] == name]

    def get(self, path: str) -> tuple[int, str]:
        """Status and text; 0 while nothing listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status), str(answer.read().decode())
        except HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def late(self) -> list[str]:
        """The parts that are late; empty while it is ready or does not listen."""
        status, text = self.get("/readyz")
        return list(json.loads(text)["late"]) if status == 503 else []

    def metric(self, name: str) -> float | None:
        lines = self.get("/metrics")[1].splitlines()
        found = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name}{{")]
        return float(found[0]) if found else None

    def until(self, what: str, condition: Callable[[], bool], seconds: float) -> float:
        """Wait until the condition holds; how long it took."""
        started = time.monotonic()
        while not condition():
            assert self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() - started < seconds, f"{what}: {self.log.read_text('utf-8')}"
            time.sleep(0.05)
        return time.monotonic() - started

    def kill(self) -> None:
        """Without a word, as a machine that loses power."""
        self.process.kill()
        self.process.wait(timeout=10)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """As a supervisor does."""
        if self.process.poll() is None:
            self.thaw()
            self.process.terminate()
        try:
            return self.process.wait(timeout=15)
        finally:
            self.process.kill()
