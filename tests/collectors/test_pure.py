"""Laws of the pure parts: planning, backoff, schedule, framing."""

import doctest
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.backoff import LONGEST_CAP_S, SHORTEST_CAP_S, SHORTEST_DELAY_S, Backoff
from collectors.conversion import Conversion
from collectors.errors import ProfileError
from collectors.modbus import framing
from collectors.modbus.book import QUARANTINE_S, BlockBook
from collectors.modbus.framing import mbap_fault
from collectors.modbus.planning import plan_blocks
from collectors.profiles.schema import REGISTERS_OF_TYPE, ModbusProfile, ReadableRange
from collectors.schedule import STARTUP_SPREAD_S, Ticks, spread
from models.quantities import Quantity
from tests.collectors.builders import modbus_point, modbus_profile, three_block_profile


@st.composite
def profiles(draw: st.DrawFn) -> ModbusProfile:
    types = st.sampled_from(sorted(REGISTERS_OF_TYPE))
    spots = draw(
        st.lists(
            st.tuples(st.sampled_from(["holding", "input"]), st.integers(0, 400), types),
            min_size=1,
            max_size=40,
        )
    )
    points = [
        modbus_point(f"p{i}", address, space=space, type=register_type)
        for i, (space, address, register_type) in enumerate(spots)
    ]
    ranges: tuple[ReadableRange, ...] = ()
    if draw(st.booleans()):
        # Cut the input space into ranges that no point straddles.
        cuts = draw(st.sets(st.integers(0, 404), max_size=5))
        taken = [
            (p.address, p.address + REGISTERS_OF_TYPE[p.type]) for p in points if p.space == "input"
        ]
        edges = sorted({0, 404} | {c for c in cuts if not any(a < c < b for a, b in taken)})
        ranges = tuple(
            ReadableRange(space="input", start=a, end=b) for a, b in itertools.pairwise(edges)
        )
    return modbus_profile(
        points,
        max_span=draw(st.integers(4, 125)),
        max_gap=draw(st.integers(0, 30)),
        readable_ranges=ranges,
    )


@given(profiles())
def test_plan_covers_every_point_once_within_limits(profile: ModbusProfile) -> None:
    blocks = plan_blocks(profile)
    assert sorted(i for b in blocks for i in b.points) == list(range(len(profile.points)))
    for block in blocks:
        assert 1 <= block.count <= profile.max_span
        ends: list[int] = []
        for index in sorted(block.points, key=lambda i: profile.points[i].address):
            point = profile.points[index]
            end = point.address + REGISTERS_OF_TYPE[point.type]
            assert point.space == block.space
            assert block.address <= point.address
            assert end <= block.address + block.count
            assert not ends or point.address - max(ends) <= profile.max_gap
            ends.append(end)
        ranges = [r for r in profile.readable_ranges if r.space == block.space]
        inside = [r.start <= block.address and block.address + block.count <= r.end for r in ranges]
        assert not ranges or any(inside)


def test_plan_bridges_small_holes_only() -> None:
    points = [modbus_point("a", 10), modbus_point("b", 15), modbus_point("c", 30)]
    blocks = plan_blocks(modbus_profile(points, max_gap=4))
    assert [(b.address, b.count) for b in blocks] == [(10, 6), (30, 1)]
    assert len(plan_blocks(modbus_profile(points, max_gap=3))) == 3


@pytest.mark.parametrize(
    ("changes", "point", "expected"),
    [
        ({}, {"address": 65535, "type": "u32"}, "register 65535"),
        ({"max_span": 2}, {"address": 7, "type": "f64"}, "register 7: f64 needs 4"),
        (
            {"readable_ranges": (ReadableRange(space="holding", start=0, end=10),)},
            {"address": 9, "type": "u32"},
            "register 9: registers up to 10 lie in none of [0, 10)",
        ),
    ],
)
def test_plan_errors_name_the_address(
    changes: dict[str, object], point: dict[str, object], expected: str
) -> None:
    bad = modbus_point("p", 0).model_copy(update=point)
    with pytest.raises(ProfileError, match=r"thing\.p at holding register") as caught:
        plan_blocks(modbus_profile([bad], **changes))
    assert expected in str(caught.value)


def test_wrong_unit_is_a_profile_error() -> None:
    with pytest.raises(ProfileError, match="kWh"):
        Conversion.of(Quantity.TEMPERATURE, "kWh", scale=1.0, offset=0.0)


@given(
    poll_s=st.floats(0.01, 3600),
    failures=st.integers(0, 10_000),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_backoff_stays_within_bounds(poll_s: float, failures: int, draw: float) -> None:
    backoff = Backoff.for_poll(poll_s)
    assert SHORTEST_CAP_S <= backoff.cap_s <= LONGEST_CAP_S
    assert SHORTEST_DELAY_S <= backoff.delay_s(failures, draw) <= backoff.cap_s
    assert backoff.ceiling_s(failures) <= backoff.ceiling_s(failures + 1)


@given(period_s=st.floats(0.1, 3600), count=st.integers(1, 60))
def test_schedule_never_bursts(period_s: float, count: int) -> None:
    ticks = [own[0] for own in spread([(period_s,)] * count)]
    phases = [t.phase_s for t in ticks]
    gaps = [b - a for a, b in zip(phases, [*phases[1:], phases[0] + period_s], strict=True)]
    assert min(gaps) >= period_s / count * 0.999
    firsts = [t.first_s for t in ticks]
    assert firsts == sorted(firsts)
    assert firsts[-1] < min(period_s, STARTUP_SPREAD_S)


@given(
    period_s=st.floats(0.05, 3600),
    share=st.floats(0, 1, exclude_max=True),
    now_s=st.floats(0, 1e7),
)
def test_ticks_are_ahead_and_missed_ones_are_skipped(
    period_s: float, share: float, now_s: float
) -> None:
    ticks = Ticks(period_s=period_s, phase_s=share * period_s, first_s=0.0)
    due_s = ticks.after(now_s)
    assert now_s < due_s <= now_s + 2 * period_s
    # Rounding may skip one tick by a hair; it never gives the same tick twice.
    assert ticks.after(due_s) >= due_s + 0.5 * period_s


@given(
    period_s=st.floats(0.05, 3600),
    share=st.floats(0, 1, exclude_max=True),
    start_s=st.floats(0, 1e6),
    early=st.floats(0, 0.05),
)
def test_a_timer_that_fires_early_gives_no_tick_twice(
    period_s: float, share: float, start_s: float, early: float
) -> None:
    ticks = Ticks(period_s=period_s, phase_s=share * period_s, first_s=0.0)
    due_s = ticks.after(start_s)
    for _ in range(3):
        following_s = ticks.following(due_s, due_s - early * period_s)
        assert due_s + 0.5 * period_s <= following_s <= due_s + 2 * period_s
        due_s = following_s


def the_book() -> BlockBook:
    profile = three_block_profile()
    return BlockBook(profile.points, plan_blocks(profile), Backoff(base_s=1, cap_s=4))


def test_a_refused_block_splits_and_waits_ever_longer() -> None:
    book = the_book()
    whole, *_ = book.due(0.0)
    left, right = book.split(whole, 0.0)
    assert (left.address, left.count, right.address, right.count) == (100, 1, 101, 2)
    book.refused(left, 0.0)
    assert left not in book.due(0.9)
    # then the whole is asked, and refused again
    assert whole in book.due(1.0)
    assert book.split(whole, 1.0) == [left, right]
    book.refused(left, 1.0)
    assert left not in book.due(2.9)
    assert whole not in book.due(2.9)
    now_s = 3.0
    for _ in range(12):
        book.split(whole, now_s)
        now_s += QUARANTINE_S
    # however often it was refused, it is asked again
    assert whole in book.due(now_s)


def test_a_whole_that_answers_again_is_read_as_planned() -> None:
    book = the_book()
    planned = book.due(0.0)
    left, _ = book.split(planned[0], 0.0)
    book.refused(left, 0.0)
    assert book.learned.split_blocks == book.learned.refused_points == 1
    assert book.learned.words == "holding 100..102 is read in 2 parts; refused: p100"
    assert book.answered(planned[0]) == []
    assert book.due(0.0) == planned
    assert book.learned.words is None


def test_a_mute_block_waits_until_it_is_forgiven() -> None:
    book = the_book()
    block = book.due(0.0)[0]
    book.missed(block, 0.0)
    assert block not in book.due(0.5)
    assert book.forgive() == [block]
    assert block in book.due(0.5)


def test_after_a_refusal_of_everything_one_answer_restores_all() -> None:
    book = the_book()
    planned = book.due(0.0)
    parts = [part for block in planned for part in book.split(block, 0.0)]
    for part in parts:
        book.refused(part, 0.0)
    book.refused_everything()
    asked = book.due(1000.0)
    assert len(asked) == 1
    assert book.answered(asked[0]) == planned
    assert book.due(0.0) == planned


def test_a_book_is_never_empty() -> None:
    profile = modbus_profile([modbus_point("a", 1)])
    book = BlockBook(profile.points, plan_blocks(profile), Backoff(base_s=1, cap_s=4))
    only = book.due(0.0)[0]
    book.refused(only, 0.0)
    assert book.due(1.0) == [only]


@given(st.binary(max_size=300))
def test_framing_judges_any_bytes(data: bytes) -> None:
    fault = mbap_fault(data)
    assert fault is None or fault


@given(count=st.integers(1, 125), cut=st.integers(0, 259), unit=st.integers(0, 255))
def test_framing_accepts_every_part_of_a_good_reply(count: int, cut: int, unit: int) -> None:
    body = bytes([unit, 3, 2 * count]) + bytes(2 * count)
    frame = b"\0\1\0\0" + len(body).to_bytes(2, "big") + body
    assert mbap_fault(frame[:cut]) is None


def test_framing_examples() -> None:
    assert doctest.testmod(framing).failed == 0
