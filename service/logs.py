"""Logging of every Boucle process: one line per fact, JSON unless a person is watching."""

import logging
import sys
from collections.abc import Sequence

import structlog

from collectors.redaction import redacted
from service.log_throttle import Throttle


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
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=process)
    _take_in_libraries(process, shared, renderer)


def _take_in_libraries(
    process: str,
    shared: Sequence[structlog.types.Processor],
    renderer: structlog.types.Processor,
) -> None:
    """What libraries and asyncio log, in the same form, and not more than can be read."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Throttle())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_named(process), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    # The protocol libraries repeat themselves while a device is away; our own transitions tell.
    logging.basicConfig(level=logging.ERROR, handlers=[handler])
    for library in ("asyncua", "pymodbus"):
        logging.getLogger(library).setLevel(logging.CRITICAL)


def _named(process: str) -> structlog.types.Processor:
    def named(
        logger: object, method: str, event: structlog.types.EventDict
    ) -> structlog.types.EventDict:
        """Tasks of uvicorn have no context of ours."""
        del logger, method
        record = event.get("_record")
        return {"process": process, "logger": getattr(record, "name", ""), **event}

    return named
