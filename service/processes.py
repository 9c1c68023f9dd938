"""Child processes that never outlive their parent and are started again when they fall."""

import asyncio
import ctypes
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger(__name__)

_PR_SET_PDEATHSIG = 1
_RESTART_AFTER_S = 1.0
_STOP_TIMEOUT_S = 8.0
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Run in the child before it starts: SIGTERM when the parent is gone, even by ``kill -9``."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _append_to(path: str | None) -> int:
    """A file descriptor that the child inherits."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    return os.open(path or os.devnull, flags, 0o644)


@dataclass(slots=True, kw_only=True)
class Child:
    """One process of the tree.

    In a session of its own, so that a Ctrl-C at the terminal reaches only the supervisor, which
    stops its children in order.
    """

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    ready_line: str | None = None
    log_path: str | None = None
    # What it is told on its standard input, anew at each start.
    handover: Callable[[], Awaitable[bytes]] | None = None
    restarts: int = 0
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _stopping: bool = field(default=False, init=False)

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and running else None

    async def start(self, timeout_s: float = 30.0) -> None:
        """Start it, and wait for its ready line when it has one.

        Raises
        ------
        ChildFailed
            When it ended or stayed silent instead.
        """
        told = None if self.handover is None else await self.handover()
        sink = _append_to(self.log_path)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.argv,
                env=dict(self.environ),
                stdin=asyncio.subprocess.DEVNULL if told is None else asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE if self.ready_line else sink,
                stderr=sink,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        finally:
            os.close(sink)
        if told is not None:
            await self._tell(told)
        if self.ready_line:
            await self._wait_ready(timeout_s)

    async def _tell(self, told: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(told)
        # A line fits into the pipe, whether it is read or not; a child that is gone is noticed.
        self._process.stdin.close()
        with suppress(BrokenPipeError, ConnectionResetError):
            await self._process.stdin.wait_closed()

    async def _wait_ready(self, timeout_s: float) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        assert self.ready_line is not None
        try:
            async with asyncio.timeout(timeout_s):
                async for line in self._process.stdout:
                    if self.ready_line.encode() in line:
                        return
        except TimeoutError:
            await self.stop()
            raise ChildFailed(self.name, f"was not ready after {timeout_s:.0f} s") from None
        code = await self._process.wait()
        raise ChildFailed(self.name, f"ended with exit code {code} before it was ready")

    async def keep(self) -> None:
        """Start it again whenever it ends, until :meth:`stop`."""
        while not self._stopping:
            assert self._process is not None
            code = await self._process.wait()
            if self._stopping:
                return
            self.restarts += 1
            log.warning("process_ended", name=self.name, exit_code=code, restarts=self.restarts)
            await asyncio.sleep(_RESTART_AFTER_S)
            try:
                await self.start()
            except ChildFailed as error:
                log.warning("process_not_restarted", name=self.name, error=str(error))

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.pid is not None:
            os.kill(self.pid, number)

    async def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        self._stopping = True
        await self.renew()

    async def renew(self) -> None:
        """The same, for :meth:`keep` to start it again."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            log.warning("process_killed", name=self.name)
            process.kill()
            await process.wait()


class ChildFailed(Exception):
    """A process of the tree did not start."""

    def __init__(self, name: str, what: str) -> None:
        self.name = name
        super().__init__(f"the {name} process {what}")
