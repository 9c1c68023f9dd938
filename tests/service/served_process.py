"""``boucle serve`` as a process of its own, with few files, on a database that is away."""

import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from tests.acceptance.running import ROOT, free_port

_START_S = 30.0


@dataclass
class ServeProcess:
    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def get(self, path: str, **headers: str) -> HTTPResponse:
        """One answer, read to its end, on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Connection": "close", **headers})
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@contextmanager
def serve_process(folder: Path, files: tuple[int, int], **environ: str) -> Iterator[ServeProcess]:
    """Serve with a soft and a hard limit of open files, until the end of a block."""
    port, log = free_port(), folder / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "serve", "--port", str(port)],
            cwd=ROOT,
            env={
                **os.environ,
                # Nobody listens there: what is served without a snapshot is enough here.
                "BOUCLE_DATABASE_URL": "postgresql://boucle@127.0.0.1:1/boucle",
                "BOUCLE_DATA_DIR": str(folder),
                **environ,
            },
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    # Long before Python has loaded what it serves with.
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, files)
    served = ServeProcess(process, port, log)
    try:
        _wait(served)
        yield served
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(served: ServeProcess) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            served.get("/healthz")
        except OSError:
            assert served.process.poll() is None, served.log.read_text()
            assert time.monotonic() < deadline, served.log.read_text()
            time.sleep(0.05)
        else:
            return
