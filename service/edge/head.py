"""HEAD at every address that has GET: the same answer without its body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Asks the application for GET and sends on what stands before the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave every other method alone."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}
        ended = False

        async def heard() -> Message:
            # An event stream ends when nobody listens any more.
            return {"type": "http.disconnect"} if ended else await receive()

        async def sent(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                await send(message)
            elif not ended:
                ended = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        try:
            await self._app(asked, heard, sent)
        finally:
            # Who counts requests reads there which route it was.
            if "route" in asked:
                scope["route"] = asked["route"]
