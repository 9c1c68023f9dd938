"""A site file that is read again while it is polled: the old one is kept until the new one fits."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from collectors.errors import InstallationError
from service.errors import UserError
from service.site.site import InstalledSite

log = structlog.get_logger(__name__)

# Polls a site until the event is set.
Poll = Callable[[InstalledSite, asyncio.Event], Awaitable[None]]
# Raises UserError or InstallationError when the site cannot be polled.
Prepare = Callable[[InstalledSite], Awaitable[None]]
Refused = Callable[[str | None], None]


class SiteReload:
    """The site that is polled, and the wish for a newer one."""

    def __init__(self, first: InstalledSite, load: Callable[[], InstalledSite]) -> None:
        """``load`` reads files; it raises `UserError` with all that is wrong with them."""
        self.current = first
        self.asked = asyncio.Event()
        self._load = load

    async def poll(
        self, poll: Poll, prepare: Prepare, refused: Refused, stop: asyncio.Event
    ) -> None:
        """Poll the current site, and from a reload on the new one, until told to stop.

        ``refused`` hears why a file was not taken, and None when one was.
        """
        while not stop.is_set():
            end = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                waiting = tasks.create_task(self._renewed(prepare, refused), name="reload")
                waiting.add_done_callback(lambda _, end=end: end.set())  # type: ignore[misc]  # binds now
                stopping = tasks.create_task(_pass_on(stop, end), name="stop")
                await poll(self.current, end)
                is_renewed = waiting.done()
                # A stop does not wait for a database that new points are to be registered in.
                waiting.cancel()
                stopping.cancel()
            if not is_renewed:
                return

    async def _renewed(self, prepare: Prepare, refused: Refused) -> None:
        """Until there is another site to poll."""
        while True:
            await self.asked.wait()
            self.asked.clear()
            try:
                site = await asyncio.to_thread(self._load)
                self._require_same_site(site)
                await prepare(site)
            except (UserError, InstallationError) as error:
                log.warning("site_not_reloaded", error=str(error), kept="the old site file")
                refused(str(error))
                continue
            self.current = site
            refused(None)
            log.info(
                "site_reloaded",
                devices=len(site.site.devices),
                points=len(site.site.points),
            )
            return

    def _require_same_site(self, site: InstalledSite) -> None:
        was, now = self.current.site.identity.id, site.site.identity.id
        if was != now:
            msg = f"the file is that of site {now!r}, not {was!r}: start a collector for it"
            raise UserError(msg)


async def _pass_on(stop: asyncio.Event, end: asyncio.Event) -> None:
    await stop.wait()
    end.set()


async def first_of(*events: asyncio.Event) -> None:
    """Wait until one of the events is set."""
    async with asyncio.TaskGroup() as tasks:
        waits = [tasks.create_task(event.wait(), name="wait") for event in events]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
