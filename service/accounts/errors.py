"""What can go wrong with accounts.

AccountError
    SignInRefusedError          name or password is wrong, or account disabled: not said which
    SignInDelayedError          too many failures: wait
    HashingBusyError            too many passwords are being checked at this moment
    PasswordRefusedError        a new password breaks a rule
    NoSuchAccountError
    AccountExistsError
    LoginRefusedError           a login name of another form
    NoSuchGrantError
    GrantRefusedError           a role that cannot be given so
    LastAdministratorError      nobody would be left who may administer
    NoSuchTokenError
    VouchedAccountError         a password for somebody who signs in with a provider
    TokenScopeError             a token that would do more than its account, or nothing
"""

from enum import StrEnum


class AccountError(Exception):
    """Base of what accounts raise on purpose; the text is for whoever did it."""


class SignInRefusedError(AccountError):
    """The same words whatever was wrong, so that nobody learns which names exist."""

    def __init__(self) -> None:
        super().__init__("the name or the password is wrong, or the account is disabled")


class SignInDelayedError(AccountError):
    """Failures before; the next try counts after a while."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"too many failed tries; try again in {wait_s:.0f} s")


class HashingBusyError(AccountError):
    """More passwords wait to be checked than are checked within seconds."""

    def __init__(self) -> None:
        super().__init__("many people are signing in at this moment; try again in a few seconds")


class PasswordFault(StrEnum):
    """Which rule a new password breaks."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    LIKE_LOGIN = "like_login"
    REPETITIVE = "repetitive"
    UNCHANGED = "unchanged"


_FAULTS = {
    PasswordFault.TOO_SHORT: "it has fewer than 12 characters",
    PasswordFault.TOO_LONG: "it has more than 256 characters",
    PasswordFault.COMMON: "it is among the passwords that are tried first",
    PasswordFault.LIKE_LOGIN: "it is little more than the login name",
    PasswordFault.REPETITIVE: "it repeats a few characters",
    PasswordFault.UNCHANGED: "it is the one there is",
}


class PasswordRefusedError(AccountError):
    """A new password breaks a rule; it is not quoted."""

    def __init__(self, fault: PasswordFault) -> None:
        self.fault = fault
        super().__init__(
            f"the password cannot be taken: {_FAULTS[fault]}; several words in a row are a good one"
        )


class NoSuchAccountError(AccountError):
    """No account of this login name."""

    def __init__(self, login: str) -> None:
        super().__init__(f"no account {login!r}; 'boucle account list' names them")


class AccountExistsError(AccountError):
    """The login name is taken."""

    def __init__(self, login: str) -> None:
        super().__init__(f"there is an account {login!r} already; choose another name")


class LoginRefusedError(AccountError):
    """A login name of another form."""

    def __init__(self, login: str) -> None:
        super().__init__(
            f"{login[:80]!r} is no login name: 2 to 64 letters a to z, digits and . _ @ -, "
            "a letter or digit first"
        )


class NoSuchGrantError(AccountError):
    """The account has no such role."""

    def __init__(self, login: str, grant: int) -> None:
        super().__init__(f"{login} has no role {grant}; 'boucle account list' shows their numbers")


class GrantRefusedError(AccountError):
    """A role that cannot be given so."""


class LastAdministratorError(AccountError):
    """Nobody would be left who may administer."""

    def __init__(self) -> None:
        super().__init__("this is the last administrator: make another one first")


class NoSuchTokenError(AccountError):
    """The account has no such token that is not revoked."""

    def __init__(self, token: int) -> None:
        super().__init__(f"there is no token {token} to revoke; 'boucle token list' shows them")


class TokenScopeError(AccountError):
    """A token that would do more than its account, nothing at all, or for too long."""


class VouchedAccountError(AccountError):
    """Two ways in would be one more than the provider can close."""

    def __init__(self, login: str) -> None:
        super().__init__(f"{login} signs in with a provider and has no password here")
