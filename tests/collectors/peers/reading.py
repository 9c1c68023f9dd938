"""What a poll brought, laid beside what a peer's own list says it has to bring."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from collectors.polling import Poll
from models.readings import Quality

Told: TypeAlias = tuple[float | None, str]
# A 32-bit float holds seven digits of what a datasheet prints.
_DIGITS = 1e-7


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name(name).read_text())
    return found


def told(poll: Poll) -> list[Told]:
    """Value and name of quality of each point; a value that is missing is None."""
    pairs = zip(poll.batch.value.tolist(), poll.batch.quality.tolist(), strict=True)
    return [
        (None if math.isnan(value) else value, Quality(quality).name.lower())
        for value, quality in pairs
    ]


def expected(readings: Sequence[Told]) -> list[Any]:
    return [
        (value if value is None else pytest.approx(value, rel=_DIGITS), quality)
        for value, quality in readings
    ]
