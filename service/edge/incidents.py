"""Errors that nobody foresaw: a number for who asked, the same number in the log."""

from secrets import token_hex
from traceback import extract_tb

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import ApiProblem, BrokenOff, respond
from service.log_throttle import Throttle

log = structlog.get_logger(__name__)


class Incidents:
    """Answers 500 as a problem that tells nothing of the inside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # Each has its line; the traceback of one place is written some times a minute.
        self._traces = Throttle()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let nothing through but what the process must hear."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except (ClientDisconnect, BrokenOff):
            # The server breaks off what has no end.
            return
        except Exception as error:
            incident = self._noted(error, scope)
            if begun:
                # Half an answer is no answer: the server breaks the connection off.
                raise
            problem = ApiProblem.of("internal_error", "an error of Boucle's", incident=incident)
            await respond(problem, scope)(scope, receive, send)

    def _noted(self, error: Exception, scope: Scope) -> str:
        incident = token_hex(4)
        frames = extract_tb(error.__traceback__)
        place = (type(error).__name__, frames[-1].filename, frames[-1].lineno or 0)
        traced = self._traces.count(place) is not None
        log.error(
            "incident",
            incident=incident,
            method=scope["method"],
            path=scope["path"][:200],
            error=type(error).__name__,
            exc_info=error if traced else None,
        )
        return incident
