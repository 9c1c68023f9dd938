"""The process: looks at every alert again and again, and delivers what is to be told."""

import asyncio
import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import structlog

from models.legal_time.days import legal_day
from service.alerts.rule_files import Writing
from service.alerts.writing import SiteAlerts
from service.errors import UserError
from service.notifying.acknowledgements import Acknowledgements
from service.notifying.memory import MemoryFile
from service.notifying.notice import Message
from service.notifying.receivers import DeliveryError, Receiver
from service.notifying.samples import families_of
from service.notifying.scraping import Scraper
from service.notifying.watch import Watch

log = structlog.get_logger(__name__)

_FIRST_RETRY_S: Final = 5.0
_LAST_RETRY_S: Final = 300.0
# What is under way at the end may come through; then the supervisor's patience ends.
_LAST_WORDS_S: Final = 6.0


class Notifier:
    """Decides and tells, until it is stopped.

    Parameters
    ----------
    alerts_on : callable
        The alerts of the site on a legal day; it may take a second.
    writing : Writing
        Site, language, and where its pages are.
    scraper : Scraper
        Of the site's programs.
    receivers : sequence of Receiver
        Whom it tells.
    folder : Path
        Where it remembers.
    every_s : float
        From one look to the next.
    first_retry_s : float
        After a receiver did not take a message; doubled up to five minutes.
    now : callable
        The clock by which alerts wait.
    """

    def __init__(
        self,
        alerts_on: Callable[[date], SiteAlerts],
        writing: Writing,
        scraper: Scraper,
        receivers: Sequence[Receiver],
        folder: Path,
        *,
        every_s: float,
        first_retry_s: float = _FIRST_RETRY_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._alerts_on, self._writing = alerts_on, writing
        self._scraper, self._receivers = scraper, receivers
        self._file = MemoryFile(folder, writing.site)
        self._acknowledgements = Acknowledgements(folder, writing.site)
        self._every_s, self._first_retry_s = every_s, first_retry_s
        self._now = now
        self._news = {one.name: asyncio.Event() for one in receivers}

    async def run(self, stop: asyncio.Event) -> None:
        """Look and deliver until the event is set; what is not delivered is kept."""
        memory = await asyncio.to_thread(self._file.load)
        now = self._now()
        memory.send_to([one.name for one in self._receivers], now)
        today = legal_day(now)
        found = await asyncio.to_thread(self._alerts_on, today)
        watch = Watch(found, self._writing, memory)
        log.info("alerts_watched", alerts=len(found.alerts), waiting=_waiting(watch))
        async with asyncio.TaskGroup() as tasks:
            deliveries = [
                tasks.create_task(self._deliver(one, watch, stop), name=f"deliver-{one.name}")
                for one in self._receivers
            ]
            await self._look_on(watch, found, today, stop)
            for event in self._news.values():
                event.set()
            await asyncio.wait(deliveries, timeout=_LAST_WORDS_S)
            for one in deliveries:
                one.cancel()
        await self._file.write(memory)

    async def _look_on(
        self, watch: Watch, found: SiteAlerts, today: date, stop: asyncio.Event
    ) -> None:
        families = families_of(found.alerts)
        clock = asyncio.get_running_loop().time
        due = clock()
        while not stop.is_set():
            if (day := legal_day(self._now())) != today:
                found, today = await asyncio.to_thread(self._alerts_on, day), day
                watch.know(found)
                families = families_of(found.alerts)
            shown = await self._scraper.shown(families)
            acknowledged = await asyncio.to_thread(self._acknowledgements.all)
            watch.look(shown, acknowledged, self._now())
            await self._file.write(watch.memory)
            for event in self._news.values():
                event.set()
            due = max(due + self._every_s, clock())
            with suppress(TimeoutError):
                async with asyncio.timeout(due - clock()):
                    await stop.wait()

    async def _deliver(self, receiver: Receiver, watch: Watch, stop: asyncio.Event) -> None:
        """One message after the other; while the receiver is away they wait."""
        box, news = watch.memory.outboxes[receiver.name], self._news[receiver.name]
        wait_s, is_away = self._first_retry_s, False
        while not stop.is_set():
            news.clear()
            if not box:
                await news.wait()
                continue
            sent = next(iter(box.values()))
            refusal = await _refusal(receiver, sent)
            if refusal is None:
                watch.memory.delivered(receiver.name, sent)
                log.info("message_delivered", receiver=receiver.name, alert=sent.group)
                if is_away:
                    log.info("receiver_back", receiver=receiver.name)
                wait_s, is_away = self._first_retry_s, False
                await self._file.write(watch.memory)
                continue
            if not is_away:
                log.warning("receiver_lost", receiver=receiver.name, reason=refusal)
            is_away = True
            watch.memory.put_off(receiver.name, sent.group)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await stop.wait()
            wait_s = min(2.0 * wait_s, _LAST_RETRY_S)


async def _refusal(receiver: Receiver, message: Message) -> str | None:
    """Why it was not taken."""
    try:
        await receiver.send(message)
    except DeliveryError as error:
        return str(error)
    return None


def _waiting(watch: Watch) -> int:
    return sum(len(box) for box in watch.memory.outboxes.values())


@contextmanager
def alone(folder: Path, site: str) -> Iterator[None]:
    """One notifier a site and folder: two would tell everything twice.

    Raises
    ------
    UserError
        When another one runs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"notify-{site}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"another notifier tells of {site} from {folder} (boucle run starts one itself)"
            raise UserError(msg) from error
        yield
