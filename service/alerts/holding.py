"""The recording of a condition, which keeps what was known last."""

from service.alerts.alert import HELD, HELD_FOR, Alert
from service.alerts.series import selector


def held_series(alert: Alert, site: str) -> str:
    """Where the state of an alert's condition is recorded."""
    return HELD + selector(condition=alert.name, site=site, **alert.labels)


def recording(alert: Alert, site: str) -> str:
    """PromQL of the condition as it is, or as it was known last.

    Examples
    --------
    >>> from service.alerts.technical import database_down
    >>> print(recording(database_down("s"), "s"))
    min by () (boucle_database_up{site="s"}) == bool 0 \
or on () max by () (last_over_time(boucle:condition:held{\
condition="BoucleDatabaseDown",site="s"}[1h]))
    """
    by = ", ".join(alert.by)
    before = f"max by ({by}) (last_over_time({held_series(alert, site)}[{HELD_FOR}]))"
    if alert.alive is not None:
        before = f"({before} unless on () {alert.alive.promql})"
    return f"{alert.condition} or on ({by}) {before}"


def expression(alert: Alert, site: str) -> str:
    """PromQL of the alert."""
    if not alert.held:
        return alert.condition
    by = ", ".join(("site", *alert.labels, *alert.by))
    return f"max by ({by}) ({held_series(alert, site)}) == 1"
