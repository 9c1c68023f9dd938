"""Small charts as SVG coordinates: a line or bars, a limit, and nothing where nothing is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 240.0, 48.0
_PAD = 3.0

_YOf = Callable[[float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a bar chart."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """Geometry of one chart. ``lines`` are point lists, broken where values are missing."""

    lines: tuple[str, ...]
    bars: tuple[Bar, ...]
    limit_y: float | None
    low: float
    high: float


def sparkline(
    values: Sequence[float | None], *, limit: float | None, bars: bool
) -> Sparkline | None:
    """Lay out a chart; None when no value is known.

    Bars start at zero. A line uses the range of its values, and the limit is drawn when it is
    near enough not to flatten the line.
    """
    known = [v for v in values if v is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    bottom = min(0.0, low) if bars else low
    top = max(high, bottom + 1e-9)
    span = top - bottom
    shown_limit = limit is not None and bottom - span <= limit <= top + 2 * span
    if shown_limit and limit is not None:
        bottom, top = min(bottom, limit), max(top, limit)

    def y_of(value: float) -> float:
        share = (value - bottom) / max(top - bottom, 1e-9)
        return round(HEIGHT - _PAD - share * (HEIGHT - 2 * _PAD), 1)

    step = WIDTH / max(len(values), 1)
    return Sparkline(
        lines=() if bars else _lines(values, y_of, step),
        bars=_bars(values, y_of, step) if bars else (),
        limit_y=y_of(limit) if shown_limit and limit is not None else None,
        low=low,
        high=high,
    )


def _lines(values: Sequence[float | None], y_of: _YOf, step: float) -> tuple[str, ...]:
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{round((index + 0.5) * step, 1)},{y_of(value)}")
    # A lonely point is drawn as a short line, or it would not be seen.
    return tuple(
        " ".join(run if len(run) > 1 else [run[0], _nudged(run[0])]) for run in runs if run
    )


def _nudged(point: str) -> str:
    x, y = point.split(",")
    return f"{float(x) + 2.0},{y}"


def _bars(values: Sequence[float | None], y_of: _YOf, step: float) -> tuple[Bar, ...]:
    base = y_of(0.0)
    return tuple(
        Bar(
            x=round(index * step + 0.12 * step, 1),
            y=min(y_of(value), base - 0.8),
            width=round(0.76 * step, 1),
            height=max(round(base - y_of(value), 1), 0.8),
        )
        for index, value in enumerate(values)
        if value is not None
    )
