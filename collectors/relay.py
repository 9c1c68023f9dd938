"""Carries health reports to their sink without making any poller wait."""

import asyncio
from typing import Final

import structlog

from collectors.ports import DeviceHealth, HealthSink
from collectors.stats import CollectorStats

RELAY_INTERVAL_S: Final = 0.25
_REPORT_TIMEOUT_S: Final = 2.0

_log = structlog.get_logger()


class HealthRelay:
    """Keeps the latest report of each device and passes it on."""

    def __init__(
        self, sink: HealthSink, stats: CollectorStats, *, restart_on_bug: bool = True
    ) -> None:
        """``restart_on_bug`` keeps going when the sink raises; tests turn it off."""
        self._sink = sink
        self._stats = stats
        self._restart_on_bug = restart_on_bug
        self._latest: dict[str, DeviceHealth] = {}
        self._closing = asyncio.Event()
        self._is_failing = False

    def post(self, health: DeviceHealth) -> None:
        """Replace what is known of the device."""
        self._latest[health.device] = health

    def close(self) -> None:
        """Nothing more will come: let `run` end after a last round."""
        self._closing.set()

    async def run(self) -> None:
        """Report until closed."""
        while not self._closing.is_set():
            await self._round()
            try:
                async with asyncio.timeout(RELAY_INTERVAL_S):
                    await self._closing.wait()
            except TimeoutError:
                continue
        await self._round()

    async def _round(self) -> None:
        latest, self._latest = self._latest, {}
        for health in latest.values():
            try:
                async with asyncio.timeout(_REPORT_TIMEOUT_S):
                    await self._sink.report(health)
            except Exception as exc:
                if not self._restart_on_bug:
                    raise
                self._note_failure(exc)
                # The rest of a round is stale by the time a broken sink has timed out.
                return
            self._is_failing = False

    def _note_failure(self, exc: Exception) -> None:
        self._stats.health_failures_total += 1
        if not self._is_failing:
            self._is_failing = True
            _log.error("health_report_failed", error=str(exc) or type(exc).__name__, exc_info=exc)
