"""1,000 plants over eight days, half of them with a fault: how often intervals hold the truth."""

import time

from tests.bench.result import Result, result
from tests.models.plants_judged import Group, tally

_PLANTS, _DAYS = 1000, 8
# What an interval at k = 2 promises.
_PROMISED = 0.95


def run() -> list[Result]:
    started = time.process_time()
    counted = tally(range(_PLANTS), _DAYS)
    spent = time.process_time() - started
    return [
        *_shares("sound", counted.sound),
        *_shares("faulted", counted.faulted),
        result(
            "plants/withheld",
            counted.faulted.withheld / counted.faulted.cases,
            "of values of faulted plants",
            max(
                (counted.faulted.withheld - counted.faulted.withheld_though_known)
                / counted.faulted.cases,
                1e-9,
            ),
            "where more than half of the period was unknowable",
        ),
        result(
            "plants/false_verdicts",
            float(_false(counted.sound, counted.faulted)),
            "verdicts",
            float(counted.sound.judged + counted.faulted.judged),
            "verdicts reached",
        ),
        result("plants", spent / _PLANTS, "s of one core a plant", _DAYS, "days of five minutes"),
    ]


def _false(*groups: Group) -> int:
    return sum(group.false_verdicts for group in groups)


def _shares(name: str, group: Group) -> list[Result]:
    return [
        result(f"plants/{name}/{kpi}/{window}", share, "of truths inside", _PROMISED, "promised")
        for (kpi, window), share in group.inside_ratio.items()
    ]
