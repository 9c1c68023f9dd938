"""One look: how each alert stands now, and what is to be told."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from models.legal_time.days import legal_day
from service.alerts.alert import Alert
from service.alerts.limits import Limits, limit_on
from service.alerts.rule_files import Writing, annotations_of, filled_in, labels_of
from service.alerts.writing import SiteAlerts
from service.notifying.deciding import decided, key_of
from service.notifying.grouping import Group, muted, told_after
from service.notifying.memory import Memory
from service.notifying.notice import Acknowledgement, Notice
from service.notifying.samples import Scraped, Shown
from service.notifying.standing import Standing

# Nobody looked for so long: what was pending goes on from here.
_AWAY: Final = timedelta(minutes=2)


class Watch:
    """Decides on every alert of a site, look by look; what it knows is in its memory."""

    def __init__(self, found: SiteAlerts, writing: Writing, memory: Memory) -> None:
        self.memory = memory
        self._writing, self._site = writing, writing.site
        self._seen = Scraped(memory.looks)
        self.know(found)

    def know(self, found: SiteAlerts) -> None:
        """The alerts as they are from now on."""
        self._alerts, self._limits = found.alerts, found.limits
        self._seen.look_for(found.alerts)

    def look(
        self,
        shown: Iterable[Shown],
        acknowledged: Mapping[str, Acknowledgement],
        at: datetime,
    ) -> None:
        """Decide, and put what is to be told into the outboxes."""
        memory = self.memory
        recorded = recorded_limits(self._limits, self._site, at)
        self._seen.take(at.timestamp(), [*shown, *recorded])
        memory.looks = self._seen.kept()
        before = memory.standings
        if memory.at is not None and (gap := at - memory.at) > _AWAY:
            before = {key: one.postponed(gap) for key, one in before.items()}
        memory.standings, memory.active, memory.at = {}, {}, at
        for alert, standing in decided(self._alerts, self._site, self._seen, before, at):
            key = key_of(standing.name, standing.subject)
            memory.standings[key] = standing
            notice = self._notice(alert, standing, acknowledged.get(key), at)
            if notice is not None:
                memory.active[key] = notice
        self._tell(at)

    def _notice(
        self,
        alert: Alert,
        standing: Standing,
        acknowledgement: Acknowledgement | None,
        at: datetime,
    ) -> Notice | None:
        """What is told of an alert that is active."""
        since = standing.since
        if since is None or standing.fired_at is None:
            return None
        if acknowledgement is not None and not acknowledgement.counts(since, at):
            acknowledgement = None
        return Notice(
            name=alert.name,
            labels={"alertname": alert.name, **labels_of(alert, self._site), **standing.subject},
            annotations=filled_in(annotations_of(alert, self._writing), standing.subject),
            state=standing.state(at, is_acknowledged=acknowledgement is not None),
            starts_at=standing.fired_at,
            unknown_since=standing.unknown_since,
            acknowledgement=acknowledgement,
        )

    def _tell(self, at: datetime) -> None:
        memory = self.memory
        silenced = muted(memory.active)
        names = dict.fromkeys([*memory.groups, *(one.name for one in memory.active.values())])
        groups: dict[str, Group] = {}
        for name in names:
            active = {key: one for key, one in memory.active.items() if one.name == name}
            ended = {
                key: one.resolved_at
                for key, one in memory.standings.items()
                if one.name == name and one.resolved_at is not None
            }
            group, news = told_after(
                name, memory.groups.get(name, Group()), active, silenced, ended, at
            )
            if not group.is_over:
                groups[name] = group
            if news is not None:
                memory.put(news)
        memory.groups = groups


def recorded_limits(limits: Limits, site: str, at: datetime) -> Iterator[Shown]:
    """The limits of the charter's on this day, as Prometheus records them."""
    day = legal_day(at)
    for key, spans in limits.items():
        if (value := limit_on(spans, day)) is not None:
            yield Shown(key.series, key.labels(site), value)
