"""What signals do to a process."""

import asyncio
import os
import signal

import pytest
from structlog.testing import capture_logs

from service.stopping import unmoved_by_hangup


@pytest.mark.asyncio
async def test_a_process_that_cannot_reload_goes_on_and_says_what_to_do() -> None:
    with capture_logs() as logs, unmoved_by_hangup():
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.01)
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("not_reloaded", "warning")]
    assert "restart it" in logs[0]["remedy"]
