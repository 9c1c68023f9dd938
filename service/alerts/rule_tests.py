"""Unit tests for `promtool test rules`: of every limit on its days, and of every alert."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from service.alerts.alert import Alert
from service.alerts.limits import Limits, limit_on
from service.alerts.rule_files import Writing, annotations_of, filled_in, labels_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Everything is known for so long: longer than any alert looks back and waits.
_KNOWN_MIN: Final = 75
# Then nothing comes; so much later the last sample is too old for Prometheus, too.
_GONE_MIN: Final = 90
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')


def limit_tests(limits: Limits, rule_file: str, site: str) -> dict[str, Any]:
    """Each limit on the first day it counts, and on the day before.

    promtool reckons from 1970 on, once a day: at midnight UTC, which is the same legal day.
    """
    at: dict[date, list[dict[str, Any]]] = {}
    for key, spans in limits.items():
        series = f'{key.series}{{bound="{key.bound}",rule="{key.rule}"}}'
        labels = ",".join(f'{k}="{v}"' for k, v in sorted(key.labels(site).items()))
        for span in spans:
            for day in (span.first - timedelta(days=1), span.first):
                value = limit_on(spans, day)
                found = [] if value is None else [(f"{key.series}{{{labels}}}", value)]
                at.setdefault(day, []).append(
                    {
                        "expr": series,
                        "eval_time": f"{(day - _EPOCH.date()).days * 24}h",
                        "exp_samples": [{"labels": name, "value": one} for name, one in found],
                    }
                )
    checks = [check for day in sorted(at) for check in at[day]]
    return {
        "rule_files": [rule_file],
        "evaluation_interval": "1d",
        "tests": [
            {
                "interval": "1d",
                "input_series": [{"series": "up", "values": "1"}],
                "promql_expr_test": checks,
            }
        ],
    }


def alert_tests(alerts: Sequence[Alert], rule_file: str, writing: Writing) -> dict[str, Any]:
    """Each alert: it fires, is silent, and missing data neither raises nor resolves it."""
    by_name: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_name.setdefault(alert.name, []).append(alert)
    tests = []
    for own in by_name.values():
        tests += list((_held_tests if own[0].held else _absence_tests)(own, writing))
    return {"rule_files": [rule_file], "evaluation_interval": "5m", "tests": tests}


def _held_tests(alerts: Sequence[Alert], writing: Writing) -> Iterator[dict[str, Any]]:
    """What was known last stands when nothing comes any more."""
    name = alerts[0].name
    for batch in _apart(alerts, lambda alert: alert.example.fires):
        fires = {key: value for one in batch for key, value in one.example.fires.items()}
        yield _test(name, writing, fires, {_KNOWN_MIN: batch, _GONE_MIN: batch})
    for batch in _apart(alerts, lambda alert: alert.example.silent):
        silent = {key: value for one in batch for key, value in one.example.silent.items()}
        yield _test(name, writing, silent, {_KNOWN_MIN: (), _GONE_MIN: ()})


def _apart(
    alerts: Sequence[Alert], series_of: Callable[[Alert], Mapping[str, str]]
) -> list[list[Alert]]:
    """As few groups as needed for no series to have two values in one."""
    batches: list[tuple[dict[str, str], list[Alert]]] = []
    for alert in alerts:
        own = series_of(alert)
        for known, batch in batches:
            if all(known.get(name, value) == value for name, value in own.items()):
                known.update(own)
                batch.append(alert)
                break
        else:
            batches.append((dict(own), [alert]))
    return [batch for _, batch in batches]


def _absence_tests(alerts: Sequence[Alert], writing: Writing) -> Iterator[dict[str, Any]]:
    """Alerts of one name about absence: all fire where there is nothing."""
    name = alerts[0].name
    fires = {key: values for one in alerts for key, values in one.example.fires.items()}
    silent = {key: values for one in alerts for key, values in one.example.silent.items()}
    yield _test(name, writing, fires, {_KNOWN_MIN: alerts})
    yield _test(name, writing, silent, {_KNOWN_MIN: ()})


def _test(
    name: str,
    writing: Writing,
    series: Mapping[str, str],
    expected: Mapping[int, Sequence[Alert]],
) -> dict[str, Any]:
    # As when a scrape fails: its series end at once.
    known = [
        {"series": one, "values": f"{values}x{_KNOWN_MIN} stale"} for one, values in series.items()
    ]
    return {
        "interval": "1m",
        "input_series": known or [{"series": "up", "values": f"1x{_KNOWN_MIN}"}],
        "alert_rule_test": [
            {
                "alertname": name,
                "eval_time": f"{minute}m",
                "exp_alerts": [
                    {
                        "exp_labels": labels_of(alert, writing.site) | _subject(alert),
                        "exp_annotations": filled_in(
                            annotations_of(alert, writing), _subject(alert)
                        ),
                    }
                    for alert in alerts
                ],
            }
            for minute, alerts in expected.items()
        ],
    }


def _subject(alert: Alert) -> dict[str, str]:
    """The labels that come from the series of the example."""
    [series] = alert.example.fires if alert.by else ["{}"]
    found = dict(_LABEL.findall(series))
    return {label: found[label] for label in alert.by}
