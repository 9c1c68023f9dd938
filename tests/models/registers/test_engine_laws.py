"""The register engine against the truth behind the readings, and against its exact evaluation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import isfinite, sqrt
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.registers.edges import levels_at
from models.registers.periods import JointCounts, Periods
from models.registers.register import Register, RegisterEvent
from models.registers.samples import Samples, samples_of
from models.registers.standstill import Witness
from models.registers.table import joint_counts
from models.registers.trace import RegisterTrace, trace_register
from tests.models.registers.joining import step_at
from tests.models.registers.oracle import FROZEN, Sums, counted, summed
from tests.models.registers.streams import FAULTS, US_PER_HOUR, Span, Stream, instants, streams
from tests.models.registers.test_laws import ROUNDING, almost, inside, meets, rounded

# Sums of float64 of up to 1e8 kWh are off by less. [kWh]
FLOAT = 1e-5

many = settings(max_examples=60)
# One fault at most: where two meet, several ways of joining may be as good as each other.
single = st.one_of([streams(()), *[streams((fault,)) for fault in FAULTS]])


def trace(stream: Stream) -> RegisterTrace:
    return trace_register(stream.register, stream.samples)


def over(traced: RegisterTrace, *spans: Span) -> JointCounts:
    starts = np.array([start for start, _ in spans], np.int64)
    ends = np.array([end for _, end in spans], np.int64)
    return joint_counts([traced], Periods(start_us=starts, end_us=ends))


def segments(traced: RegisterTrace) -> list[tuple[Span, float]]:
    """Span and count of each segment."""
    found = []
    for number in np.unique(traced.segment):
        rows = np.flatnonzero(traced.segment == number)
        span = int(traced.ts_us[rows[0]]), int(traced.ts_us[rows[-1]])
        found.append((span, float(traced.level[rows[-1]] - traced.level[rows[0]])))
    return found


def spans(stream: Stream, count: int = 1) -> st.SearchStrategy[list[Span]]:
    pair = st.tuples(instants(stream), instants(stream)).map(lambda two: (min(two), max(two)))
    return st.lists(pair, min_size=count, max_size=count)


@many
@given(stream=streams())
def test_no_segment_counts_more_or_less_than_is_true(stream: Stream) -> None:
    for (start, end), gain in segments(trace(stream)):
        if inside(start, stream.hidden) or inside(end, stream.hidden):
            continue
        true, slack = float(stream.truth.count(start, end)), float(rounded(stream))

        assert gain <= true + slack + FLOAT
        if not meets((start, end), stream.lost):
            assert gain >= true - slack - FLOAT


@many
@given(stream=streams(), data=st.data())
def test_the_truth_lies_in_the_interval_of_an_edge(stream: Stream, data: st.DataObject) -> None:
    """The interval of a level, and the true level counted from the last reading before it."""
    traced = trace(stream)
    at_us = data.draw(instants(stream))
    rows = np.flatnonzero(traced.ts_us <= at_us)
    edge = levels_at([traced], np.array([at_us]))
    assume(len(rows) and isfinite(float(edge.level[0, 0])))
    before = int(traced.ts_us[rows[-1]])
    assume(not inside(at_us, stream.hidden) and not inside(before, stream.hidden))
    assume(not meets((before, at_us), stream.lost))
    true = float(traced.level[rows[-1]]) + float(stream.truth.count(before, at_us))
    slack = float(rounded(stream)) + FLOAT

    assert abs(float(edge.level[0, 0]) - true) <= float(edge.width[0, 0]) / 2 + slack


@many
@given(stream=streams(), data=st.data())
def test_no_count_is_negative_but_for_a_net_register(stream: Stream, data: st.DataObject) -> None:
    assume(not stream.register.net)
    counts = over(trace(stream), *data.draw(spans(stream, 4)))

    assert (counts.total >= -FLOAT).all()
    assert (counts.edge_u >= 0.0).all()
    assert (counts.step_u >= 0.0).all()


@many
@given(stream=streams(), data=st.data())
def test_a_split_changes_no_total(stream: Stream, data: st.DataObject) -> None:
    edges = sorted(data.draw(st.lists(instants(stream), min_size=2, max_size=8)))
    traced = trace(stream)
    parts = joint_counts([traced], Periods.between(np.array(edges, np.int64)))
    whole = over(traced, (edges[0], edges[-1]))

    assert parts.total.sum() == pytest.approx(whole.total.sum(), abs=FLOAT)
    assert parts.covered_s.sum() == pytest.approx(whole.covered_s.sum(), abs=1e-6)
    assert parts.bridged_s.sum() == pytest.approx(whole.bridged_s.sum(), abs=1e-6)


@many
@given(stream=streams())
def test_what_nobody_can_know_is_not_covered(stream: Stream) -> None:
    covered = [span for span, _ in segments(trace(stream))]

    assert not [span for span in covered if meets(span, stream.unknowable)]


@many
@given(stream=streams())
def test_what_can_be_known_is_covered(stream: Stream) -> None:
    """A dropped stretch, a gap and a declared event are bridged; the hull gives the true total."""
    assume(stream.sound)
    times = sorted(t for t, v in stream.rows if isfinite(v))
    counts = over(trace(stream), (times[0], times[-1]))
    true = float(stream.truth.count(times[0], times[-1]))

    assert counts.covered_s[0] == pytest.approx((times[-1] - times[0]) / 1e6, abs=1e-6)
    if not stream.lost:
        assert abs(float(counts.total[0, 0]) - true) <= float(rounded(stream)) + FLOAT


@many
@given(stream=single, data=st.data())
def test_counts_are_those_of_the_exact_evaluation(stream: Stream, data: st.DataObject) -> None:
    exact = counted(stream.register, stream.rows)
    assume(exact.unique and (not stream.hidden or "freeze" in stream.faults[0]))
    periods = data.draw(spans(stream, 3))
    counts = over(trace(stream), *periods)

    for n, (start, end) in enumerate(periods):
        sums = summed([exact], start, end)

        assert counts.covered_s[n] == pytest.approx(sums.covered_us / 1e6, abs=1e-6)
        assert counts.missing_s[0, n] == pytest.approx(sums.missing_us[0] / 1e6, abs=1e-6)
        assert counts.total[0, n] == pytest.approx(float(sums.total[0]), abs=FLOAT)
        assert counts.cause[n] == sums.cause


@many
@given(one=single, other=single, data=st.data())
def test_joint_counts_are_those_of_the_exact_evaluation(
    one: Stream, other: Stream, data: st.DataObject
) -> None:
    by_us = one.hull[0] - other.hull[0]
    other = replace(
        other,
        rows=tuple((t + by_us, v) for t, v in other.rows),
        register=later(other.register, by_us),
    )
    exact = [counted(stream.register, stream.rows) for stream in (one, other)]
    assume(all(count.unique for count in exact) and not one.hidden and not other.hidden)
    ((start, end),) = data.draw(spans(one))
    traces = [trace(one), trace(other)]
    counts = joint_counts(traces, Periods(start_us=np.array([start]), end_us=np.array([end])))
    sums = summed(exact, start, end)

    assert counts.covered_s[0] == pytest.approx(sums.covered_us / 1e6, abs=1e-6)
    for n in range(2):
        width = levels_at([traces[n]], turns(sums)).width
        u = sqrt(float(np.square(width / 2).sum()) / 3)

        assert counts.total[n, 0] == pytest.approx(float(sums.total[n]), abs=FLOAT)
        assert counts.missing_s[n, 0] == pytest.approx(sums.missing_us[n] / 1e6, abs=1e-6)
        assert counts.edge_u[n, 0] == pytest.approx(u, abs=FLOAT)


def turns(sums: Sums) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Where covered stretches begin and end; pieces side by side share the edge between them."""
    starts = {piece.start_us for piece in sums.pieces}
    ends = {piece.end_us for piece in sums.pieces}
    return np.array(sorted(starts ^ ends), np.int64)


def later(register: Register, by_us: int) -> Register:
    events = tuple(replace(event, at_us=event.at_us + by_us) for event in register.events)
    return replace(register, events=events)


@many
@given(stream=streams(), seed=st.integers(0, 2**32))
def test_order_of_arrival_and_doubled_readings_do_not_matter(stream: Stream, seed: int) -> None:
    rng = Random(seed)
    rows = [*stream.rows, *(rng.choice(stream.rows) for _ in range(5))]
    rng.shuffle(rows)
    again = samples_of(np.array([t for t, _ in rows], np.int64), np.array([v for _, v in rows]))

    assert_equal(trace_register(stream.register, again), trace(stream))


def assert_equal(one: RegisterTrace, other: RegisterTrace) -> None:
    assert one.ts_us.tolist() == other.ts_us.tolist()
    assert one.level.tolist() == other.level.tolist()
    assert one.segment.tolist() == other.segment.tolist()


@many
@given(stream=streams(), by_h=st.integers(-20_000, 20_000))
def test_a_shift_in_time_changes_no_level(stream: Stream, by_h: int) -> None:
    by_us = by_h * US_PER_HOUR
    samples = Samples(ts_us=stream.samples.ts_us + by_us, value=stream.samples.value)
    moved = trace_register(later(stream.register, by_us), samples)

    assert_equal(replace(moved, ts_us=moved.ts_us - by_us), trace(stream))


@many
@given(stream=streams(), power=st.integers(-10, 10), data=st.data())
def test_another_unit_scales_every_total(stream: Stream, power: int, data: st.DataObject) -> None:
    """A power of two, so that every comparison of floats stays what it is."""
    unit = 2.0**power
    samples = Samples(ts_us=stream.samples.ts_us, value=np.asarray(stream.samples.value * unit))
    scaled = trace_register(in_unit(stream.register, unit), samples)
    (span,) = data.draw(spans(stream))
    one, other = over(trace(stream), span), over(scaled, span)

    assert other.covered_s.tolist() == one.covered_s.tolist()
    assert other.total.tolist() == (one.total * unit).tolist()
    assert other.edge_u.tolist() == (one.edge_u * unit).tolist()
    assert other.step_u.tolist() == (one.step_u * unit).tolist()


def in_unit(register: Register, unit: float) -> Register:
    def times(value: float | None) -> float | None:
        return None if value is None else value * unit

    def scaled(event: RegisterEvent) -> RegisterEvent:
        return replace(
            event,
            final_index=times(event.final_index),
            initial_index=times(event.initial_index),
        )

    return replace(
        register,
        modulus=times(register.modulus),
        max_rate_per_h=times(register.max_rate_per_h),
        float32_unit=times(register.float32_unit),
        resolution=register.resolution * unit,
        events=tuple(scaled(event) for event in register.events),
    )


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_legal_day_of_23_or_25_hours_counts_its_hours(
    day: tuple[int, int, int], hours: int
) -> None:
    midnight = datetime(day[0], day[1], day[2], tzinfo=ZoneInfo("Europe/Paris"))
    edges = [midnight.astimezone(UTC), (midnight + timedelta(days=1)).astimezone(UTC)]
    start_us, end_us = (int(edge.timestamp()) * 1_000_000 for edge in edges)
    quarters = np.arange(-4, 26 * 4) * (US_PER_HOUR // 4) + start_us + 417_000_000
    samples = Samples(ts_us=quarters, value=np.arange(0.0, 5.0 * len(quarters), 5.0))
    traced = trace_register(Register(key="intake", max_rate_per_h=100.0), samples)
    counts = over(traced, (start_us, end_us))

    assert counts.total[0, 0] == pytest.approx(20.0 * hours)
    assert counts.coverage_ratio.tolist() == [1.0]
    assert counts.bridged_s.tolist() == [0.0]


def witness(stream: Stream) -> Witness:
    """A gauge that knows the truth, but for the rounding of a float."""
    times = np.unique(stream.samples.ts_us)
    least = [float(stream.truth.count(int(times[0]), int(t))) for t in times]
    return Witness(name="power", ts_us=times, least=np.array(least), slack=float(ROUNDING))


@many
@given(stream=streams(("freeze_for_good",)) | streams(("freeze_then_jump",)), data=st.data())
def test_a_witness_tells_what_it_tells_the_exact_evaluation(
    stream: Stream, data: st.DataObject
) -> None:
    (period,) = data.draw(spans(stream))
    exact = counted(stream.register, stream.rows, least=almost(stream))
    assume(exact.unique)
    sums = summed([exact], *period)
    traced = trace_register(stream.register, stream.samples, [witness(stream)])
    counts = over(traced, period)

    assert counts.covered_s[0] == pytest.approx(sums.covered_us / 1e6, abs=1e-6)
    assert counts.frozen_s[0] == pytest.approx(sums.frozen_us / 1e6, abs=1e-6)
    assert counts.total[0, 0] == pytest.approx(float(sums.total[0]), abs=FLOAT)
    assert (counts.cause[0] == FROZEN) == (sums.frozen_us > 0)


@many
@given(stream=streams(("freeze_then_jump",)), data=st.data())
def test_with_a_witness_the_truth_lies_in_the_interval_inside_a_freeze(
    stream: Stream, data: st.DataObject
) -> None:
    assume(stream.sound)
    traced = trace_register(stream.register, stream.samples, [witness(stream)])
    at_us = data.draw(instants(stream))
    edge = levels_at([traced], np.array([at_us]))
    assume(isfinite(float(edge.level[0, 0])))
    start = int(traced.ts_us[0])
    true = float(traced.level[0]) + float(stream.truth.count(start, at_us))
    slack = 4 * float(rounded(stream)) + FLOAT  # two steps are not accused

    assert abs(float(edge.level[0, 0]) - true) <= float(edge.width[0, 0]) / 2 + slack


@many
@given(stream=streams(("gap",)))
def test_a_long_silence_is_bridged_and_nothing_else(stream: Stream) -> None:
    times = np.unique(stream.samples.ts_us)
    gaps = np.diff(times)
    longest = int(np.argmax(gaps))
    assume(gaps[longest] > 3 * np.delete(gaps, longest).max())
    assume(not stream.hidden)
    counts = over(trace(stream), (int(times[0]), int(times[-1])))

    assert counts.bridged_s[0] == pytest.approx(gaps[longest] / 1e6)


@many
@given(stream=streams(()), data=st.data())
def test_the_step_counts_once_over_a_stretch(stream: Stream, data: st.DataObject) -> None:
    (span,) = data.draw(spans(stream))
    counts = over(trace(stream), span)
    steps = [float(step_at(stream.register, Fraction(v))) for _, v in stream.rows]

    if counts.covered_s[0] > 0.0:
        assert min(steps) / sqrt(6) <= counts.step_u[0, 0] <= max(steps) / sqrt(6)
    else:
        assert counts.step_u[0, 0] == 0.0
