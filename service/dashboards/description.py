"""What a dashboard is made of, before it is written in a language and as Grafana's JSON."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

# A placeholder that is replaced by the language of the dashboard, in queries and links.
LANG: Final = "@lang@"
NO_UNIT: Final = "none"


class Look(StrEnum):
    """How a panel shows its figures; Grafana's name of it."""

    STAT = "stat"
    SERIES = "timeseries"
    TABLE = "table"
    BARS = "bargauge"
    STATES = "state-timeline"


class Colour(StrEnum):
    """Colours of states and limits, named as Grafana names them."""

    GOOD = "green"
    WARNING = "orange"
    DOUBT = "yellow"
    BAD = "red"
    QUIET = "text"
    OTHER = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """A query in PromQL; ``legend`` names its series, ``least_step`` is their smallest step."""

    expr: str
    legend: str = ""
    least_step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql:
    """A query in the dialect of PostgreSQL with Grafana's macros."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From this figure on, this colour; the first step of a panel has no figure."""

    colour: Colour
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown in place of a value: a word of the catalogue, and its colour."""

    value: str
    word: str
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: its field, the word above it, and how its cells are shown.

    ``is_rule``: the cells are identifiers of rules, and each leads to its page.
    """

    field: str
    word: str
    unit: str | None = None
    shown: tuple[Shown, ...] = ()
    is_rule: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A query of a panel that is drawn as a thin line: an uncertainty or a limit."""

    of_query: str
    colour: Colour | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Rows of a query as a matrix: fields of its rows, columns and cells."""

    row: str
    column: str
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel; ``key`` finds its title and its text in the catalogue.

    ``span`` is how far back it looks, whatever the dashboard shows. ``columns`` and ``matrix`` are
    of tables.
    """

    key: str
    look: Look
    queries: tuple[Prometheus | Sql, ...]
    unit: str = NO_UNIT
    width: int = 12
    height: int = 8
    decimals: int | None = None
    steps: tuple[Step, ...] = ()
    shown: tuple[Shown, ...] = ()
    columns: tuple[Column, ...] = ()
    matrix: Matrix | None = None
    limits: tuple[Limit, ...] = ()
    span: str | None = None

    @property
    def is_sql(self) -> bool:
        """Whether it asks the database; the queries of a panel all go to the same place."""
        return isinstance(self.queries[0], Sql)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under a heading; a folded row asks nothing until somebody opens it."""

    key: str
    panels: tuple[Panel, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice at the top of a dashboard, from a query in PromQL.

    ``chosen`` is what is chosen at first; nothing: all.
    """

    name: str
    query: str
    chosen: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Events on the time axis, from the database."""

    key: str
    query: Sql
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard; ``uid`` is its address in Grafana."""

    uid: str
    key: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...]
    marks: tuple[Marks, ...] = ()
    since: str = "now-24h"
    refresh: str = "30s"

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, in order."""
        return tuple(panel for row in self.rows for panel in row.panels)

    def without_sql(self) -> "Board":
        """The same for those who let Grafana read Prometheus only."""
        kept = (
            replace(row, panels=tuple(panel for panel in row.panels if not panel.is_sql))
            for row in self.rows
        )
        return replace(self, rows=tuple(row for row in kept if row.panels), marks=())

    @property
    def asks_sql(self) -> bool:
        """Whether it needs the database."""
        return bool(self.marks) or any(panel.is_sql for panel in self.panels)
