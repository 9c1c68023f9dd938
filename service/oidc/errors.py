"""What can go wrong with a provider; no text quotes a token, a code or a secret.

OidcError
    FlowLostError           the browser does not show what it was given when it left
    ProviderAwayError       no answer in time, or none as the standard has it
    ProviderRefusedError    the provider does not vouch: refused, cancelled, or the code is used up
    TokenRefusedError       what the provider signed cannot be taken, or it does not know us
"""


class OidcError(Exception):
    """Base of what this room raises on purpose."""


class FlowLostError(OidcError):
    """Too late, in another browser, for the second time, or made up."""

    def __init__(self) -> None:
        super().__init__("the browser did not begin this sign-in, or too long ago")


class ProviderAwayError(OidcError):
    """Nobody can sign in there at this moment."""


class ProviderRefusedError(OidcError):
    """The provider says no."""


class TokenRefusedError(OidcError):
    """The text says which claim is not what it must be, not its value."""
