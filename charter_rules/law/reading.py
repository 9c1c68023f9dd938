"""From files to checked shapes: each mistake keeps the file and the line it stands on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from charter_rules.errors import Problem
from charter_rules.law.schema import CharterShape, ParameterShape, RuleShape
from models.located_yaml import LocatedDocument, LocatedYamlError, YamlPath, load_located

ShapeT = TypeVar("ShapeT", bound=BaseModel)

_PATTERN: Final = "*.yaml"
_DATE_REMEDY = "write a day as YYYY-MM-DD"


@dataclass(frozen=True, slots=True)
class Sheet(Generic[ShapeT]):
    """One file that has the right shape."""

    source: str
    document: LocatedDocument
    shape: ShapeT

    def problem(self, path: YamlPath, message: str, remedy: str) -> Problem:
        """Report something wrong at a place of this file."""
        return _problem(self.source, self.document, path, message, remedy)


@dataclass(frozen=True, slots=True)
class Shelf(Generic[ShapeT]):
    """The files of one sub-folder: the sound ones by name, and the names of all."""

    sheets: dict[str, Sheet[ShapeT]]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Library:
    """Every file of a charter folder."""

    parameters: Shelf[ParameterShape]
    rules: Shelf[RuleShape]
    charters: Shelf[CharterShape]


def read_library(folder: Path) -> tuple[Library, list[Problem]]:
    """Read a whole folder; files that cannot be used are told, and left out."""
    problems: list[Problem] = []
    library = Library(
        parameters=read_shelf(folder / "parameters", ParameterShape, problems),
        rules=read_shelf(folder / "rules", RuleShape, problems),
        charters=read_shelf(folder / "charters", CharterShape, problems),
    )
    return library, problems


def read_shelf(folder: Path, shape: type[ShapeT], problems: list[Problem]) -> Shelf[ShapeT]:
    """Read every YAML file of a folder; mistakes are added to ``problems``."""
    paths = sorted(folder.glob(_PATTERN))
    sheets: dict[str, Sheet[ShapeT]] = {}
    for path in paths:
        source = path.relative_to(folder.parent.parent).as_posix()
        try:
            document = load_located(path.read_text(encoding="utf-8"), source)
        except LocatedYamlError as error:
            problems.append(
                Problem(
                    source=source,
                    line=error.line,
                    field="",
                    message=error.message,
                    remedy="correct the YAML; the rest of the file was not read",
                )
            )
            continue
        try:
            sheets[path.stem] = Sheet(source, document, shape.model_validate(document.data))
        except ValidationError as error:
            problems += [_translate(source, document, one) for one in error.errors()]
    return Shelf(sheets, frozenset(path.stem for path in paths))


def _problem(
    source: str, document: LocatedDocument, path: YamlPath, message: str, remedy: str
) -> Problem:
    return Problem(
        source=source,
        line=document.line(path),
        field=".".join(str(part) for part in path),
        message=message,
        remedy=remedy,
    )


def _translate(source: str, document: LocatedDocument, error: ErrorDetails) -> Problem:
    """Turn one error of the shape into a sentence with its remedy."""
    kind, context = error["type"], error.get("ctx", {})
    path = _path_in_file(document.data, error["loc"], missing=kind == "missing")
    given = error["input"]
    got = "" if isinstance(given, dict | list) else f", not {given!r}"
    message = error["msg"].replace("Input should", "should") + got
    remedy = "correct the value"
    if kind == "missing":
        message, remedy = "is missing", "add it"
    elif kind == "extra_forbidden":
        message, remedy = "is not a field of this file", "remove it, or correct its spelling"
    elif kind == "string_too_short":
        message, remedy = "is empty", "write the text; both languages are needed"
    elif "expected" in context:
        message, remedy = f"cannot be {given!r}", f"use one of {context['expected']}"
    elif "expected_tags" in context:
        message, remedy = "has an unknown type", f"use one of {context['expected_tags']}"
    elif kind.startswith("date_"):
        message, remedy = f"{given!r} is not a day", _DATE_REMEDY
    return _problem(source, document, path, message, remedy)


def _path_in_file(data: Any, location: tuple[int | str, ...], *, missing: bool) -> YamlPath:
    """Drop what pydantic adds to a location: tags of unions and the mark of a bad key."""
    path: list[int | str] = []
    here = data
    for part in location:
        inside = isinstance(here, dict) and part in here
        if inside or (isinstance(here, list) and isinstance(part, int)):
            here = here[part]
            path.append(part)
    if missing and location:
        path.append(location[-1])
    return tuple(path)
