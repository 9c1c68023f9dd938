"""Ed25519 keys (RFC 8032): the one a site signs with, and the ones a verifier is given."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from service.evidence.errors import KeyFileError

ALGORITHM: Final = "Ed25519"
KEY_FILE: Final = "signing.key"
_RAW_BYTES: Final = 32
_LARGEST_KEY_FILE: Final = 10_000
_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who signed: the 32 bytes of the key."""

    raw: bytes

    def __post_init__(self) -> None:
        """Refuse what is no key."""
        if len(self.raw) != _RAW_BYTES:
            msg = f"an Ed25519 key has {_RAW_BYTES} bytes, not {len(self.raw)}"
            raise ValueError(msg)

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """The key written as 64 lower-case hexadecimal digits; ValueError when it is not."""
        raw = bytes.fromhex(text)
        if raw.hex() != text:
            msg = "a key is written as 64 lower-case hexadecimal digits"
            raise ValueError(msg)
        return cls(raw)

    @property
    def hex(self) -> str:
        """The key as it is written in packs and in the chain."""
        return self.raw.hex()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key: what is read out over the telephone."""
        return hashlib.sha256(self.raw).hexdigest()

    def pem(self) -> str:
        """The key as other programs read it."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    def signed(self, signature_hex: str, content: bytes) -> bool:
        """Whether this key signed the content; the signature is 128 hexadecimal digits."""
        try:
            signature = bytes.fromhex(signature_hex)
            if signature.hex() != signature_hex:
                return False
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, content)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True


class SigningKey:
    """The private key of a site."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The key of a 32-byte seed (the secret key of RFC 8032)."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, content: bytes) -> str:
        """Signature of the content, hexadecimal."""
        return self._key.sign(content).hex()

    def pem(self) -> bytes:
        """The key as it is kept on disk, PKCS #8."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_or_create(path: Path) -> SigningKey:
    """The key of a file; made, for its owner alone, when there is none yet.

    Raises
    ------
    KeyFileError
        If others may read the file, it holds no Ed25519 key, or the folder cannot be written.
    """
    try:
        if not path.exists():
            _create(path)
    except OSError as error:
        msg = f"{path} cannot be used as signing key ({error}); name another in BOUCLE_SIGNING_KEY"
        raise KeyFileError(msg) from error
    return load_key(path)


def load_key(path: Path) -> SigningKey:
    """The key of a file that must be there; raises as :func:`load_or_create` does."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OPEN_TO_OTHERS:
            msg = (
                f"{path} has mode {mode:04o}: others may read the key that signs evidence; run "
                f"chmod 600 {path}, or move it away if it may have been copied, and a new one is "
                "made"
            )
            raise KeyFileError(msg)
        key = load_pem_private_key(_content(path), password=None)
    except (OSError, ValueError, TypeError) as error:
        msg = f"{path} cannot be used as signing key ({error}); name another in BOUCLE_SIGNING_KEY"
        raise KeyFileError(msg) from error
    if not isinstance(key, Ed25519PrivateKey):
        msg = f"{path} holds another kind of key; name an Ed25519 one in BOUCLE_SIGNING_KEY"
        raise KeyFileError(msg)
    return SigningKey(key)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_KEY_FILE)


def _create(path: Path) -> None:
    """Write a new key whole or not at all: another process may be making it, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(SigningKey(Ed25519PrivateKey.generate()).pem())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            return
    finally:
        part.unlink()


def trusted_fingerprint(given: str) -> str:
    """The fingerprint that ``--key`` stands for: a PEM file of a public key, or itself.

    Raises
    ------
    KeyFileError
        If it is neither.
    """
    text = given.strip().lower().replace(":", "")
    if len(text) == 2 * _RAW_BYTES and all(digit in "0123456789abcdef" for digit in text):
        return text
    try:
        key = load_pem_public_key(_content(Path(given)))
    except (OSError, ValueError) as error:
        msg = (
            f"{given} is neither a fingerprint (64 hexadecimal digits) nor a public key file "
            f"({error}); boucle evidence key writes both"
        )
        raise KeyFileError(msg) from error
    if not isinstance(key, Ed25519PublicKey):
        msg = f"{given} holds another kind of key; packs are signed with Ed25519"
        raise KeyFileError(msg)
    return PublicKey(key.public_bytes_raw()).fingerprint
