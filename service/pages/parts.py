"""What the templates show, piece by piece: words and coordinates, nothing to compute."""

from dataclasses import dataclass

from service.pages.sparkline import Sparkline


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A verdict as a coloured word with a sign: never by colour alone."""

    tone: str
    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A sparkline with the sentence that says what it shows."""

    shape: Sparkline | None
    sentence: str
    tone: str
    limit_binds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One axis of the charter: a figure, its limit and the verdict of that rule.

    ``others`` are the rules of the axis that stand worse, each with what the page of the charter
    calls it.
    """

    axis: str
    title: str
    chip: Chip | None
    big: str
    unit: str
    big_note: str
    lines: tuple[str, ...]
    chart: Chart
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiCell:
    """One KPI over one window; ``doubts`` name each meter not to be trusted, and why."""

    text: str
    notes: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiRow:
    """One KPI and its cells, each with the name of its window; ``doubts`` are those of all."""

    id: str
    name: str
    note: str
    doubts: tuple[str, ...]
    cells: tuple[tuple[str, KpiCell], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiGroup:
    """The KPIs of one axis."""

    heading: str
    rows: tuple[KpiRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule with its verdict."""

    id: str
    title: str
    source: str
    url: str | None
    status: str
    unsure: bool
    measured: str
    threshold: str
    margin: str
    chip: Chip
    explanation: tuple[str, ...]
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGroup:
    """The rules of one axis, worst first."""

    axis: str
    heading: str
    rows: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """One device and its health in words; ``detail`` is English in every language."""

    id: str
    label: str
    tone: str
    state: str
    facts: tuple[str, ...]
    trouble: str = ""
    check: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRow:
    """One KPI at the end of the year."""

    name: str
    value: str
    range: str
    limit: str
    chance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectRow:
    """One meter under suspicion."""

    label: str
    fault: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """One balance."""

    label: str
    residual: str
    allowed: str
    chip: Chip
