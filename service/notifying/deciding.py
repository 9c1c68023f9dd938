"""Every alert of a site decided on one look at what was scraped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from service.alerts.alert import Alert
from service.alerts.series import Seen, selector
from service.notifying.standing import Standing, State


def key_of(name: str, subject: Mapping[str, str]) -> str:
    """What an alert and its subject are known by, from one start to the next.

    Examples
    --------
    >>> key_of("BoucleDeviceDown", {"site": "s", "device": "pdu_01"})
    'BoucleDeviceDown{device="pdu_01",site="s"}'
    """
    return name + selector(**dict(sorted(subject.items())))


def decided(
    alerts: Sequence[Alert], site: str, seen: Seen, before: Mapping[str, Standing], at: datetime
) -> Iterator[tuple[Alert, Standing]]:
    """How each alert stands after this look; alerts that are no more have no standing."""
    by_alert: dict[str, list[Standing]] = {}
    for one in before.values():
        by_alert.setdefault(one.name, []).append(one)
    for alert in alerts:
        for standing in _of_alert(alert, site, seen, by_alert.get(alert.name, ()), at):
            yield alert, standing


def _of_alert(
    alert: Alert, site: str, seen: Seen, before: Sequence[Standing], at: datetime
) -> Iterator[Standing]:
    common = {"site": site, **alert.labels}
    names = {*common, *alert.by}
    earlier = {
        tuple(one.subject[name] for name in alert.by): one
        for one in before
        if one.subject.keys() == names
        and all(one.subject[name] == value for name, value in common.items())
    }
    found = alert.when.decide(seen)
    # Whoever tells it is alive: what is not told does not hold.
    unsaid = False if alert.alive is not None and alert.alive.is_there(seen) else None
    subjects = {**dict.fromkeys(found), **dict.fromkeys(earlier)} if alert.by else {(): None}
    for subject in subjects:
        standing = earlier.get(subject) or Standing(
            name=alert.name, subject={**common, **dict(zip(alert.by, subject, strict=True))}
        )
        after = standing.at(found.get(subject, unsaid), at, alert.for_s)
        if not alert.by or after.state(at, is_acknowledged=False) is not State.QUIET:
            yield _answered(alert, after, seen)
    if alert.by:
        yield _of_none(alert, common, before, bool(found) or unsaid is False, at)


def _answered(alert: Alert, standing: Standing, seen: Seen) -> Standing:
    """An answer stands while nobody says otherwise."""
    if alert.answered is None or not standing.holds or standing.unknown_since is not None:
        return standing
    return replace(standing, is_answered=alert.answered.is_there(seen))


def _of_none(
    alert: Alert,
    common: Mapping[str, str],
    before: Sequence[Standing],
    is_known: bool,
    at: datetime,
) -> Standing:
    """Of an alert whose subjects are seen only when it holds: whether it is known at all."""
    earlier = next((one for one in before if one.subject == common), None)
    standing = earlier or Standing(name=alert.name, subject=common)
    return standing.at(False if is_known else None, at, alert.for_s)
