"""Which passwords are taken: long ones that nobody tries first. No rule on kinds of characters.

NIST SP 800-63B (section 3.1.1.2) and ANSSI's guide on authentication: length, a list of common
passwords, no composition rules, no change without cause.
"""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from service.accounts.errors import PasswordFault, PasswordRefusedError

MIN_LENGTH: Final = 12
# Long enough for any sentence, short enough that hashing costs the same for all.
MAX_LENGTH: Final = 256
_BEYOND_LOGIN = 8
_MIN_DISTINCT = 5
_COMMON = Path(__file__).with_name("common_passwords.txt")


def canonical_password(text: str) -> str:
    """The same bytes whichever keyboard typed an accent."""
    return unicodedata.normalize("NFC", text)


def check_password(password: str, login: str) -> None:
    """Refuse a new password that is easily guessed.

    Raises
    ------
    PasswordRefusedError
        With the first rule it breaks.
    """
    fault = _fault(canonical_password(password), login)
    if fault is not None:
        raise PasswordRefusedError(fault)


def _fault(password: str, login: str) -> PasswordFault | None:
    if len(password) < MIN_LENGTH:
        return PasswordFault.TOO_SHORT
    if len(password) > MAX_LENGTH:
        return PasswordFault.TOO_LONG
    folded = password.casefold()
    if _plain(folded) in _common():
        return PasswordFault.COMMON
    beyond = folded.replace(login.casefold(), "").replace("boucle", "")
    if len(beyond) < len(folded) and len(beyond) < _BEYOND_LOGIN:
        return PasswordFault.LIKE_LOGIN
    if len(set(folded)) < _MIN_DISTINCT:
        return PasswordFault.REPETITIVE
    return None


def _plain(folded: str) -> str:
    """Without the signs that people put at the end of a common password."""
    return folded.replace(" ", "").rstrip("!?.*#$")


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
