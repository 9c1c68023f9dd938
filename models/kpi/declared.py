"""Quantities that no meter counts, set beside those that meters count."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from models.kpi.metered import MeteredTotals


def with_rows(
    totals: MeteredTotals, rows: Mapping[str, float], u: Mapping[str, float]
) -> MeteredTotals:
    """Add declared or derived quantities to metered totals.

    Parameters
    ----------
    totals : MeteredTotals
        What was metered.
    rows : mapping of name to float
        The quantities, in any unit a ratio may be made of. Names must not be meter ids.
    u : mapping of name to float
        Their standard uncertainties, independent of the meters'; a name left out is exact.

    Returns
    -------
    MeteredTotals
        The same window and coverage with the rows appended.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=day, meters=("intake",), total=np.array([1000.0]), u=np.array([5.0]),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> with_rows(totals, {"certificates": 700.0}, {}).meters
    ('intake', 'certificates')
    """
    taken = sorted(set(rows) & set(totals.meters))
    if taken:
        msg = f"{taken} are meters already; name the declared quantities differently"
        raise ValueError(msg)
    common = totals.common
    if common is not None:
        common = np.hstack([common, np.zeros((len(common), len(rows)))])
    return replace(
        totals,
        common=common,
        meters=totals.meters + tuple(rows),
        total=np.append(totals.total, list(rows.values())),
        u=np.append(totals.u, [u.get(name, 0.0) for name in rows]),
    )


def require_finite(name: str, value: float, lower: float = 0.0) -> float:
    """Refuse a parameter that is not a number at or above ``lower``.

    Examples
    --------
    >>> require_finite("rated_it_kw", 400.0)
    400.0
    """
    if not np.isfinite(value) or value < lower:
        msg = f"{name} must be a number of at least {lower:g}, got {value!r}"
        raise ValueError(msg)
    return value
