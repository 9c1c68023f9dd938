"""Limits of the store's writer, with the reason of each default."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolSettings:
    """How much the spool may hold and how the drain behaves."""

    # About 16 million readings: a day of the largest site foreseen, on any disk.
    quota_bytes: int = 512 * 1024 * 1024
    # Beyond this, larger commits are no faster, only longer to repeat after a failure.
    max_rows_per_commit: int = 50_000
    # The database then syncs its disk a few times a second instead of once per device poll.
    linger_s: float = 0.2
    write_timeout_s: float = 60.0
    # Shorter, so that a lock is told from a server that answers nothing; longer than a server waits
    # before it looks for a deadlock (1 s), which would be called a lock otherwise.
    lock_timeout_s: float = 5.0
    connect_timeout_s: float = 5.0
    # A try costs a refused connection; figures are late by as much after the database is back.
    max_backoff_s: float = 3.0
    # A stop must not take longer: what is left stays in the spool for the next start.
    closing_s: float = 5.0
