"""Children come back when they fall and never outlive their parent."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.processes import Child, ChildFailed
from tests.acceptance.running import ROOT

SLEEPER = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)")


def child(*argv: str, ready_line: str | None = "here") -> Child:
    return Child(name="sleeper", argv=argv, environ=dict(os.environ), ready_line=ready_line)


@pytest.mark.asyncio
async def test_a_killed_child_is_started_again_and_a_stopped_one_is_not() -> None:
    one = child(*SLEEPER)
    await one.start()
    keeper = asyncio.create_task(one.keep())
    first = one.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(10):
        while one.restarts == 0 or one.pid in {None, first}:
            await asyncio.sleep(0.05)
    await one.stop()
    await keeper

    assert one.restarts == 1
    assert one.pid is None


@pytest.mark.asyncio
async def test_a_child_that_ends_before_it_is_ready_is_an_error() -> None:
    with pytest.raises(ChildFailed, match="exit code 3"):
        await child(sys.executable, "-c", "raise SystemExit(3)").start()


def test_children_die_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = f"""
import asyncio, os
from service.processes import Child
async def main():
    one = Child(name="s", argv={SLEEPER!r}, environ=dict(os.environ), ready_line="here")
    await one.start()
    print(one.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 5
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not _is_running(pid)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
