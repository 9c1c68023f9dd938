"""A clock that runs faster than the wall's, so that minutes pass in a test."""

import time
from datetime import UTC, datetime, timedelta

SPEED = 480.0
START = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)


class FastClock:
    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return START + timedelta(seconds=SPEED * (time.monotonic() - self._began))
