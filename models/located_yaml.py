"""YAML 1.2 as plain data that remembers its line numbers.

Site files, device profiles and rules are written by hand, so a mistake must be told with
the line it is on. The only file that knows the YAML library. Narrower than YAML on purpose:
one document, no tags, no anchors, and a key given twice is a mistake.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

YamlPath: TypeAlias = tuple[str | int, ...]

_MAX_DEPTH: Final = 60
# A site of 50 devices has 25 kB and 2,000 keys and values; reading takes up to 0.1 ms each.
_MOST_CHARACTERS: Final = 1 << 20
# Some of what may stand in a line is read in the square of its length.
_MOST_CHARACTERS_A_LINE: Final = 100_000
_MOST_VALUES: Final = 50_000
_TOO_DEEP: Final = "is nested too deeply; make it flatter"
_TAG: Final = "tag:yaml.org,2002:"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_DECIMAL: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY: Final = re.compile(r"[-+]?\.(inf|Inf|INF)")


class LocatedYamlError(ValueError):
    """The text is not the YAML we accept. ``line`` counts from 1."""

    def __init__(self, source: str, line: int, message: str) -> None:
        self.source = source
        self.line = line
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class LocatedDocument:
    """Plain data (dict, list, str, int, float, bool, None, date) and where each part stands.

    Keys are always text, exactly as written.
    """

    source: str
    # Any: the whole point is to hand over data that is not validated yet.
    data: Any
    _lines: dict[YamlPath, int] = field(repr=False)

    def line(self, path: YamlPath) -> int:
        """Line, from 1, of the value at ``path``, or of its nearest parent in the file.

        Examples
        --------
        >>> document = load_located("site:\\n  name: Aube\\n", "example.yaml")
        >>> document.line(("site", "name")), document.line(("site", "operator"))
        (2, 1)
        """
        parts = tuple(path)
        while parts and parts not in self._lines:
            parts = parts[:-1]
        return self._lines.get(parts, 1)


def load_located(text: str, source: str) -> LocatedDocument:
    """Read one YAML document; ``source`` names it in messages.

    Raises
    ------
    LocatedYamlError
        On a syntax error, a repeated key, an anchor, alias or tag, or nesting too deep, and when
        the text is larger than anything that is written by hand.
    """
    _refuse_too_large(text, source)
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = _MAX_DEPTH + 1
    yaml.Composer = _BoundedComposer
    try:
        root = yaml.compose(text)
    except MaxDepthExceededError as error:
        raise LocatedYamlError(source, _line_of(error), _TOO_DEEP) from error
    except _TooManyValuesError as error:
        message = f"holds more than {_MOST_VALUES} keys and values; is it the right file?"
        raise LocatedYamlError(source, _line_of(error), message) from error
    except MarkedYAMLError as error:
        raise _from_marked(error, source) from error
    except YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise LocatedYamlError(source, line, " ".join(str(error).split())) from error
    except ValueError as error:
        raise LocatedYamlError(source, 1, f"cannot be read as YAML: {error}") from error
    builder = _Builder(source)
    data = None if root is None else builder.value(root, ())
    return LocatedDocument(source, data, builder.lines)


def _refuse_too_large(text: str, source: str) -> None:
    if len(text) > _MOST_CHARACTERS:
        message = f"has {len(text)} characters, and {_MOST_CHARACTERS} are read at most"
        raise LocatedYamlError(source, 1, f"{message}; is it the right file?")
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > _MOST_CHARACTERS_A_LINE:
            message = f"is a line of {len(line)} characters; write it in several"
            raise LocatedYamlError(source, number, message)


class _TooManyValuesError(MarkedYAMLError):
    pass


class _BoundedComposer(Composer):
    """Gives up before a text without end of small values has taken minutes."""

    _values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._values += 1
        if self._values > _MOST_VALUES:
            raise _TooManyValuesError(problem_mark=self.parser.peek_event().start_mark)
        return super().compose_node(parent, index)


def _line_of(error: MarkedYAMLError) -> int:
    return 1 if error.problem_mark is None else int(error.problem_mark.line) + 1


def _from_marked(error: MarkedYAMLError, source: str) -> LocatedYamlError:
    mark = error.problem_mark or error.context_mark
    line = 1 if mark is None else mark.line + 1
    column = "" if mark is None else f" (column {mark.column + 1})"
    problem = error.problem or "is not valid YAML"
    if "could not find expected ':'" in problem:
        problem += "; write 'name: value', with a space after the colon"
    elif "\\t" in problem:
        problem += "; indent with spaces, not tabs"
    context = f" {error.context}" if error.context else ""
    return LocatedYamlError(source, line, f"{problem}{context}{column}")


class _Builder:
    """Turns a node tree into data, noting lines on the way."""

    def __init__(self, source: str) -> None:
        self.lines: dict[YamlPath, int] = {}
        self._source = source
        self._seen: set[int] = set()

    def value(self, node: Node, path: YamlPath, key_line: int | None = None) -> Any:
        self.lines[path] = _line(node) if key_line is None else key_line
        self._refuse_references(node, path)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            self._refuse_tag(node, "seq")
            return [self.value(child, (*path, i)) for i, child in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        raise self._error(node, "is not a mapping, a list or a value")

    def _mapping(self, node: MappingNode, path: YamlPath) -> dict[str, Any]:
        self._refuse_tag(node, "map")
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode) or not key_node.value:
                raise self._error(key_node, "a key must be a name")
            key = str(key_node.value)
            if key in data:
                first = self.lines[(*path, key)]
                message = f"{key!r} is given twice (first on line {first}); keep one"
                raise self._error(key_node, message)
            data[key] = self.value(value_node, (*path, key), _line(key_node))
        return data

    def _scalar(self, node: ScalarNode) -> Any:
        text = str(node.value)
        if node.style is not None:
            self._refuse_tag(node, "str")
            return text
        kind = str(node.tag).removeprefix(_TAG)
        if kind not in _SCALARS:
            message = f"{text!r} has tag {node.tag}; tags are not used here, remove it"
            raise self._error(node, message)
        try:
            return _SCALARS[kind](text)
        except ValueError as error:
            message = f"{text!r} is not a valid {kind} ({error}); quote it if it is text"
            raise self._error(node, message) from error

    def _refuse_references(self, node: Node, path: YamlPath) -> None:
        if node.anchor or id(node) in self._seen:
            raise self._error(node, "anchors and aliases (& and *) are not used; write it out")
        self._seen.add(id(node))
        if len(path) > _MAX_DEPTH:
            raise self._error(node, _TOO_DEEP)

    def _refuse_tag(self, node: Node, expected: str) -> None:
        if str(node.tag) != _TAG + expected:
            raise self._error(node, f"has tag {node.tag}; tags are not used here, remove it")

    def _error(self, node: Node, message: str) -> LocatedYamlError:
        return LocatedYamlError(self._source, _line(node), message)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _integer(text: str) -> int | str:
    """Integers of the YAML 1.2 core schema; other spellings are text, as it says."""
    if text.startswith(("0x", "0o")):
        return int(text, 16 if text[1] == "x" else 8)
    if not _DECIMAL.fullmatch(text):
        return text
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits.startswith("0"):
        msg = "leading zeros"
        raise ValueError(msg)
    return int(text)


def _real(text: str) -> float | str:
    if _INFINITY.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    if text in {".nan", ".NaN", ".NAN"}:
        return math.nan
    return float(text) if _FLOAT.fullmatch(text) else text


def _timestamp(text: str) -> date | str:
    """Days are dates; a full time stays text, for its reader to judge the offset."""
    return date.fromisoformat(text) if _DATE.fullmatch(text) else text


_SCALARS: Final[dict[str, Callable[[str], Any]]] = {
    "str": str,
    "merge": str,
    "value": str,
    "null": lambda _text: None,
    "bool": lambda text: text.lower() == "true",
    "int": _integer,
    "float": _real,
    "timestamp": _timestamp,
}
