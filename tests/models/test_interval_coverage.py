"""1,000 seeded plants: how often the stated interval holds the truth.

Each plant has its own weather, load and meters, whose errors fill their classes. An interval at
k = 2 should hold the truth some 95 times in 100, and not always: one that never misses is padded.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.kpi.metered import metered_totals
from models.kpi.result import KpiResult
from models.readings import Window
from models.series import GridLevels, joint_totals
from service.evaluation.recipes import KpiMeters, Recipe, recipes_of
from service.evaluation.samples import registers_of, volume_rows
from service.site.loader import load_site
from simulators.plant import Plant
from simulators.truth_document import truth_document

SITE_FILE = Path(__file__).parents[2] / "deploy/sites/chapelle-international.yaml"
SITE = load_site(SITE_FILE, load_profiles(SHIPPED_PROFILES)).site
RECIPES = recipes_of(SITE, KpiMeters(SITE.tree))
START = datetime(2025, 7, 7, tzinfo=UTC)
DAYS = timedelta(days=3)
RUNS = 1000
TRUTH_OF = {
    "pue": "pue",
    "wue": "wue_l_per_kwh",
    "erf": "erf",
    "ere": "ere",
    "cer": "cer_chilled",
    "load_factor": "load_factor",
    "recovered_heat": "e_reuse_kwh",
    "seasonal_factor": "cop_plant",
}


def computed(
    recipe: Recipe,
    values: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
    edges_us: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    window: Window,
) -> tuple[KpiResult, ...]:
    registers = registers_of(recipe.meters)
    level = np.stack([values[register.key] for register in registers])
    grid = GridLevels(edges_us=edges_us, level=level, segment=np.zeros(level.shape, np.int64))
    totals = metered_totals(window, recipe.meters, volume_rows(recipe.meters), joint_totals(grid))
    return tuple(recipe.compute(totals))


@pytest.mark.timeout(300)
def test_the_truth_lies_inside_95_times_in_100_and_not_always() -> None:
    window = Window(name="days", start=START, end=START + DAYS)
    edges_us = np.array([round(t.timestamp()) * 1_000_000 for t in (window.start, window.end)])
    inside: Counter[str] = Counter()
    for seed in range(RUNS):
        plant = Plant(seed, START - timedelta(days=1))
        values = plant.measured_values(edges_us)
        truth = truth_document(plant, window.start, window.end)
        for recipe in RECIPES:
            for result in computed(recipe, values, edges_us, window):
                key = TRUTH_OF.get(result.kpi)
                if key is None:
                    continue
                assert result.value is not None, (seed, result.kpi, result.withheld)
                assert result.expanded_uncertainty is not None
                true = truth[key]
                assert isinstance(true, float)
                inside[result.kpi] += abs(result.value - true) <= result.expanded_uncertainty

    assert set(inside) == set(TRUTH_OF)
    for kpi, hits in inside.items():
        assert 0.95 * RUNS <= hits < RUNS, (kpi, hits)
