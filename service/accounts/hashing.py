"""argon2id in threads of its own, a few at a time: signing in is no way to stop the server."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import argon2

from service.accounts.errors import HashingBusyError
from service.accounts.passwords import MAX_LENGTH, canonical_password

_T = TypeVar("_T")
# OWASP's password storage cheat sheet: 19 MiB, two passes, one lane. About 20 ms on one core.
_MEMORY_KIB: Final = 19 * 1024
_PASSES: Final = 2
_AT_ONCE: Final = 2
# Half a second of work; whoever comes later is told to come back.
_WAITING: Final = 40
_UNKNOWN: Final = "nobody has this password"


class PasswordHashes:
    """Makes and checks the hashes of passwords."""

    def __init__(self) -> None:
        self._argon2 = argon2.PasswordHasher(
            time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1, type=argon2.Type.ID
        )
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="password")
        self._waiting = 0
        self._of_nobody: str | None = None

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def make(self, password: str) -> str:
        """The hash of a password, with its salt and parameters."""
        return await self._in_thread(lambda: self._argon2.hash(canonical_password(password)))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash it takes as long, and is not."""
        return await self._in_thread(lambda: self._matches(stored, password))

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(stored)

    def _matches(self, stored: str | None, password: str) -> bool:
        if self._of_nobody is None:
            self._of_nobody = self._argon2.hash(_UNKNOWN)
        # A text of megabytes is no password: only its beginning is hashed, and it never matches.
        text = canonical_password(password[: MAX_LENGTH + 1])
        try:
            self._argon2.verify(stored or self._of_nobody, text)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
        return stored is not None and len(text) <= MAX_LENGTH

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= _WAITING:
            raise HashingBusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
