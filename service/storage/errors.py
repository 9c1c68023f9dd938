"""What can go wrong in the store.

StorageError
    StoreUnreachableError       the database does not answer: wait and try again
        StoreReplacedError          another database answers, or a restored copy of the store
    SchemaError                 the tables are not the ones this version knows
        NotMigratedError            migrations are missing: boucle migrate
        SchemaTooNewError           a newer version of Boucle was here
        MigrationChangedError       an applied migration file was edited afterwards
        MigrationFailedError        a migration was refused and rolled back
        MigrationBusyError          another process holds the migration lock or a table
    LeaseLostError              another process does this work now
    PointConflictError          a point key changed its meaning
    ImportRefusedError          a file of past readings cannot be used; nothing was written
    ImportConflictError         a strict import met what is stored otherwise; nothing was written
    ReadingsClosedError         readings of a time that is closed for ever
    NoSuchHoldError             no hold of this number stands
    SpoolError                  the spool on disk
        SpoolInUseError             another process writes to it
        SpoolWriteError             the disk refused; the readings are not acknowledged
        SpoolClosedError            the writer is stopping
    EmbeddedPostgresError       Boucle's own PostgreSQL
        BinariesNotFoundError       no PostgreSQL programs to start
        DataFolderError             the data folder cannot hold a cluster
            DataFolderInUseError        a server already runs there
            VersionMismatchError        it was made by another major version
        PostgresStartError          the server did not come up
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


class StorageError(Exception):
    """Base of everything the store raises on purpose."""


class StoreUnreachableError(StorageError):
    """The database does not answer or refuses us for now; the same call may work later."""


class StoreReplacedError(StoreUnreachableError):
    """What answers is not the store the spool belongs to: its readings wait as if it were away."""


class SchemaError(StorageError):
    """The tables are not the ones this version of Boucle knows."""


class NotMigratedError(SchemaError):
    """The database lacks migrations of this version; nothing was changed."""


class SchemaTooNewError(SchemaError):
    """The database holds migrations that this version does not have."""


class MigrationChangedError(SchemaError):
    """A migration file differs from what was applied under its number."""


class MigrationFailedError(SchemaError):
    """The server refused a migration; what belongs to it was rolled back."""


class MigrationBusyError(SchemaError):
    """Somebody else holds the migration lock, or a lock on a table, for too long."""


class LeaseLostError(StorageError):
    """Another process took the work over; nothing was written, and nothing may be any more."""


class PointConflictError(StorageError):
    """A known point key now means another quantity, unit or kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProblem:
    """One thing wrong in a file of past readings. ``where`` is its line and column."""

    where: str
    message: str
    remedy: str


class ImportRefusedError(StorageError):
    """A file of past readings cannot be used; nothing of it was written."""

    def __init__(self, file_name: str, problems: Sequence[ImportProblem]) -> None:
        self.file_name = file_name
        self.problems = tuple(problems)
        lines = [f"{file_name}: nothing was imported, {len(self.problems)} problem(s):"]
        lines += [f"  {p.where}: {p.message}; {p.remedy}" for p in self.problems]
        super().__init__("\n".join(lines))


class ImportConflictError(StorageError):
    """A strict import met readings that are stored otherwise; nothing of the file was written."""

    def __init__(self, file_name: str, conflicts: int, first_conflicts: Sequence[str]) -> None:
        self.file_name = file_name
        self.conflicts = conflicts
        lines = [f"{file_name}: {conflicts} reading(s) are stored with another value or quality:"]
        lines += [f"  {one}" for one in first_conflicts]
        if conflicts > len(first_conflicts):
            lines.append(f"  and {conflicts - len(first_conflicts)} more")
        lines.append(
            "nothing was written; mend the file, or import without --strict: what is new goes in, "
            "what is stored stays"
        )
        super().__init__("\n".join(lines))


class ReadingsClosedError(StorageError):
    """Readings of legal days that are closed: what they were is sealed, or about to be."""

    def __init__(self, closed_upto: datetime) -> None:
        self.closed_upto = closed_upto
        super().__init__(f"readings of before {closed_upto:%Y-%m-%d %H:%M} UTC are closed")


class NoSuchHoldError(StorageError):
    """No hold of the site that stands has this number."""

    def __init__(self, hold_id: int) -> None:
        super().__init__(f"no hold {hold_id} stands; 'boucle hold list' names them")


class SpoolError(StorageError):
    """Base of what concerns the spool on disk."""


class SpoolInUseError(SpoolError):
    """Another process already writes to this spool."""


class SpoolWriteError(SpoolError):
    """The disk refused the readings: they are not acknowledged."""


class SpoolClosedError(SpoolError):
    """The writer is stopping and takes no more readings."""


class EmbeddedPostgresError(StorageError):
    """Base of what concerns Boucle's own PostgreSQL."""


class BinariesNotFoundError(EmbeddedPostgresError):
    """No usable PostgreSQL programs were found."""


class DataFolderError(EmbeddedPostgresError):
    """The data folder cannot hold a cluster: read-only, foreign or unreachable."""


class DataFolderInUseError(DataFolderError):
    """A server or another Boucle already uses this data folder."""

    def __init__(self, message: str, *, pid: int | None) -> None:
        self.pid = pid
        super().__init__(message)


class VersionMismatchError(DataFolderError):
    """The cluster was made by another major version of PostgreSQL."""


class PostgresStartError(EmbeddedPostgresError):
    """initdb or the server gave up; the message carries the end of its log."""
