"""A clean end on SIGTERM and Ctrl-C, and what else a process is asked by signals."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

_log = structlog.get_logger(__name__)


@contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set the event on SIGTERM or SIGINT; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)

    def request() -> None:
        stop.set()
        for one in signals:
            loop.remove_signal_handler(one)

    for one in signals:
        loop.add_signal_handler(one, request)
    try:
        yield
    finally:
        for one in signals:
            loop.remove_signal_handler(one)


@contextmanager
def unmoved_by_hangup() -> Iterator[None]:
    """SIGHUP, which would end the process without a word, is answered in the log."""
    loop = asyncio.get_running_loop()
    remedy = "this process reads the site file when it starts: restart it"
    loop.add_signal_handler(signal.SIGHUP, lambda: _log.warning("not_reloaded", remedy=remedy))
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


@contextmanager
def asked_on_hangup(asked: asyncio.Event) -> Iterator[None]:
    """Set the event on SIGHUP, which would end the process without a word."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
