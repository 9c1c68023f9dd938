"""Each (KPI, window) a shipped rule names is produced live, in evidence and in replay.

The shipped site has every meter, sensor and declaration, so that every KPI has a result, be it one
without readings. The exceptions are those that ``charter_rules/availability.py`` declares.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from charter_rules.law.availability import NOT_MEASURED
from charter_rules.law.kpis import DECLARATION
from charter_rules.law.loader import SHIPPED_FOLDER, load_rulebook
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import declared, measure
from models.site.site import site_sums
from service.evaluation.periods import Grain, windows_of
from service.evidence.build import wanted_of
from service.evidence.results import Known, PackResults
from service.replay.fleet import history_of_site
from tests.service.pages.sample_snapshot import sample_site

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHARTERS = sorted(path.stem for path in (SHIPPED_FOLDER / "charters").glob("*.yaml"))


@pytest.fixture(scope="module")
def named() -> set[tuple[str, str]]:
    rules = [rule for name in CHARTERS for rule in load_rulebook(charter=name).rules]
    return set(wanted_of([rule for rule in rules if rule.kpi != DECLARATION]))


def test_live(named: set[tuple[str, str]]) -> None:
    site = sample_site()
    results = list(declared(site.declared))
    for grain in Grain:
        windows = windows_of(grain, NOW)
        results += measure(Measurement(site, site_sums(site), SiteReadings(), windows))

    assert named - {(one.kpi, one.window.name) for one in results} == set(NOT_MEASURED)


def test_in_evidence(named: set[tuple[str, str]]) -> None:
    figures = PackResults(sample_site(), named, NOW).figures({}, Known())

    assert named - set(figures) == set(NOT_MEASURED)


def test_in_replay(named: set[tuple[str, str]], tmp_path: Path) -> None:
    for name in ("registers.npz", "sound.npz", "gauges.npz"):
        np.savez(
            tmp_path / name,
            ts_us=np.array([], dtype=np.int64),
            keys=np.array([], dtype=np.str_),
            values=np.zeros((0, 0)),
        )

    columns = history_of_site("one", sample_site(), tmp_path, [date(2026, 11, 20)])
    produced = {
        (columns.kpis[kpi], columns.windows[window])
        for kpi, window in zip(columns.kpi.tolist(), columns.window.tolist(), strict=True)
    }

    assert named - produced == set(NOT_MEASURED)
