"""Headers of every answer, whoever gave it."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Pages load nothing from elsewhere and cannot be framed.
_ALWAYS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
# For a year: a browser that came once does not try http again. Other names of the domain are not
# ours to decide on.
_HTTPS: Final = {"Strict-Transport-Security": "max-age=31536000"}


class AnswerHeaders:
    """Says what a browser may do with an answer, and for how long it is good."""

    def __init__(self, app: ASGIApp, *, only_https: bool) -> None:
        """``only_https``: people reach this server by https, and by nothing else."""
        self._app = app
        self._always = {**_ALWAYS, **(_HTTPS if only_https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add what is not there yet."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._always.items():
                    headers.setdefault(name, value)
                if message["status"] >= 400:
                    # What is wrong now may be right in a second.
                    headers["Cache-Control"] = "no-store"
                elif scope["path"].startswith("/static/"):
                    # The page names static files with a hash of their content.
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"
            await send(message)

        await self._app(scope, receive, completed)
