"""Random secrets and how they are known again.

A session's and a token's secret are 256 random bits: nobody guesses them from their hash, however
fast it is. argon2 is for what people choose.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from typing import Final

PREFIX: Final = "boucle_"
_BYTES = 32
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM_DIGITS = 6
# What a scanner of repositories looks for, before it compares the checksum.
PATTERN: Final = re.compile(r"boucle_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}")


def new_secret() -> str:
    """The secret of a cookie."""
    return secrets.token_urlsafe(_BYTES)


def new_token() -> str:
    """A token as it is shown once: prefix, secret, and a checksum that finds it in other texts."""
    body = PREFIX + secrets.token_urlsafe(_BYTES)
    return body + _checksum(body)


def is_token(text: str) -> bool:
    """Whether a text is a token of ours that was copied whole; costs no look at the store."""
    if PATTERN.fullmatch(text) is None:
        return False
    return text[-_CHECKSUM_DIGITS:] == _checksum(text[:-_CHECKSUM_DIGITS])


def _checksum(body: str) -> str:
    rest, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(_CHECKSUM_DIGITS):
        rest, digit = divmod(rest, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def stored_form(secret: str) -> bytes:
    """What the store keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8")).digest()


def csrf_token(secret: str) -> str:
    """What a form or a script must send along: only who was given it by our page knows it.

    Derived from the secret of the cookie, so that nothing is stored and another session's is wrong.
    """
    return hmac.new(secret.encode("utf-8"), b"boucle csrf", hashlib.sha256).hexdigest()


def is_csrf_token(text: str, secret: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(text.encode("utf-8"), csrf_token(secret).encode("ascii"))
