"""``python -m tests.tools.audited``: holds the pinned packages against PyPI's known weaknesses.

Exit code 0 when none is known, 1 when one is, 3 when nobody could be asked. A mirror of packages
has no advisories, and a machine without network has nothing: neither is a weakness, nor is it the
absence of one. So it is no part of ``make check``, and who runs it is told which it was.
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# As pip-audit asks: of one version, which a mirror may not know while it knows the name.
_PROBE: Final = "https://pypi.org/pypi/pip/24.0/json"
_TIMEOUT_S: Final = 10.0
_AUDIT_TIMEOUT_S: Final = 600.0
# Those of the tests hold those of the program.
_REQUIREMENTS: Final = Path("requirements-dev.txt")
NOT_ASKED: Final = 3


def advisories_answer(url: str = _PROBE) -> str | None:
    """None when advisories are given at an address, else why they are not."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
            told = json.load(answer)
    except (OSError, ValueError) as error:
        return f"{url} does not answer: {error}"
    if not isinstance(told, dict) or "vulnerabilities" not in told:
        return f"{url} gives no advisories"
    return None


def command(requirements: Path) -> Sequence[str]:
    """What is run; nothing is installed for it, and the hashes say which packages are meant."""
    return (
        *(sys.executable, "-m", "pip_audit", "--strict", "--progress-spinner", "off"),
        *("--require-hashes", "--disable-pip", "--requirement", str(requirements)),
    )


def main(url: str = _PROBE) -> int:
    """Ask, and say what came of it."""
    unasked = advisories_answer(url)
    if unasked is not None:
        print(f"boucle: the packages were NOT audited: {unasked}", file=sys.stderr)
        return NOT_ASKED
    return subprocess.run(command(_REQUIREMENTS), timeout=_AUDIT_TIMEOUT_S, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
