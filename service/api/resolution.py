"""How finely the past of a point is told: as it was read, by fixed spans, or as finely as fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from service.evaluation.ports import RollupSpan
from service.evaluation.recorded import Reach


class Resolution(StrEnum):
    """Every reading, a roll-up, or what gives at most so many points."""

    RAW = "raw"
    HOUR = "hour"
    SIX_HOURS = "six_hours"
    DAY = "day"
    MONTH = "month"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fineness:
    """A roll-up by a span, or steps of a length that are summed from readings."""

    span: RollupSpan | None = None
    step: timedelta | None = None

    @property
    def how(self) -> str:
        """In words."""
        if self.step is not None:
            return (
                f"steps of {self.step.total_seconds():g} s, each with its lowest and highest "
                "value, its mean, and its first and last good reading, from every reading"
            )
        named = "" if self.span is None else self.span.value.replace("_", " ")
        return f"stored sums by {named}, each with its lowest and highest value"


_STEPS: Final = tuple(
    timedelta(seconds=one) for one in (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800)
)
_SPANS: Final = {
    RollupSpan.HOUR: timedelta(hours=1),
    RollupSpan.SIX_HOURS: timedelta(hours=6),
    RollupSpan.DAY: timedelta(days=1),
    RollupSpan.MONTH: timedelta(days=31),
}


def fitting(start: datetime, end: datetime, max_points: int, reach: Reach) -> Fineness:
    """The finest that gives at most so many points, by month where nothing does.

    Steps shorter than an hour are summed from readings, and need those to be there still.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> kept = Reach(readings_from=datetime(2025, 12, 1, tzinfo=UTC), hours_upto=noon)
    >>> fitting(noon - timedelta(days=1), noon, 1000, kept).step
    datetime.timedelta(seconds=120)
    >>> fitting(noon - timedelta(days=365), noon, 1000, kept).span
    <RollupSpan.DAY: 'day'>
    """
    # Steps begin at whole ones: a window touches one more than it is long.
    least = (end - start) / (max_points - 1)
    if start >= reach.readings_from:
        for step in _STEPS:
            if step >= least:
                return Fineness(step=step)
    spans: Sequence[RollupSpan] = [span for span, length in _SPANS.items() if length >= least]
    return Fineness(span=next(iter(spans), RollupSpan.MONTH))
