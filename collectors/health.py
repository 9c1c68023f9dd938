"""What is known of a device, as a state machine that speaks only when it changes."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from collectors.link_log import LinkLog
from collectors.log_pace import LogPace
from collectors.polling import AS_PLANNED, Learned, Poll
from collectors.ports import DeviceHealth
from collectors.redaction import redacted
from models.readings import DeviceState
from models.trouble.trouble import Cause, Trouble
from models.trouble.words_en import ENGLISH

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

    def __init__(
        self,
        device: str,
        link: str,
        link_log: LinkLog | None = None,
        *,
        now: Callable[[], datetime] = _utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is known yet."""
        self._log = _log.bind(device=device, link=link)
        self._device = device
        self.link = link
        self._link_log = LinkLog(link) if link_log is None else link_log
        self._now = now
        self._state = DeviceState.STARTING
        self._since = now()
        self._told, self._told_at = self._state, self._since
        self._untold = 0
        self._pace = LogPace(clock)
        self._last_ok_at: datetime | None = None
        self._polls = 0
        self._failures = 0
        self._consecutive = 0
        self._bad_points = 0
        self._cause: Cause | None = None
        self._last_poll_s: float | None = None
        self._polling_s = 0.0
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
            last_error=None if self._cause is None else self._cause.detail,
            trouble=None if self._cause is None else self._cause.trouble,
            last_poll_s=self._last_poll_s,
            polling_s_total=self._polling_s,
            split_blocks=self._learned.split_blocks,
            refused_points=self._learned.refused_points,
            learned=None if self._learned.words is None else _short(self._learned.words),
            clock_offset_s=self._clock_offset_s,
        )

    def polled(self, poll: Poll, elapsed_s: float) -> None:
        """Take note of a poll that was answered, if only in part."""
        self._note_poll(poll, elapsed_s)
        self._tell()

    def _note_poll(self, poll: Poll, elapsed_s: float) -> None:
        self._polls += 1
        self._last_poll_s = elapsed_s
        self._polling_s += elapsed_s
        self._bad_points = poll.bad_points
        self._note_learned(poll.learned)
        self._clock_offset_s = poll.clock_offset_s
        if poll.failed_points == len(poll.batch) + poll.other_points:
            # Answered, yet without one value: for whoever needs the data it is lost.
            self._fail(poll.error or Cause(Trouble.OTHER, "no point could be read"))
            return
        self._consecutive = 0
        if poll.bad_points or poll.doubt is not None:
            self._cause = _shortened(_complaint(poll))
            self._enter(DeviceState.DEGRADED)
            return
        self._cause = None
        self._last_ok_at = self._now()
        self._enter(DeviceState.OK)

    def failed(self, cause: Cause, elapsed_s: float) -> None:
        """Take note of a poll that brought nothing."""
        self._polls += 1
        self._last_poll_s = elapsed_s
        self._polling_s += elapsed_s
        self._fail(cause)
        self._tell()

    def _fail(self, cause: Cause) -> None:
        self._failures += 1
        self._consecutive += 1
        self._cause = _shortened(cause)
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
        if state is not self._state:
            self._state, self._since = state, self._now()
            self._untold += 1

    def _tell(self) -> None:
        """Log a change of state; the one place that does, and not each of very many."""
        if self._state is self._told:
            self._tell_own_loss()
            return
        if not self._pace.allows():
            return
        before, self._told = self._told, self._state
        lasted_s = round((self._since - self._told_at).total_seconds(), 3)
        facts: dict[str, object] = {"before": before.value, "before_s": lasted_s}
        if self._untold > 1:
            facts["changes"] = self._untold
        self._told_at, self._untold = self._since, 0
        is_links = before is DeviceState.LOST and self._link_log.heard(self._device)
        if self._state is DeviceState.OK:
            if is_links:
                return
            is_new = before is DeviceState.STARTING
            self._log.info("device_answered" if is_new else "device_recovered", **facts)
            return
        self._warn(self._cause, facts)

    def _tell_own_loss(self) -> None:
        """A device that stays lost when its link is back has a cause of its own."""
        cause = self._cause
        if self._state is not DeviceState.LOST or cause is None or cause.trouble.is_of_link:
            return
        if self._link_log.heard(self._device):
            self._warn(cause, {"before": self._told.value})

    def _warn(self, cause: Cause | None, facts: dict[str, object]) -> None:
        if cause is not None:
            facts |= {"error": cause.detail, "check": ENGLISH[cause.trouble].check}
        if self._state is DeviceState.DEGRADED:
            self._log.warning("device_degraded", bad_points=self._bad_points, **facts)
        elif cause is not None and cause.trouble.is_of_link:
            self._link_log.lost(self._device, cause)
        else:
            self._log.warning("device_lost", **facts)


def _complaint(poll: Poll) -> Cause:
    """The worse of what is wrong with a poll names the trouble; both are told."""
    error = poll.error
    if error is None and poll.bad_points:
        error = Cause(Trouble.IMPOSSIBLE_VALUE, "values out of range")
    both = [one for one in (error, poll.doubt) if one is not None]
    return Cause(both[0].trouble, "; ".join(one.detail for one in both))


def _shortened(cause: Cause) -> Cause:
    return Cause(cause.trouble, _short(cause.detail))


def _short(error: str) -> str:
    """What goes to log, database and page."""
    error = redacted(error)
    return error if len(error) <= _MAX_ERROR_LENGTH else error[: _MAX_ERROR_LENGTH - 1] + "…"
