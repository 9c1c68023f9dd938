"""Configuration to begin with: what is scraped, where alerts go, and which silences which."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from service.alerts.alert import Kind, Severity
from service.alerts.rule_files import INTERVAL_S, duration

# News waits for its like, and after a message of its group; what fires on is told again.
GROUP_WAIT: Final = timedelta(seconds=15)
GROUP_INTERVAL: Final = timedelta(minutes=2)
REPEAT_INTERVAL: Final = timedelta(hours=12)
REPEAT_INFO_INTERVAL: Final = timedelta(days=7)
# What is only to be expected while the first is so, at the same site (and link, rule or meter).
CAUSES: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    (
        "BoucleCollectorDown",
        "BoucleDeviceDown|BoucleLinkDown|BoucleDeviceDegraded|BoucleDeviceClockOff|"
        "BoucleHeatUnknown|BoucleHeatStopped|BoucleCoverageLow",
        (),
    ),
    (
        "BoucleDatabaseDown",
        "BoucleEvaluationLate|BoucleHeatUnknown|BoucleCoverageLow",
        (),
    ),
    ("BoucleEvaluationLate", "BoucleHeatUnknown|BoucleCoverageLow", ()),
    ("BoucleServerDown", "BoucleEvaluationLate|BoucleHeatUnknown", ()),
    ("BoucleLinkDown", "BoucleDeviceDown|BoucleDeviceDegraded", ("link",)),
    ("BoucleBreach", "BoucleBeyondLimit", ("rule",)),
    ("BoucleBreachLate", "BoucleBreachUnseen", ("rule",)),
)


def scrape_configuration(
    site: str, targets: Mapping[str, str], rule_files: list[str], alertmanager: str
) -> dict[str, Any]:
    """``prometheus.yml``: one job a program, rules and Alertmanager.

    ``targets`` are host and port by program. The label ``site`` is that of the metrics themselves.
    """
    return {
        "global": {"scrape_interval": f"{INTERVAL_S}s", "evaluation_interval": f"{INTERVAL_S}s"},
        "rule_files": rule_files,
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": [
            {
                "job_name": f"boucle-{program}",
                "honor_labels": True,
                "static_configs": [{"targets": [target], "labels": {"site": site}}],
            }
            for program, target in targets.items()
        ],
    }


def alertmanager_configuration(receiver: Mapping[str, Any]) -> dict[str, Any]:
    """``alertmanager.yml``: one message for alerts of a kind, and causes silence what they cause.

    ``receiver`` is a receiver of Alertmanager without its name, such as a webhook or an address.
    """
    return {
        "route": {
            "receiver": "operators",
            "group_by": ["site", "alertname"],
            "group_wait": _written(GROUP_WAIT),
            "group_interval": _written(GROUP_INTERVAL),
            "repeat_interval": _written(REPEAT_INTERVAL),
            "routes": [
                {
                    "matchers": [f'kind=~"{Kind.BINDING.value}|{Kind.REFERENCE.value}"'],
                    "receiver": "charter",
                    "group_by": ["site", "rule"],
                },
                {
                    "matchers": [f'severity="{Severity.INFO.value}"'],
                    "receiver": "operators",
                    "repeat_interval": _written(REPEAT_INFO_INTERVAL),
                },
            ],
        },
        "inhibit_rules": [
            {
                "source_matchers": [f'alertname="{source}"'],
                "target_matchers": [f'alertname=~"{targets}"'],
                "equal": ["site", *equal],
            }
            for source, targets, equal in CAUSES
        ],
        "receivers": [{"name": name, **receiver} for name in ("operators", "charter")],
    }


def _written(span: timedelta) -> str:
    return duration(round(span.total_seconds()))
