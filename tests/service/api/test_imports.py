"""What answers is there before somebody asks: a late import needs a free file, and a second."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def _run(*words: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()


def test_no_route_imports_anything_when_it_is_asked() -> None:
    answered, *imported = _run("-m", "tests.service.api.late_imports")
    assert int(answered) > 100
    # The web framework loads its event loop's half with the first request.
    assert [one for one in imported if not one.startswith("anyio.")] == []


def test_only_the_server_has_the_library_of_tables() -> None:
    commands = ("collect", "evaluate", "import_", "run", "demo", "evidence")
    imports = "; ".join(f"import service.commands.{one}" for one in commands)
    code = f"import sys; import service.__main__; {imports}; print('pyarrow' in sys.modules)"
    assert _run("-c", code) == ["False"]
