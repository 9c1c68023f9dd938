"""The processes of one site as children of a supervisor: collect, evaluate, serve."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from service.processes import Child

COLLECTOR = "collector"
SERVER = "server"


def child_of(
    name: str,
    argv: tuple[str, ...],
    environ: Mapping[str, str],
    folder: Path,
    ready_line: str | None = None,
    handover: Callable[[], Awaitable[bytes]] | None = None,
) -> Child:
    """A module of this program as a child, with its log in the folder."""
    return Child(
        name=name,
        argv=(sys.executable, "-m", *argv),
        environ=environ,
        ready_line=ready_line,
        log_path=str(folder / f"{name}.log"),
        handover=handover,
    )


def site_children(
    site: Path,
    environ: Mapping[str, str],
    folder: Path,
    *,
    notifies: bool = False,
    handover: Callable[[], Awaitable[bytes]] | None = None,
) -> tuple[Child, ...]:
    """What a site needs, on a database that is migrated; a notifier where somebody is told.

    ``handover`` is what the server is told by the demo.
    """
    server = ("service", "serve", str(site), *(() if handover is None else ("--handover",)))
    return (
        # Evaluation first: the page waits for it.
        child_of("evaluation", ("service", "evaluate", str(site)), environ, folder),
        child_of(COLLECTOR, ("service", "collect", str(site)), environ, folder),
        child_of(SERVER, server, environ, folder, handover=handover),
        *(
            (child_of("notifier", ("service", "notify", str(site)), environ, folder),)
            if notifies
            else ()
        ),
    )


@asynccontextmanager
async def kept(children: tuple[Child, ...]) -> AsyncIterator[None]:
    """The children, started and started again when they fall, for the length of a block."""
    async with asyncio.TaskGroup() as tasks:
        try:
            for child in children:
                await child.start()
                tasks.create_task(child.keep(), name=f"keep-{child.name}")
            yield
        finally:
            for child in reversed(children):
                await child.stop()
