"""The same alerts as Grafana manages them: provisioned rules on the conditions that are held.

Source: Grafana documentation, "Use configuration files to provision alerting resources".
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from service.alerts.alert import HELD, Alert
from service.alerts.rule_files import Writing, annotations_of, duration, labels_of
from service.alerts.series import selector
from service.alerts.wording import in_general

_SOURCE: Final = "boucle-prometheus"
_INTERVAL: Final = "1m"
_EXPRESSION: Final = "__expr__"
_LONGEST_UID: Final = 40


def grafana_rules(alerts: Sequence[Alert], writing: Writing) -> dict[str, Any]:
    """One rule for all alerts of a name; Grafana tells their subjects apart by labels."""
    by_name: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_name.setdefault(alert.name, []).append(alert)
    rules = [_rule(own, writing) for own in by_name.values()]
    group = {
        "orgId": 1,
        "name": f"boucle {writing.site}",
        "folder": "Boucle",
        "interval": _INTERVAL,
        "rules": rules,
    }
    return {"apiVersion": 1, "groups": [group]}


def _rule(alerts: Sequence[Alert], writing: Writing) -> dict[str, Any]:
    alert = alerts[0]
    digest = hashlib.sha256(f"{writing.site} {alert.name}".encode()).hexdigest()
    return {
        "uid": f"boucle-{digest}"[:_LONGEST_UID],
        "title": f"{alert.name} {writing.site}",
        "condition": "beyond",
        "data": [_query(grafana_expression(alerts, writing.site)), _threshold()],
        # A condition that was never known raises nothing; the held one answers for the rest.
        "noDataState": "OK",
        # Grafana that cannot ask says so itself, and takes nothing back.
        "execErrState": "Error",
        "for": duration(max(one.for_s for one in alerts)),
        "labels": _common([labels_of(one, writing.site) for one in alerts]),
        "annotations": _annotations(alerts, writing),
    }


def grafana_expression(alerts: Sequence[Alert], site: str) -> str:
    """PromQL of all alerts of a name: 1 for each subject it holds of, else 0 or nothing."""
    alert = alerts[0]
    if not alert.held:
        each = (_marked(one) for one in alerts)
        return "\nor ".join(each)
    by = ", ".join(("site", *alert.labels, *alert.by))
    return f"max by ({by}) ({HELD}{selector(condition=alert.name, site=site)})"


def _marked(alert: Alert) -> str:
    """One without held condition, as 1 with the labels of its subject."""
    found = f"(({alert.condition}) * 0 + 1)"
    for name, value in alert.labels.items():
        found = f'label_replace({found}, "{name}", "{value}", "", "")'
    return found


def _query(expression: str) -> dict[str, Any]:
    return {
        "refId": "held",
        "relativeTimeRange": {"from": 600, "to": 0},
        "datasourceUid": _SOURCE,
        "model": {"refId": "held", "expr": expression, "instant": True},
    }


def _threshold() -> dict[str, Any]:
    return {
        "refId": "beyond",
        "datasourceUid": _EXPRESSION,
        "model": {
            "refId": "beyond",
            "type": "threshold",
            "expression": "held",
            "conditions": [{"evaluator": {"type": "gt", "params": [0]}}],
        },
    }


def _common(labels: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Labels that all have alike; the others come with the series."""
    first, *rest = labels
    return {
        name: value for name, value in first.items() if all(one.get(name) == value for one in rest)
    }


def _annotations(alerts: Sequence[Alert], writing: Writing) -> dict[str, str]:
    words = in_general(writing.lang)[alerts[0].name]
    named = " ".join(f"{{{{ $labels.{one} }}}}" for one in (*alerts[0].labels, *alerts[0].by))
    links = annotations_of(alerts[0], writing)
    return {
        "summary": f"{words.summary} {named}".strip(),
        "description": words.consequence,
        "check": " ".join(words.check),
        "page_url": links["page_url"].partition("#")[0],
        "runbook_url": links["runbook_url"],
    }
