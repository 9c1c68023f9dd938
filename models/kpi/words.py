"""What a language calls the KPIs, and all that is said with a figure: the shape of a catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.kpi.definition import KpiGroup
from models.kpi.result import DoubtReason, Flag, Withheld
from models.metering.boundary import BoundaryFact


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiWords:
    """One KPI: ``label`` as it stands inside a sentence, ``about`` in few words what it is."""

    label: str
    about: str

    @property
    def heading(self) -> str:
        """The label at the start of a line."""
        return self.label[:1].upper() + self.label[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowWords:
    """One named period: ``heading`` above a column, ``over`` after "over" in a sentence."""

    heading: str
    over: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiCatalogue:
    """The words of one language; charter, pages, metrics and README read no others.

    ``kpis`` are by id of the registry, and by the id of the row in which two ends of a range stand
    together. ``doubts`` complete "{meter} is in doubt: ...".
    """

    kpis: Mapping[str, KpiWords]
    groups: Mapping[KpiGroup, str]
    windows: Mapping[str, WindowWords]
    withheld: Mapping[Withheld, str]
    flags: Mapping[Flag, str]
    doubts: Mapping[DoubtReason, str]
    boundary_facts: Mapping[BoundaryFact, str]

    def over(self, window: str) -> str:
        """A period inside a sentence; one that is written out, such as 2025-Q3, says it itself."""
        known = self.windows.get(window)
        return window if known is None else known.over
