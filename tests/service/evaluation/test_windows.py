"""The grids of the windows; their ends are those of the settled instant."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from models.legal_time.days import to_us
from service.evaluation.windows import last_quarter, month, today, twelve_months

instants = st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(instants)
def test_grids_go_from_start_to_end_in_rising_steps(now: datetime) -> None:
    for gridded in (last_quarter(now), today(now), month(now), twelve_months(now)):
        edges = gridded.edges_us()

        assert edges[0] == to_us(gridded.window.start)
        assert edges[-1] == to_us(gridded.window.end)
        assert (edges[1:] > edges[:-1]).all()
        assert gridded.window.end < now
