"""The windows of an evaluation end with what is settled, and each grain has its own."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.kpi.definition import ANY
from models.kpi.noise_site import NOISE_KPIS
from service.evaluation.periods import GRAIN_OF, Grain, settled_end, windows_of

instants = st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(instants)
def test_no_window_is_empty_or_ends_before_it_is_settled(now: datetime) -> None:
    end = settled_end(now)

    assert timedelta(seconds=8) <= now - end < timedelta(seconds=18)
    for grain in Grain:
        for window in windows_of(grain, end):
            assert window.start < window.end <= end


def test_every_window_of_a_metered_kpi_has_a_grain() -> None:
    noise = {window for kpi in NOISE_KPIS.values() for window in kpi.windows}

    assert set(GRAIN_OF) == {*ANY, *noise}
