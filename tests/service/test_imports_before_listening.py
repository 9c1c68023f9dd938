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


def test_only_the_server_has_the_library_of_tables() -> None:
    commands = ("collect", "evaluate", "import_", "run", "demo", "evidence")
    imports = "; ".join(f"import service.commands.{one}" for one in commands)
    code = f"import sys; import service.__main__; {imports}; print('pyarrow' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]
