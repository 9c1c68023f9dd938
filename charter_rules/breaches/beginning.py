"""Since when the past shows a breach: back from its notice, as long as nothing interrupts it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from charter_rules.findings import MISSED, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVerdict:
    """The verdict on a day, by the law and the facts of that day.

    ``shown_from`` is the instant from which the figure behind it shows it: the begin of a whole
    period such as a night, the end of a running one.
    """

    verdict: Verdict
    shown_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The instant from which a breach is shown without interruption.

    ``preceded_by`` is the verdict that ends the way back: what cannot be proven, or is not known,
    does not prolong a breach. None where the past was not judged further back.
    """

    at: datetime
    preceded_by: Verdict | None


def beginning(noticed_at: datetime, verdicts: Iterable[PastVerdict]) -> Beginning:
    """Follow the verdicts back to where the breach began.

    Parameters
    ----------
    noticed_at : aware datetime
        When it was noticed.
    verdicts : iterable of PastVerdict
        From the one that was noticed back, day by day; read as far as it is needed.

    Returns
    -------
    Beginning
        Never after the notice.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> noticed = datetime(2026, 11, 20, 8, tzinfo=UTC)
    >>> days = [
    ...     PastVerdict(verdict=verdict, shown_from=noticed - timedelta(days=n))
    ...     for n, verdict in enumerate((Verdict.BREACH, Verdict.BREACH, Verdict.SUSPECTED))
    ... ]
    >>> found = beginning(noticed, days)
    >>> found.at.isoformat(), found.preceded_by.value
    ('2026-11-19T08:00:00+00:00', 'suspected')
    """
    at = noticed_at
    for one in verdicts:
        if one.verdict in MISSED:
            at = min(at, one.shown_from)
        elif one.shown_from < at:
            return Beginning(at=at, preceded_by=one.verdict)
        # Else a later figure, such as that of an inspection, shows it for that day, too.
    return Beginning(at=at, preceded_by=None)
