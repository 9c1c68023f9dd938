"""Logging of every Boucle process: one line per fact, JSON unless a person is watching."""

import logging
import sys

import structlog

from collectors.redaction import redacted


def without_secrets(
    logger: object, method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    """Take passwords out of addresses, wherever in the line they are."""
    del logger, method
    return {name: _redacted(value) for name, value in event.items()}


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, list | tuple):
        return [_redacted(one) for one in value]
    return value


def configure(process: str) -> None:
    """Set up logging once, at the start of a process."""
    watched = sys.stderr.isatty()
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer() if watched else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            without_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=process)
    # The protocol libraries repeat themselves while a device is away; our own transitions tell.
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    for library in ("asyncua", "pymodbus"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
