"""A file of past readings as it lies in memory, how large it may be, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.readings import FloatArray, IntArray
from service.storage.errors import ImportProblem, ImportRefusedError

MAX_PROBLEMS = 20
# A year of 600 points every five minutes; as float64 it takes half a gigabyte of memory.
MAX_CELLS = 64_000_000
# Ten times the points of a large site.
MAX_KEYS = 10_000
# A key is <device>.<point>, two identifiers of a site file.
MAX_KEY_CHARS = 200


@dataclass(slots=True)
class ProblemList:
    """What is wrong with one file, up to ``MAX_PROBLEMS``, to be mended in one go."""

    file_name: str
    problems: list[ImportProblem] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether looking on would tell nothing more."""
        return len(self.problems) >= MAX_PROBLEMS

    def add(self, where: str, message: str, remedy: str) -> None:
        """Note one problem."""
        if not self.is_full:
            self.problems.append(ImportProblem(where=where, message=message, remedy=remedy))

    def refuse_if_any(self) -> None:
        """Raise :class:`ImportRefusedError` if there is a problem."""
        if self.problems:
            raise ImportRefusedError(self.file_name, self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class WideTable:
    """Values by time (rows) and point key (columns); NaN is missing.

    ``places`` names each row as the reader of the file finds it.
    """

    file_name: str
    sha256: str
    ts_us: IntArray
    keys: tuple[str, ...]
    values: FloatArray
    places: Sequence[str]

    def where(self, row: int, column: int) -> str:
        """Name a cell."""
        return f"{self.places[row]}, column {self.keys[column]}"

    def where_key(self, column: int) -> str:
        """Name the key of a column."""
        is_csv = self.file_name.lower().endswith(".csv")
        return f"column {column + 2}" if is_csv else f"key {column + 1}"


class RowPlaces(Sequence[str]):
    """Names of rows from their numbers, made when asked for: a million would fill the memory."""

    def __init__(self, word: str, numbers: Sequence[int]) -> None:
        self._word = word
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, row: int) -> str:  # type: ignore[override]  # slices are not needed
        return f"{self._word} {self._numbers[row]}"


def check_cells(rows: int, columns: int, where: str, problems: ProblemList) -> bool:
    """Whether so many values may be read; a problem if not."""
    if rows * columns > MAX_CELLS:
        problems.add(
            where,
            f"{rows} times of {columns} points are more than {MAX_CELLS} values, the most that is "
            "taken in one piece",
            "cut it by time into several files",
        )
    return rows * columns <= MAX_CELLS


def check_key_texts(keys: Sequence[str], where: str, problems: ProblemList) -> None:
    """A key is printed in lines of reports: it must be short and printable."""
    if len(keys) > MAX_KEYS:
        problems.add(
            where,
            f"it has {len(keys)} keys, more than the {MAX_KEYS} that are taken",
            "cut it by devices into several files",
        )
    for number, key in enumerate(keys, start=1):
        if len(key) > MAX_KEY_CHARS or not key.isprintable():
            problems.add(
                where,
                f"key {number}, {shown(key)}, is longer than {MAX_KEY_CHARS} characters or has "
                "some that cannot be printed",
                "use a key <device>.<point> of the site file",
            )


def shown(text: str, most_chars: int = 40) -> str:
    """Text of a file as it can be printed in one line.

    Examples
    --------
    >>> shown("2\\n"), shown("1" * 100)
    ("'2\\\\n'", "'1111111111111111111111111111111111111111'… (100 characters)")
    """
    if len(text) <= most_chars:
        return repr(text)
    return f"{text[:most_chars]!r}… ({len(text)} characters)"
