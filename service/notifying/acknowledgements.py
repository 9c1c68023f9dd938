"""Who answers for which alert, in a file that only ``boucle notify --acknowledge`` writes."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import structlog
from pydantic import TypeAdapter

from service.notifying.memory import replace_file
from service.notifying.notice import Acknowledgement

log = structlog.get_logger(__name__)

# Those of long ago are of alerts that ended.
_KEPT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    format: Literal[1] = 1
    acknowledgements: tuple[Acknowledgement, ...] = ()


_CONTENT: Final = TypeAdapter(_Content)


class Acknowledgements:
    """Those of one site; the newest of an alert counts."""

    def __init__(self, folder: Path, site: str) -> None:
        self._path = folder / f"notify-{site}.acknowledged.json"
        self._is_refused = False

    def add(self, new: Sequence[Acknowledgement]) -> None:
        """Write them beside the others.

        Raises
        ------
        OSError, ValueError
            When the file cannot be read or written.
        """
        with self._alone():
            known = self._read()
            keys = {one.key for one in new}
            kept = [one for one in known if one.key not in keys]
            content = _Content(acknowledgements=(*kept, *new)[-_KEPT:])
            replace_file(self._path, _CONTENT.dump_json(content, indent=1))

    def all(self) -> dict[str, Acknowledgement]:
        """By key of the alert; none, with a word in the log, while they cannot be read."""
        try:
            found = self._read()
        except (OSError, ValueError) as error:
            if not self._is_refused:
                log.warning("acknowledgements_not_read", reason=str(error).splitlines()[0])
            self._is_refused = True
            return {}
        self._is_refused = False
        return {one.key: one for one in found}

    def _read(self) -> tuple[Acknowledgement, ...]:
        try:
            return _CONTENT.validate_json(self._path.read_bytes()).acknowledgements
        except FileNotFoundError:
            return ()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
