"""What can be wrong with the files of a replay.

HistoryFileError    a history of KPIs cannot be read or written
FleetFileError      a folder of invented sites cannot be used
"""

from pathlib import Path

from service.errors import UserError


class _FileError(UserError):
    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        """Name the file, what is wrong with it and what to do."""
        self.path = path
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{path}: {problem}; {remedy}")


class HistoryFileError(_FileError):
    """A history of KPIs that cannot be read or written."""


class FleetFileError(_FileError):
    """A folder of invented sites that cannot be used."""
