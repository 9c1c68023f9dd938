"""Everything that ``boucle alerts`` writes for one site."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from charter_rules.facts import SiteFacts
from charter_rules.law.rulebook import RuleBook
from models.legal_time.calendar_spans import months_after
from models.site.site import Site
from service.alerts.alert import Alert
from service.alerts.charter import charter_alerts
from service.alerts.devices import device_alerts
from service.alerts.grafana import grafana_rules
from service.alerts.limits import Limits, limits_by_day
from service.alerts.meters import meter_alerts
from service.alerts.rule_files import Writing, alert_rules, dump, limit_rules
from service.alerts.rule_tests import alert_tests, limit_tests
from service.alerts.technical import technical_alerts

# Limits are known so far ahead; the last of each stands for ever.
_MONTHS_AHEAD: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAlerts:
    """The alerts of a site and the limits they know."""

    alerts: tuple[Alert, ...]
    limits: Limits


def alerts_of(site: Site, rulebook: RuleBook, facts: SiteFacts, today: date) -> SiteAlerts:
    """Every alert of a site, by its charter, its devices and its meters."""
    until = months_after(today.replace(day=1), _MONTHS_AHEAD)
    limits = limits_by_day(rulebook, facts, today.replace(month=1, day=1), until)
    name = site.identity.id
    return SiteAlerts(
        alerts=(
            *technical_alerts(name),
            *device_alerts(site),
            *meter_alerts(site, rulebook),
            *charter_alerts(rulebook, facts, limits, name, today),
        ),
        limits=limits,
    )


def rule_texts(found: SiteAlerts, writing: Writing) -> Mapping[Path, str]:
    """Rule files and their unit tests, by path in the folder."""
    site = writing.site
    limits, alerts = f"{site}.limits.yml", f"{site}.alerts.yml"
    head = f"Written by boucle alerts for {writing.site_name}: change the charter or the site file"
    texts: dict[str, object] = {
        limits: limit_rules(found.limits, site),
        alerts: alert_rules(found.alerts, writing),
        f"tests/{limits}": limit_tests(found.limits, f"../{limits}", site),
        f"tests/{alerts}": alert_tests(found.alerts, f"../{alerts}", writing),
        f"grafana/{site}.yaml": grafana_rules(found.alerts, writing),
    }
    return {Path(name): dump(content, head) for name, content in texts.items()}
