"""One definition, two renderings: what promtool says of an alert's PromQL, Boucle decides too.

That promtool passes the same examples is shown by tests/service/alerts/test_rules.py.
"""

import json
import random
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.alerts.alert import Alert
from service.alerts.writing import SiteAlerts
from service.notifying.memory import Memory
from service.notifying.samples import Scraped, Shown
from service.notifying.watch import Watch
from tests.service.alerts.small_site import WRITING
from tests.service.notifying.series_of_examples import at_minute
from tests.service.notifying.small_alerts import ALL

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# As the rule tests have it: known up to here, and nothing comes for so much longer.
KNOWN_MIN, GONE_MIN = 75, 90


def fires_at(alert: Alert, series: Mapping[str, str]) -> dict[int, set[str]]:
    """What is active, by minute, when the series are shown up to a minute and then end."""
    memory = Memory(site=WRITING.site)
    watch = Watch(SiteAlerts(alerts=(alert,), limits={}), WRITING, memory)
    found = {}
    for minute in range(GONE_MIN + 1):
        shown = at_minute(series, minute) if minute <= KNOWN_MIN else ()
        watch.look(shown, {}, EPOCH + timedelta(minutes=minute))
        if minute in {KNOWN_MIN, GONE_MIN}:
            found[minute] = set(memory.active)
    return found


@pytest.mark.parametrize("alert", ALL, ids=lambda one: f"{one.name}-{one.labels}")
def test_an_alert_fires_and_is_silent_by_its_example(alert: Alert) -> None:
    fires = fires_at(alert, alert.example.fires)
    assert len(fires[KNOWN_MIN]) == 1
    silent = fires_at(alert, alert.example.silent)
    assert silent[KNOWN_MIN] == set()
    if alert.held:
        # Missing data neither resolves it nor raises it.
        assert fires[GONE_MIN] == fires[KNOWN_MIN]
        assert silent[GONE_MIN] == set()


_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
COURSES = 12
MINUTES = (7, 16, 31, 62, 75)
GONE = "stale"


def at_random(alert: Alert, rng: random.Random) -> dict[str, list[str]]:
    """Every series of the examples with values around theirs, and ends and beginnings."""
    series: dict[str, list[str]] = {}
    examples = {**alert.example.silent, **alert.example.fires}
    for one in dict.fromkeys(examples):
        known = [float(v.partition("+")[0]) for v in _values_of(alert, one)]
        # Values just at what they are compared with, too.
        edges = [float(one) for one in _NUMBER.findall(alert.condition)]
        low, high = min(known), max(known)
        values, is_there = [], rng.random() < 0.9
        value = rng.choice(known)
        for minute in range(KNOWN_MIN + 1):
            if rng.random() < 0.06:
                is_there = not is_there
            if rng.random() < 0.3:
                instant_s = 60.0 * minute - rng.choice([0.0, *edges])
                others = ((low + high) / 2, value + 1, instant_s, rng.choice(edges or [0.0]))
                value = rng.choice([*known, *known, *others])
            values.append(f"{value:.9g}" if is_there else GONE)
        series[one] = values
    return series


def _values_of(alert: Alert, series: str) -> Iterator[str]:
    for example in (alert.example.fires, alert.example.silent):
        if series in example:
            yield example[series]


def decided_by_boucle(
    alert: Alert, series: Mapping[str, Sequence[str]]
) -> dict[int, dict[tuple[str, ...], bool]]:
    seen = Scraped()
    seen.look_for([alert])
    found = {}
    for minute in range(KNOWN_MIN + 1):
        shown: list[Shown] = []
        for one, values in series.items():
            if values[minute] != GONE:
                shown += at_minute({one: values[minute]}, 0)
        seen.take(60.0 * minute, shown)
        if minute in MINUTES:
            found[minute] = dict(alert.when.decide(seen))
    return found


def as_promtool_expects(
    alert: Alert, minute: int, decided: Mapping[tuple[str, ...], bool]
) -> dict[str, object]:
    """Held conditions are 1, 0 or absent; the others are there or not."""
    samples = []
    for subject, holds in decided.items():
        labels = ",".join(f'{k}="{v}"' for k, v in zip(alert.by, subject, strict=True))
        if alert.held or holds:
            samples.append({"labels": f"{{{labels}}}", "value": int(holds)})
    # An alert is on a condition that is 1.
    expr = f"({alert.condition}) == bool 1" if alert.held else f"count({alert.condition})"
    return {"expr": expr, "eval_time": f"{minute}m", "exp_samples": samples}


def test_both_renderings_agree_on_courses_with_gaps_and_restarts(
    prometheus_programs: Path, tmp_path: Path
) -> None:
    rng, tests, decisions = random.Random(12), [], []
    # Alerts of a name differ in labels and limits alone.
    for alert in {one.name: one for one in ALL}.values():
        for _ in range(COURSES):
            series = at_random(alert, rng)
            decided = decided_by_boucle(alert, series)
            decisions += [one for by_subject in decided.values() for one in by_subject.values()]
            tests.append(
                {
                    "interval": "1m",
                    "name": f"{alert.name} {dict(alert.labels)}",
                    "input_series": [
                        {"series": one, "values": " ".join(values)}
                        for one, values in series.items()
                    ],
                    "promql_expr_test": [
                        as_promtool_expects(alert, minute, one) for minute, one in decided.items()
                    ],
                }
            )
    # Both answers are tried, or agreement would say little.
    assert 100 < sum(decisions) < len(decisions) - 100
    path = tmp_path / "conditions.yml"
    # JSON is YAML, and written at once.
    path.write_text(json.dumps({"rule_files": [], "evaluation_interval": "1m", "tests": tests}))
    command = [str(prometheus_programs / "promtool"), "test", "rules", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-6000:]
