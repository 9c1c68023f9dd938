"""What is known of a device, as a state machine that speaks only when it changes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from collectors.polling import AS_PLANNED, Learned, Poll
from collectors.ports import DeviceHealth
from collectors.redaction import redacted
from models.readings import DeviceState

# One unanswered poll may be one lost packet.
FAILURES_UNTIL_LOST: Final = 2
_MAX_ERROR_LENGTH: Final = 500

_log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class HealthTracker:
    """Follows one device from poll to poll.

    ::

        STARTING ── answered ──▶ OK ◀──▶ DEGRADED       some points fail or are in doubt, or
                                                        one poll failed
            └── two polls failed ──▶ LOST ── answered ──▶ OK or DEGRADED
    """

    def __init__(self, device: str, link: str, *, now: Callable[[], datetime] = _utc_now) -> None:
        """Nothing is known yet."""
        self._log = _log.bind(device=device, link=link)
        self._device = device
        self.link = link
        self._now = now
        self._state = DeviceState.STARTING
        self._since = now()
        self._last_ok_at: datetime | None = None
        self._polls = 0
        self._failures = 0
        self._consecutive = 0
        self._bad_points = 0
        self._last_error: str | None = None
        self._last_poll_s: float | None = None
        self._learned = AS_PLANNED
        self._clock_offset_s: float | None = None

    @property
    def consecutive_failures(self) -> int:
        """Polls in a row that brought nothing."""
        return self._consecutive

    @property
    def health(self) -> DeviceHealth:
        """The report of now."""
        return DeviceHealth(
            device=self._device,
            state=self._state,
            since=self._since,
            last_ok_at=self._last_ok_at,
            polls_total=self._polls,
            failures_total=self._failures,
            consecutive_failures=self._consecutive,
            bad_points=self._bad_points,
            last_error=self._last_error,
            last_poll_s=self._last_poll_s,
            split_blocks=self._learned.split_blocks,
            refused_points=self._learned.refused_points,
            learned=None if self._learned.words is None else _short(self._learned.words),
            clock_offset_s=self._clock_offset_s,
        )

    def polled(self, poll: Poll, elapsed_s: float) -> None:
        """Take note of a poll that was answered, if only in part."""
        self._polls += 1
        self._last_poll_s = elapsed_s
        self._bad_points = poll.bad_points
        self._note_learned(poll.learned)
        self._clock_offset_s = poll.clock_offset_s
        if poll.failed_points == len(poll.batch) + poll.other_points:
            # Answered, yet without one value: for whoever needs the data it is lost.
            self._fail(poll.error or "no point could be read")
            return
        self._consecutive = 0
        if poll.bad_points or poll.doubt is not None:
            self._last_error = _short(_complaints(poll))
            self._enter(DeviceState.DEGRADED)
            return
        self._last_error = None
        self._last_ok_at = self._now()
        self._enter(DeviceState.OK)

    def failed(self, error: str, elapsed_s: float) -> None:
        """Take note of a poll that brought nothing."""
        self._polls += 1
        self._last_poll_s = elapsed_s
        self._fail(error)

    def _fail(self, error: str) -> None:
        self._failures += 1
        self._consecutive += 1
        self._last_error = _short(error)
        if self._consecutive >= FAILURES_UNTIL_LOST:
            self._enter(DeviceState.LOST)
        elif self._state is DeviceState.OK:
            self._enter(DeviceState.DEGRADED)

    def _note_learned(self, learned: Learned) -> None:
        if learned != self._learned:
            self._learned = learned
            words = _short(learned.words or "as planned")
            self._log.info("device_read_otherwise", learned=words)

    def _enter(self, state: DeviceState) -> None:
        """Change state; the one place that logs, and only on a change."""
        if state is self._state:
            return
        before, self._state = self._state, state
        now = self._now()
        lasted_s = round((now - self._since).total_seconds(), 3)
        self._since = now
        facts = {"before": before.value, "before_s": lasted_s}
        if state is DeviceState.LOST:
            self._log.warning("device_lost", error=self._last_error, **facts)
        elif state is DeviceState.DEGRADED:
            self._log.warning(
                "device_degraded", error=self._last_error, bad_points=self._bad_points, **facts
            )
        elif before is DeviceState.STARTING:
            self._log.info("device_answered", **facts)
        else:
            self._log.info("device_recovered", **facts)


def _complaints(poll: Poll) -> str:
    error = poll.error or ("values out of range" if poll.bad_points else None)
    return "; ".join(one for one in (error, poll.doubt) if one is not None)


def _short(error: str) -> str:
    """What goes to log, database and page."""
    error = redacted(error)
    return error if len(error) <= _MAX_ERROR_LENGTH else error[: _MAX_ERROR_LENGTH - 1] + "…"
