"""The log of a process: one JSON object a line, and not more of them than can be read."""

import json
import logging
import subprocess
import sys

import pytest

from service.log_throttle import Throttle
from tests.acceptance.running import ROOT

_NOISY = """
import asyncio, logging
from service import logs
logs.configure("serve")
def broken():
    raise RuntimeError("postgresql://u:hunter2@h/d")
async def main():
    for _ in range(500):
        asyncio.get_running_loop().call_soon(broken)
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    await asyncio.sleep(0)
    logging.getLogger("another").error("heard")
asyncio.run(main())
"""


def test_a_library_that_repeats_itself_does_not_fill_the_log() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _NOISY], cwd=ROOT, check=True, capture_output=True, text=True
    )

    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [one["logger"] for one in lines] == ["asyncio"] * 5 + ["another"]
    assert {one["process"] for one in lines} == {"serve"}
    assert {one["level"] for one in lines} == {"error"}
    # The traceback is in the line, without the password.
    assert "RuntimeError" in lines[0]["exception"]
    assert "hunter2" not in ended.stderr


def _record(line: int) -> logging.LogRecord:
    return logging.LogRecord("library", logging.ERROR, "library.py", line, "again", None, None)


def test_what_was_left_out_is_counted_in_the_next_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr("service.log_throttle.monotonic", lambda: now_s)
    throttle = Throttle(most=2, per_s=60.0)

    assert [throttle.filter(_record(1)) for _ in range(5)] == [True, True, False, False, False]
    # Another place has lines of its own.
    assert throttle.filter(_record(2))
    now_s = 60.0
    record = _record(1)
    assert throttle.filter(record)
    assert record.getMessage() == "again (3 more were left out)"
    now_s = 120.0
    record = _record(1)
    assert throttle.filter(record)
    assert record.getMessage() == "again"
