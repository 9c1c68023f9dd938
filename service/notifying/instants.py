"""How instants are written."""

from datetime import UTC, datetime


def written(instant: datetime) -> str:
    """RFC 3339, in UTC, to the second.

    Examples
    --------
    >>> written(datetime(2026, 11, 28, 6, 0, tzinfo=UTC))
    '2026-11-28T06:00:00Z'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
