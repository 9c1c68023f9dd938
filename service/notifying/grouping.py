"""When which alerts of one name are told: as Alertmanager does with the configuration it is given.

News waits for a moment for its like, and some minutes after the last message of its group; what
fires on is told again after hours. An alert that ended before it was told is not told.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from service.alerts.alert import Severity
from service.alerts.alertmanager import (
    CAUSES,
    GROUP_INTERVAL,
    GROUP_WAIT,
    REPEAT_INFO_INTERVAL,
    REPEAT_INTERVAL,
)
from service.notifying.notice import Message, Notice, message
from service.notifying.standing import State

# A round that comes a moment early is the one that was meant.
_JITTER: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What was told of the alerts of a name and still stands, and since when there is news."""

    told: Mapping[str, Notice] = field(default_factory=dict)
    news_since: datetime | None = None
    sent_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Nothing is told that stands, and nothing waits."""
        return not self.told and self.news_since is None


def muted(active: Mapping[str, Notice]) -> frozenset[str]:
    """Keys of alerts that are only to be expected while another one is active."""
    found = set()
    for cause, targets, equal in CAUSES:
        causes = [one for one in active.values() if one.name == cause]
        names = targets.split("|")
        found |= {
            key
            for key, one in active.items()
            if one.name in names
            and any(all(one.labels.get(n) == c.labels.get(n) for n in equal) for c in causes)
        }
    return frozenset(found)


def told_after(
    name: str,
    group: Group,
    active: Mapping[str, Notice],
    silenced: Collection[str],
    ended: Mapping[str, datetime],
    at: datetime,
) -> tuple[Group, Message | None]:
    """The group after a look, and what is to be told now.

    Parameters
    ----------
    name : str
        Of the alerts.
    group : Group
        As it was after the look before.
    active : mapping of key to Notice
        Alerts of this name that fire or are acknowledged.
    silenced : collection of str
        Keys of those that are not told: what was told before is told to its end.
    ended : mapping of key to datetime
        When alerts that are not active any more ended, as far as it is known.
    at : datetime
        The instant of the look.
    """
    stands = {key: one for key, one in active.items() if key in group.told or key not in silenced}
    over = {
        key: replace(one, state=State.RESOLVED, ends_at=ended.get(key, at), unknown_since=None)
        for key, one in group.told.items()
        if key not in active
    }
    is_news = bool(over) or any(
        key not in group.told or one.differs(group.told[key]) for key, one in stands.items()
    )
    # Not later than now: the clock may have been moved.
    news_since = min(group.news_since or at, at) if is_news else None
    if (is_news and _may_be_told(group, news_since or at, at)) or _is_repeated(group, stands, at):
        after = Group(told=stands, news_since=None, sent_at=at)
        return after, message(name, at, {**stands, **over})
    return replace(group, news_since=news_since), None


def _may_be_told(group: Group, news_since: datetime, at: datetime) -> bool:
    after = news_since + GROUP_WAIT
    if group.told and group.sent_at is not None and group.sent_at <= at:
        after = max(after, group.sent_at + GROUP_INTERVAL)
    return at >= after - _JITTER


def _is_repeated(group: Group, stands: Mapping[str, Notice], at: datetime) -> bool:
    firing = [one for key, one in stands.items() if key in group.told and one.state is State.FIRING]
    if not firing or group.sent_at is None:
        return False
    minor = all(one.labels["severity"] == Severity.INFO.value for one in firing)
    return at >= group.sent_at + (REPEAT_INFO_INTERVAL if minor else REPEAT_INTERVAL) - _JITTER
