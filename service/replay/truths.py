"""What is true of invented sites: what verdicts are held against, and never computed from."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from service.replay.errors import FleetFileError

_TRUTH_FILE: Final = "truth.json"
WRITE_ANEW: Final = "write the folder anew with python -m simulators fleet"

# site, KPI, window, legal day
TruthKey = tuple[str, str, str, date]


def read_truths(folder: Path, sites: Sequence[str]) -> dict[TruthKey, float]:
    """What is true: value by site, KPI, window and day.

    Raises
    ------
    FleetFileError
        If a truth is missing or cannot be read.
    """
    found: dict[TruthKey, float] = {}
    for name in sites:
        path = folder / name / _TRUTH_FILE
        try:
            for one in read_json(path):
                key = (name, one["kpi"], one["window"], date.fromisoformat(one["on"]))
                found[key] = float(one["value"])
        except (KeyError, TypeError, ValueError) as error:
            raise FleetFileError(
                path, f"it is no list of truths ({error!r})", WRITE_ANEW
            ) from error
    return found


def read_json(path: Path) -> Any:  # whatever the file holds, checked by who asks
    """A JSON file of the folder.

    Raises
    ------
    FleetFileError
        If it is away or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FleetFileError(path, f"cannot be read ({error})", WRITE_ANEW) from error
