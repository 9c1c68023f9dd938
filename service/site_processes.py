"""The processes of one site as children of a supervisor: collect, evaluate, serve."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from service.processes import Child

COLLECTOR = "collector"


def child_of(
    name: str,
    argv: tuple[str, ...],
    environ: Mapping[str, str],
    folder: Path,
    ready_line: str | None = None,
) -> Child:
    """A module of this program as a child, with its log in the folder."""
    return Child(
        name=name,
        argv=(sys.executable, "-m", *argv),
        environ=environ,
        ready_line=ready_line,
        log_path=str(folder / f"{name}.log"),
    )


def site_children(
    site: Path, environ: Mapping[str, str], folder: Path, *, notifies: bool = False
) -> tuple[Child, ...]:
    """What a site needs, on a database that is migrated; a notifier where somebody is told."""
    return tuple(
        child_of(name, ("service", command, str(site)), environ, folder)
        for name, command in (
            # Evaluation first: the page waits for it.
            ("evaluation", "evaluate"),
            (COLLECTOR, "collect"),
            ("server", "serve"),
            *((("notifier", "notify"),) if notifies else ()),
        )
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
