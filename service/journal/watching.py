"""What happened between two pictures of a site: a pure function of both."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from models.legal_time.days import from_us
from service.journal.happening import Happening, HappeningKind
from service.live.snapshot import DeviceView, LiveSnapshot


class Watch:
    """Sees pictures one after the other, and says what became otherwise.

    While the collector is silent, or the database away, nobody knows how devices are: they are
    compared with how they were before. The first picture tells nothing but that somebody looks.
    """

    def __init__(self, before: LiveSnapshot | None) -> None:
        """``before`` is the last picture of whoever looked before, however long ago."""
        self._last = before
        self._devices: Mapping[str, DeviceView] = {} if before is None else _by_id(before)
        self._is_first = True

    def see(self, now: LiveSnapshot) -> tuple[Happening, ...]:
        """What happened since the picture before."""
        last, self._last = self._last, now
        found = []
        if self._is_first:
            found.append(_began(last, now))
            self._is_first = False
        if last is not None:
            found += _of_parts(last, now)
            found += _of_rules(last, now)
        if _knows_devices(now):
            found += _of_devices(self._devices, now)
            self._devices = _by_id(now)
        return tuple(found)


def _began(last: LiveSnapshot | None, now: LiveSnapshot) -> Happening:
    why = {} if last is None else {"last_looked_at": last.figures_of.isoformat()}
    return Happening(at=now.taken_at, kind=HappeningKind.EVALUATION, after="began", why=why)


def _knows_devices(snapshot: LiveSnapshot) -> bool:
    pipeline = snapshot.pipeline
    return snapshot.store_reachable and pipeline is not None and not pipeline.silent


def _by_id(snapshot: LiveSnapshot) -> Mapping[str, DeviceView]:
    return {one.id: one for one in snapshot.devices}


def _of_parts(last: LiveSnapshot, now: LiveSnapshot) -> Iterator[Happening]:
    at = now.taken_at
    for kind, before, after in (
        (HappeningKind.DATABASE, _store(last), _store(now)),
        (HappeningKind.COLLECTOR, _collector(last), _collector(now)),
        (HappeningKind.POLLS, _polls(last), _polls(now)),
    ):
        if before != after and None not in {before, after}:
            yield Happening(at=at, kind=kind, before=before, after=after or "")
    lost = _dropped(now) - _dropped(last)
    if lost > 0:
        why = {"readings": str(lost)}
        yield Happening(at=at, kind=HappeningKind.READINGS_LOST, after="lost", why=why)
    yield from _of_meters(last, now)


def _store(snapshot: LiveSnapshot) -> str:
    return "there" if snapshot.store_reachable else "away"


def _collector(snapshot: LiveSnapshot) -> str | None:
    """None while nobody could know."""
    if snapshot.pipeline is None or not snapshot.store_reachable:
        return None
    return "silent" if snapshot.pipeline.silent else "at_work"


def _polls(snapshot: LiveSnapshot) -> str | None:
    if snapshot.pipeline is None or not snapshot.store_reachable:
        return None
    return "slowed" if snapshot.pipeline.slowed else "as_planned"


def _dropped(snapshot: LiveSnapshot) -> int:
    return 0 if snapshot.pipeline is None else snapshot.pipeline.dropped_total


def _of_meters(last: LiveSnapshot, now: LiveSnapshot) -> Iterator[Happening]:
    stood = {one.meter for one in last.standing}
    stands = {one.meter: one for one in now.standing}
    for meter, standing in stands.items():
        if meter not in stood:
            yield Happening(
                at=from_us(standing.since_us),
                kind=HappeningKind.METER,
                subject=meter,
                before="counts",
                after="stands",
            )
    for meter in sorted(stood - stands.keys()):
        yield Happening(
            at=now.taken_at,
            kind=HappeningKind.METER,
            subject=meter,
            before="stands",
            after="counts",
        )


def _of_devices(before: Mapping[str, DeviceView], now: LiveSnapshot) -> Iterator[Happening]:
    for device in now.devices:
        was = before.get(device.id)
        if was is None:
            continue
        if was.state is not device.state:
            trouble = device.trouble
            yield Happening(
                at=_since(device, now.taken_at),
                kind=HappeningKind.DEVICE,
                subject=device.id,
                before=was.state.value,
                after=device.state.value,
                why={} if trouble is None else {"trouble": trouble.value},
            )
        if was.charge != device.charge:
            yield _charge(device, now.taken_at)


def _since(device: DeviceView, now: datetime) -> datetime:
    """By the collector's clock, unless that is ahead of ours."""
    return now if device.since is None else min(device.since, now)


def _charge(device: DeviceView, now: datetime) -> Happening:
    charge = device.charge
    return Happening(
        at=now if charge is None else charge.at,
        kind=HappeningKind.CHARGE,
        subject=device.id,
        after="given_back" if charge is None else "taken",
        why={} if charge is None else {"name": charge.name, "note": charge.note},
    )


def _of_rules(last: LiveSnapshot, now: LiveSnapshot) -> Iterator[Happening]:
    verdicts = {one.rule_id: one.verdict for one in last.findings}
    for finding in now.findings:
        was = verdicts.get(finding.rule_id)
        if was is not None and was is not finding.verdict:
            yield Happening(
                at=now.taken_at,
                kind=HappeningKind.VERDICT,
                subject=finding.rule_id,
                before=was.value,
                after=finding.verdict.value,
                why={} if finding.lack is None else {"lack": finding.lack},
            )
    states = {one.id: one.state for one in last.breaches}
    for breach in now.breaches:
        state = states.get(breach.id)
        if state is not breach.state:
            yield Happening(
                at=now.taken_at if state is not None else max(breach.last_at, breach.noticed_at),
                kind=HappeningKind.BREACH,
                subject=breach.rule_id,
                before=None if state is None else state.value,
                after=breach.state.value,
                why={"breach": breach.id},
            )
