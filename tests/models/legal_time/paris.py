"""Paris without a time-zone file: by the rule of Directive 2000/84/EC, in plain arithmetic."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)

instants = st.datetimes(datetime(2001, 1, 1), datetime(2060, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda naive: naive.replace(tzinfo=UTC)
)
days = st.dates(date(2001, 1, 1), date(2060, 1, 1))
# Midnights and clock changes are where it goes wrong, and chance finds few of them.
edges = st.builds(
    lambda year, month, day, hour, tick: (
        datetime(year, month, day, hour, tzinfo=UTC) + (tick - 1) * TICK
    ),
    st.integers(2001, 2059),
    st.sampled_from([1, 2, 3, 4, 10, 12]),
    st.integers(24, 28) | st.just(1),
    st.sampled_from([0, 1, 22, 23]),
    st.integers(0, 2),
)
any_instant = instants | edges


def change(year: int, month: int) -> datetime:
    """01:00 UTC of the last Sunday of March or October, when the clocks are changed."""
    last = date(year, month, 31)
    return datetime.combine(last - (last.isoweekday() % 7) * DAY, time(1), UTC)


def ahead(instant: datetime) -> timedelta:
    """How far Paris is ahead of UTC."""
    year = instant.astimezone(UTC).year
    return 2 * HOUR if change(year, 3) <= instant < change(year, 10) else HOUR


def on_the_wall(instant: datetime) -> datetime:
    """What the clocks of Paris show, as a naive time."""
    return (instant + ahead(instant)).astimezone(UTC).replace(tzinfo=None)


def told_at(wall: datetime) -> list[datetime]:
    """The instants at which the clocks show a naive time: none, one or two."""
    asked = [wall.replace(tzinfo=UTC) - offset for offset in (2 * HOUR, HOUR)]
    return [instant for instant in asked if on_the_wall(instant) == wall]


def midnight(day: date) -> datetime:
    """The one instant at which a day of Paris begins."""
    (instant,) = told_at(datetime.combine(day, time()))
    return instant
