"""The KPIs of one window that come from registers."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from models.kpi.metered import MeteredTotals, metered_totals, with_missing_part
from models.kpi.result import KpiResult
from models.metering.tree import Meter, SignedMeters
from models.metering.uncertainty import COVERAGE_FACTOR
from models.missing import missing_ratio
from models.readings import FloatArray, Origin, Window
from models.series import GridLevels, joint_totals
from service.evaluation.gauges import increments
from service.evaluation.recipes import Recipe
from service.evaluation.samples import SamplesByKey, grid_levels, registers_of, volume_rows
from service.evaluation.windows import GriddedWindow

_DAY = timedelta(days=1)
# Fewer days do not show how one differs from another.
_LEAST_DAYS = 30
_WHOLE_RATIO = 0.999


def register_keys(recipes: Sequence[Recipe]) -> tuple[str, ...]:
    """Keys of all registers that the recipes read."""
    return tuple(register.key for register in registers_of(_meters_of(recipes)))


def _meters_of(recipes: Sequence[Recipe]) -> tuple[Meter, ...]:
    return tuple(dict.fromkeys(meter for recipe in recipes for meter in recipe.meters))


def kpis_of_window(
    recipes: Sequence[Recipe], gridded: GriddedWindow, samples: SamplesByKey, origin: Origin
) -> tuple[KpiResult, ...]:
    """Every recipe over one window. Each register is traced once."""
    window = gridded.window
    registers = registers_of(_meters_of(recipes))
    all_levels = grid_levels(registers, samples, gridded.edges_us())
    row_of = {register.key: row for row, register in enumerate(registers)}
    results: list[KpiResult] = []
    for recipe in recipes:
        rows = np.array([row_of[r.key] for r in registers_of(recipe.meters)], dtype=np.int64)
        grid = GridLevels(
            edges_us=all_levels.edges_us,
            level=all_levels.level[rows],
            segment=all_levels.segment[rows],
        )
        made = recipe.compute(totals_between(recipe.meters, grid, window, origin))
        results += _with_missing(recipe, made, grid, gridded.step)
    return tuple(results)


def _left_out(result: KpiResult) -> float:
    """What a sum lacks for the time without data, were that like the rest; U (k = 2) is that."""
    covered = result.coverage_ratio
    if result.value is None or covered >= _WHOLE_RATIO:
        return 0.0
    return result.value * (1.0 - covered) / covered / COVERAGE_FACTOR


def _with_missing(
    recipe: Recipe, made: Sequence[KpiResult], grid: GridLevels, step: timedelta
) -> Sequence[KpiResult]:
    """What a gap may hide, for long windows: their days tell how much one differs from another."""
    if recipe.whole:
        return [with_missing_part(one, _left_out(one)) for one in made]
    per_day = round(_DAY / step)
    days = (len(grid.edges_us) - 1) // per_day
    if recipe.ratio is None or days < _LEAST_DAYS or made[0].coverage_ratio >= _WHOLE_RATIO:
        return made
    top, bottom, scale = recipe.ratio
    ids = [meter.id for meter in recipe.meters]
    counted = increments(grid)[: len(ids), : days * per_day].reshape(len(ids), days, per_day)
    by_day = counted.sum(axis=2)

    def daily(sums: SignedMeters) -> FloatArray:
        return np.asarray(sums.weights(ids) @ by_day)

    above, below = daily(top), daily(bottom)
    known = np.isfinite(by_day).all(axis=0)
    if known.all():
        return made
    hidden = missing_ratio(np.nan_to_num(above), np.nan_to_num(below), known)
    return [with_missing_part(result, scale * hidden.u) for result in made]


def totals_between(
    of: tuple[Meter, ...],
    grid: GridLevels,
    window: Window,
    origin: Origin,
    edges: tuple[int, int] | None = None,
) -> MeteredTotals:
    """Totals of some meters between two edges of a grid (default: all of it)."""
    start, end = edges or (0, len(grid.edges_us) - 1)
    return metered_totals(window, of, volume_rows(of), joint_totals(grid, start, end), origin)
