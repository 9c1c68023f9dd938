"""What rules may ask for although Boucle cannot measure it yet, and why it cannot.

What is measured follows from the registry (:func:`models.kpi.registry.is_given`). A rule that
names anything else is refused, unless it stands here: then its page and ``boucle charter show``
give the reason.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final


class NotMeasured(StrEnum):
    """Why nothing measures a KPI over a window."""

    NO_IT_WORK = "no_it_work"


NOT_MEASURED: Final[Mapping[tuple[str, str], NotMeasured]] = {
    ("iteu_sv", "12months"): NotMeasured.NO_IT_WORK,
    ("iteu_sv", "previous_12months"): NotMeasured.NO_IT_WORK,
}


def reasons_not_measured(kpi: str, *windows: str | None) -> Iterator[NotMeasured]:
    """Why a KPI is not measured over some windows, each reason once; nothing where it is."""
    found = (NOT_MEASURED.get((kpi, window)) for window in windows if window is not None)
    yield from dict.fromkeys(reason for reason in found if reason is not None)
