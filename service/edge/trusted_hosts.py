"""Refuses requests that name a host which this server is not.

A page of anybody's may point a name of its own at this server's address and have its readers'
browsers ask here; what gives it away is the name that the browser sends along.
"""

from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.problems import ApiProblem, respond
from service.edge.access import ANY, WebAccess, bare_host
from service.log_throttle import Throttle

log = structlog.get_logger(__name__)

# They tell nothing of the site, and who watches over a process asks by whatever name it has.
_ASKED_BY_ANY_NAME: Final = frozenset({"/healthz", "/readyz"})
_MOST_CHARACTERS: Final = 100


class TrustedHosts:
    """Lets pass what names this server by a name or an address of its own."""

    def __init__(self, app: ASGIApp, access: WebAccess) -> None:
        self._app, self._hosts = app, access.hosts
        self._throttle = Throttle(most=1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 to an unknown name."""
        if scope["type"] == "http" and not self._is_known(scope):
            host = _host(scope)[:_MOST_CHARACTERS]
            if self._throttle.count((__name__, "host", 0)) is not None:
                remedy = "if it is this server's, add it to BOUCLE_TRUSTED_HOSTS"
                log.warning("host_unknown", host=host, remedy=remedy)
            problem = ApiProblem.of("host_unknown", f"{host!r} is no name of this server")
            await respond(problem, scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        if ANY in self._hosts or scope["path"] in _ASKED_BY_ANY_NAME:
            return True
        host = bare_host(_host(scope))
        # The address that the connection came in on, when listening on all of them.
        arrived_at = (scope.get("server") or ("",))[0]
        return host in self._hosts or (
            host != "" and host == arrived_at.lower().removeprefix("::ffff:")
        )


def _host(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"host":
            return str(value.decode("latin-1"))
    return ""
