"""Whether what was seen of a mode is what its data say."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from models.readings import Quality
from tests.collectors.wire_faults.measure import Measured
from tests.collectors.wire_faults.mode import Mode

# Of few polls, one more or less is no sign of anything.
OTHERS_AT_LEAST: Final = 0.6
NEIGHBOUR_AT_LEAST: Final = 0.5


def given(mode: Mode, seen: Measured) -> Counter[Quality]:
    """The readings of the points that the mode touches, by quality."""
    return Counter(r.quality for r in seen.rows if not mode.touches or r.point in mode.touches)


def shortfalls(mode: Mode, seen: Measured) -> Iterator[str]:
    """What is not as it should be, one sentence each."""
    if seen.false:
        yield f"{len(seen.false)} false readings, the first is {seen.false[0]}"
    if seen.other_cadence < OTHERS_AT_LEAST:
        yield f"a device on another link gave {seen.other_cadence:.0%} of its polls"
    if seen.neighbour_cadence is not None and seen.neighbour_cadence < NEIGHBOUR_AT_LEAST:
        yield f"a neighbour on the link gave {seen.neighbour_cadence:.0%} of its polls"
    if seen.lines > mode.lines:
        yield f"{seen.lines} lines in the log, {mode.lines} are enough"
    yield from _qualities(mode, seen)


def _qualities(mode: Mode, seen: Measured) -> Iterator[str]:
    of_touched = given(mode, seen)
    for quality in mode.expects:
        if quality not in of_touched:
            yield f"no {quality.name} reading"
    others = sorted(set(of_touched) - {*mode.expects, *mode.allows})
    share = sum(of_touched[q] for q in others) / max(1, of_touched.total())
    if share > _share_spoilt(mode):
        yield f"{share:.0%} of the readings are {[q.name for q in others]}"
    untouched = [r for r in seen.rows if mode.touches and r.point not in mode.touches]
    if sum(r.quality is Quality.GOOD for r in untouched) < 0.5 * len(untouched):
        yield "points that are not concerned are not good"


def _share_spoilt(mode: Mode) -> float:
    """A busy machine may spoil a good poll; a bad one is never bettered."""
    return 0.5 if list(mode.expects) == [Quality.GOOD] else 0.0
