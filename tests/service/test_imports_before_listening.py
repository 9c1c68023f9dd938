"""What `serve` needs is loaded before it listens: what is loaded later needs a file then."""

import json
import subprocess
import sys

from tests.acceptance.running import ROOT


def test_nothing_is_loaded_after_the_first_request() -> None:
    """In a process of its own, as nothing else may have loaded anything."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.service.asked_all_over"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["asked"] > 40
    assert found["failed"] == []
    assert found["late"] == []
