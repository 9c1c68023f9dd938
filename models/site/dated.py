"""Facts of a site that became others on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class FactsFrom:
    """What became otherwise on a day: names of fields and their new values."""

    day: date
    values: tuple[tuple[str, object], ...]


def values_on(changes: Sequence[FactsFrom], day: date) -> dict[str, object]:
    """What changes made of the fields by a day; of two the later one counts.

    Parameters
    ----------
    changes : sequence of FactsFrom
        In any order.
    day : date
        The day; a change counts from its own day on.

    Examples
    --------
    >>> grown = FactsFrom(date(2026, 6, 1), (("installed_it_power_kw", 600.0),))
    >>> values_on([grown], date(2026, 5, 31)), values_on([grown], date(2026, 6, 1))
    ({}, {'installed_it_power_kw': 600.0})
    """
    return {
        name: value
        for change in sorted(changes, key=lambda one: one.day)
        if change.day <= day
        for name, value in change.values
    }
