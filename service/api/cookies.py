"""The cookies: of a session, and of a form that is shown before there is a session."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import Request, Response

_FORM_LASTS: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cookies:
    """Names and attributes follow from where people reach the server.

    Over https the prefix ``__Host-`` makes browsers refuse the cookie from a neighbour's domain.
    """

    public_url: str | None

    @property
    def secure(self) -> bool:
        """Whether cookies go over https only."""
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def session_name(self) -> str:
        """The cookie of a session."""
        return "__Host-boucle" if self.secure else "boucle"

    @property
    def form_name(self) -> str:
        """The cookie of a form that needs no session."""
        return f"{self.session_name}-form"

    @property
    def flow_name(self) -> str:
        """The cookie of a browser that is at the provider."""
        return f"{self.session_name}-flow"

    def flow_of(self, request: Request) -> str | None:
        """What a browser comes back from the provider with."""
        return request.cookies.get(self.flow_name) or None

    def set_flow(self, response: Response, value: str, lasts: timedelta) -> None:
        """Tie the answer of the provider to the browser."""
        self._set(response, self.flow_name, value, lasts)

    def end_flow(self, response: Response) -> None:
        """It came back: once is enough."""
        response.delete_cookie(self.flow_name, path="/", secure=self.secure, httponly=True)

    def session_of(self, request: Request) -> str | None:
        """The secret of the session a browser shows, ended or not."""
        return request.cookies.get(self.session_name) or None

    def form_secret_of(self, request: Request) -> str | None:
        """The secret that a form of this browser must know of."""
        return self.session_of(request) or request.cookies.get(self.form_name) or None

    def set_session(self, response: Response, secret: str, lasts: timedelta) -> None:
        """Begin a session; what a form had before it is of no use any more."""
        self._set(response, self.session_name, secret, lasts)
        response.delete_cookie(self.form_name, path="/", secure=self.secure, httponly=True)

    def set_form(self, response: Response, secret: str) -> None:
        """Tie the form of this answer to the browser."""
        self._set(response, self.form_name, secret, _FORM_LASTS)

    def end_session(self, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(self.session_name, path="/", secure=self.secure, httponly=True)

    def _set(self, response: Response, name: str, secret: str, lasts: timedelta) -> None:
        response.set_cookie(
            name,
            secret,
            max_age=int(lasts.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )
