"""Which process holds something, so that another on the same machine can see that it is gone."""

import os
import re
import socket
from pathlib import Path

_HOLDER = re.compile(
    r"^(?P<host>.+) process (?P<pid>\d+) since (?P<since>\d+) on (?P<machine>\S+)$"
)


def holder_of_this_process() -> str:
    """Host and process, with what tells them from any other of that name."""
    pid = os.getpid()
    return f"{socket.gethostname()} process {pid} since {_started(pid)} on {_machine()}"


def is_gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that ended; False where nobody can tell."""
    told = _HOLDER.match(holder)
    if told is None or not _machine() or told["machine"] != _machine():
        return False
    return _started(int(told["pid"])) != told["since"]


def _started(pid: int) -> str:
    """When a process started, in ticks since the machine did; empty when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    # The name in brackets may hold anything; the start is the twentieth word after it.
    words = stat.rpartition(")")[2].split()
    # One that was killed stays in the list until its parent looks.
    return "" if words[0] in {"Z", "X"} else words[19]


def _machine() -> str:
    """This start of this machine, and among its containers the one with our processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink().name}"
    except OSError:
        return ""
