"""Where two contents differ."""

from collections.abc import Callable, Iterator
from math import isclose
from typing import Final

from service.evidence.canonical import Json

# Sums of the same numbers differ by their order, and with it by the machine, beyond this digit.
RELATIVE_TOLERANCE: Final = 1e-9
_ABSOLUTE_TOLERANCE: Final = 1e-9

Same = Callable[[Json, Json], bool]


def rounded(one: Json, other: Json) -> bool:
    """Whether two leaves are the same but for rounding."""
    if _is_number(one) and _is_number(other):
        return isclose(one, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=_ABSOLUTE_TOLERANCE)
    return type(one) is type(other) and bool(one == other)


def exact(one: Json, other: Json) -> bool:
    """Whether two leaves are the same in JSON, where 1 and 1.0 are one number."""
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    return type(one) is type(other) and bool(one == other)


def differing(
    theirs: Json, ours: Json, path: str = "", same: Same = rounded
) -> Iterator[tuple[str, Json, Json]]:
    """The places where two contents differ, with both values; None for what one lacks."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted(set(theirs) | set(ours)):
            inner = f"{path}.{name}" if path else str(name)
            if name not in theirs or name not in ours:
                yield inner, theirs.get(name), ours.get(name)
            else:
                yield from differing(theirs[name], ours[name], inner, same)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for n, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from differing(one, other, f"{path}[{n}]", same)
    elif not same(theirs, ours):
        yield path, theirs, ours


def differences(theirs: Json, ours: Json) -> Iterator[str]:
    """The places where two contents differ, numbers beyond rounding."""
    return (path for path, _, _ in differing(theirs, ours))


def _is_number(one: Json) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool)
