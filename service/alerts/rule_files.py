"""The files of Prometheus: limits by day, held conditions and alerts, each with unit tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import walk_tree

from service.alerts.alert import HELD, Alert
from service.alerts.holding import expression, recording
from service.alerts.limits import Limits, limit_expression
from service.alerts.wording import words_of
from service.pages.paths import ALERTS_PATHS, CHARTER_PATHS

INTERVAL_S: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Whom the rules are for: the site, the language, and where its pages are."""

    site: str
    site_name: str
    lang: str
    page_url: str


def dump(data: object, head: str) -> str:
    """YAML with a comment before it; an expression of several lines stays so."""
    yaml = YAML()
    yaml.width = 1000
    yaml.default_flow_style = False
    yaml.representer.ignore_aliases = lambda _: True
    walk_tree(data)
    stream = StringIO()
    yaml.dump(data, stream)
    return f"# {head}\n{stream.getvalue()}"


def limit_rules(limits: Limits, site: str) -> dict[str, Any]:
    """The recording rules of the charter's limits."""
    rules = [
        {
            "record": key.series,
            "expr": limit_expression(spans),
            "labels": key.labels(site),
        }
        for key, spans in limits.items()
    ]
    return {"groups": [_group(f"boucle limits {site}", rules)]}


def alert_rules(alerts: Sequence[Alert], writing: Writing) -> dict[str, Any]:
    """The held conditions, and the alerts on them."""
    site = writing.site
    held = [
        {
            "record": HELD,
            "expr": recording(alert, site),
            "labels": {"condition": alert.name, "site": site, **alert.labels},
        }
        for alert in alerts
        if alert.held
    ]
    rules = [alert_rule(alert, writing) for alert in alerts]
    # One group: its rules are evaluated in order, so that an alert sees the condition of now.
    return {"groups": [_group(f"boucle {site}", [*held, *rules])]}


def alert_rule(alert: Alert, writing: Writing) -> dict[str, Any]:
    """One alert."""
    return {
        "alert": alert.name,
        "expr": expression(alert, writing.site),
        **({"for": duration(alert.for_s)} if alert.for_s else {}),
        "labels": labels_of(alert, writing.site),
        "annotations": annotations_of(alert, writing),
    }


def labels_of(alert: Alert, site: str) -> dict[str, str]:
    """What an alert is routed and joined by."""
    return {
        "site": site,
        "severity": alert.severity.value,
        "kind": alert.kind.value,
        **alert.labels,
    }


def annotations_of(alert: Alert, writing: Writing) -> dict[str, str]:
    """What an alert says, and where to read on."""
    words = words_of(alert, writing.site_name, writing.lang)
    lang, pages = writing.lang, writing.page_url.rstrip("/")
    rule = alert.labels.get("rule")
    return {
        "summary": words.summary,
        "description": words.consequence,
        "check": " ".join(words.check),
        "page_url": (
            f"{pages}/{lang}/" if rule is None else f"{pages}{CHARTER_PATHS[lang]}#rule-{rule}"
        ),
        "runbook_url": f"{pages}{ALERTS_PATHS[lang]}#{alert.name}",
    }


def filled_in(annotations: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    """The annotations as Prometheus fills them in with labels of the series."""
    found = dict(annotations)
    for label, value in labels.items():
        template = f"{{{{ $labels.{label} }}}}"
        found = {name: text.replace(template, value) for name, text in found.items()}
    return found


def _group(name: str, rules: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {"name": name, "interval": f"{INTERVAL_S}s", "rules": list(rules)}


def duration(seconds: int) -> str:
    """A duration as Prometheus writes it.

    Examples
    --------
    >>> duration(90), duration(900), duration(3600), duration(604800)
    ('90s', '15m', '1h', '7d')
    """
    for unit_s, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds and seconds % unit_s == 0:
            return f"{seconds // unit_s}{unit}"
    return f"{seconds}s"
