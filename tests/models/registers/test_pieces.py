"""Sums over the pieces of periods against a plain loop."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.registers.pieces import Pieces, StretchTable

spans = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda two: (min(two), max(two))),
    max_size=8,
)


@given(spans, st.lists(st.integers(-100, 100), min_size=9, max_size=9))
def test_a_sum_over_pieces_is_that_of_a_slice(ends: list[tuple[int, int]], by: list[int]) -> None:
    """Periods that overlap, touch the end, or are empty."""
    pieces = Pieces(
        first=np.array([a for a, _ in ends], np.int64),
        last=np.array([b for _, b in ends], np.int64),
    )
    both = np.array([by, by[::-1]], dtype=float)

    expected = [[float(row[a:b].sum()) for a, b in ends] for row in both]
    assert pieces.summed(both).tolist() == expected
    assert pieces.summed(both[0]).tolist() == expected[0]


@given(st.lists(spans, min_size=1, max_size=3), st.data())
def test_time_inside_stretches_counts_once(
    by_row: list[list[tuple[int, int]]], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(by_row) - 1), max_size=3, unique=True))
    table = StretchTable.of([[(a * 10**6, b * 10**6) for a, b in one] for one in by_row])
    found = table.inside_s(np.array(rows, np.int64), np.arange(10) * 10**6)

    wanted = [span for row in rows for span in by_row[row]]
    expected = [float(any(a <= t < b for a, b in wanted)) for t in range(9)]
    if found is None:
        assert not wanted
    else:
        assert found.round(9).tolist() == expected
