"""What is remembered, and how far back."""

from service.streams.changes import Changes


def test_what_came_after_a_sequence_is_told_in_order() -> None:
    changes = Changes(7)
    changes.add(8, b"a")
    changes.add(9, None)
    changes.add(12, b"b")

    assert changes.since(7) == [(8, b"a"), (12, b"b")]
    assert changes.since(9) == [(12, b"b")]
    assert changes.since(12) == []


def test_what_was_before_or_is_yet_to_come_is_not_known() -> None:
    changes = Changes(7)
    changes.add(8, b"a")

    assert changes.since(6) is None
    assert changes.since(9) is None


def test_the_oldest_is_forgotten_and_never_left_out_in_silence() -> None:
    changes = Changes(0)
    for sequence in range(1, 1_001):
        changes.add(sequence, b"a")
    told = [changes.since(sequence) for sequence in range(1_001)]
    known = [one for one in told if one is not None]

    assert len(known) == 65
    assert [len(one) for one in known] == list(range(64, -1, -1))


def test_large_events_are_forgotten_sooner() -> None:
    changes = Changes(0)
    for sequence in range(1, 11):
        changes.add(sequence, bytes(2**20))

    assert changes.since(7) is None
    assert [sequence for sequence, _ in changes.since(8) or []] == [9, 10]
