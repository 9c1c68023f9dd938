"""A charter replayed over every day of a year of 1,000 sites, against a bare read of the KPIs."""

import statistics
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from charter_rules.facts import Declaration, IcpeRegime, NoiseRegime, SiteFacts
from charter_rules.findings import Verdict
from charter_rules.law.kpis import KPIS
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import RuleBook
from charter_rules.replay.engine import replay
from models.kpi.result import Withheld
from models.kpi_history import DTYPES, NOT_WITHHELD, WITHHELD, KpiColumns
from service.replay.history import write_history
from tests.bench.result import Result, result

_SITES = 1000
_ROUNDS = 3
_US_PER_DAY = 86_400_000_000
_FIRST = date(2025, 11, 1)
_DAYS = tuple(_FIRST + timedelta(days=n) for n in range(365))
# KPIs near the thresholds of the charter, so that every verdict is met.
_AROUND = {"wue": 0.4, "wue_potable": 0.4, "erf": 0.1, "ref": 0.5, "refrigerant_gwp": 675.0}


def _sites(rulebook: RuleBook) -> dict[str, SiteFacts]:
    """Sites of every age, size and regime; half of them declare their duties."""
    rng = np.random.default_rng(5)
    keys = sorted({rule.duty.key for rule in rulebook.rules if rule.duty is not None})
    return {
        f"site_{n:04d}": SiteFacts(
            entry_into_operation=date(2010, 1, 1) + timedelta(days=int(rng.integers(0, 5800))),
            installed_it_power_kw=float(rng.choice([90.0, 420.0, 500.0, 1200.0, 9000.0])),
            public_operator=bool(rng.integers(0, 2)),
            noise_regime=NoiseRegime.CSP if n % 2 else NoiseRegime.ICPE,
            zone="paris",
            floor_area_m2=None if n % 5 == 0 else float(rng.uniform(200.0, 9000.0)),
            total_rated_input_kw=None if n % 7 == 0 else float(rng.uniform(200.0, 9000.0)),
            icpe_regime=(None, *IcpeRegime)[n % (len(IcpeRegime) + 1)],
            ai_share_ratio=float(rng.choice([0.0, 0.3])),
            declarations=_declared(keys, n),
        )
        for n in range(_SITES)
    }


def _declared(keys: Sequence[str], number: int) -> tuple[Declaration, ...]:
    return tuple(
        Declaration(
            key=key,
            made=number % 10 != 0,
            made_on=date(year + 1, 4, 1) + timedelta(days=number % 60),
            for_year=year,
            document="report",
        )
        for key in keys
        for year in (2024, 2025)
        if number % 2
    )


def _history(rulebook: RuleBook, sites: Sequence[str]) -> KpiColumns:
    """Each KPI that a rule weighs, of each site, on each day."""
    rng = np.random.default_rng(6)
    weighed = [rule for rule in rulebook.rules if rule.duty is None]
    pairs = {(rule.kpi, rule.window.name): rule.window.min_hours for rule in weighed}
    pairs |= {(r.kpi, r.against): r.window.min_hours for r in weighed if r.against is not None}
    kpis, windows = sorted({kpi for kpi, _ in pairs}), sorted({window for _, window in pairs})
    end_us = int(datetime(2025, 11, 2, tzinfo=UTC).timestamp()) * 1_000_000
    days = np.arange(len(_DAYS))
    parts: dict[str, list[np.ndarray[tuple[int], np.dtype[np.generic]]]] = {n: [] for n in DTYPES}
    size = len(sites) * len(days)
    for (kpi, window), min_hours in pairs.items():
        middle = _AROUND.get(kpi, 1.3)
        end = np.tile(end_us + days * _US_PER_DAY, len(sites))
        value = np.clip(middle * rng.uniform(0.7, 1.3, size), KPIS[kpi].lower, KPIS[kpi].upper)
        value[rng.random(size) < 0.02] = np.nan
        column = {
            "site": np.repeat(np.arange(len(sites)), len(days)),
            "kpi": np.full(size, kpis.index(kpi)),
            "window": np.full(size, windows.index(window)),
            "on": np.tile(_FIRST.toordinal() + days, len(sites)),
            "start_us": end - int((min_hours + 24.0) * 3_600_000_000),
            "end_us": end,
            "value": value,
            "expanded_uncertainty": middle * rng.uniform(0.0, 0.05, size),
            "coverage_ratio": rng.uniform(0.9, 1.0, size),
            "origin": rng.integers(0, 4, size),
            "numerator": rng.uniform(30.0, 50.0, size),
            "withheld": np.where(np.isnan(value), WITHHELD.index(Withheld.NO_DATA), NOT_WITHHELD),
            "doubtful": rng.random(size) < 0.01,
            "closed": np.zeros(size, np.bool_),
        }
        for name, cells in column.items():
            parts[name].append(cells.astype(DTYPES[name]))
    joined = {name: np.concatenate(each) for name, each in parts.items()}
    return KpiColumns.of_rows(sites=sites, kpis=kpis, windows=windows, **joined)


def _read_s(path: Path) -> float:
    started = time.process_time()
    with np.load(path, allow_pickle=False) as file:
        for name in file.files:
            file[name]
    return time.process_time() - started


def run() -> list[Result]:
    rulebook = load_rulebook()
    sites = _sites(rulebook)
    columns = _history(rulebook, tuple(sites))
    ours: list[float] = []
    bare: list[float] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "history.npz"
        write_history(path, columns)
        for _ in range(_ROUNDS):
            bare.append(_read_s(path))
            started = time.process_time()
            table = replay(rulebook, sites, columns, _DAYS)
            ours.append(time.process_time() - started)
    assert table.code.shape == (_SITES, len(rulebook.rules), len(_DAYS))
    assert all(table.count(verdict).any() for verdict in Verdict)
    return [
        result(
            "replay",
            statistics.median(ours),
            "s of one core",
            statistics.median(bare),
            f"reading the {len(columns)} KPIs of {_SITES} sites x {len(rulebook.rules)} rules x "
            f"{len(_DAYS)} days from their .npz",
        )
    ]
