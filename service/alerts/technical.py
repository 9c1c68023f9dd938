"""Alerts about the watching itself: programs, database, spool, clocks."""

from collections.abc import Iterator
from typing import Final

from collectors.pace import TOLD_FROM
from service.alerts.alert import Alert, Example, Kind, Severity
from service.alerts.conditions import (
    Absent,
    AbsentOrOlder,
    Compared,
    NobodyAtWork,
    OlderThan,
    Shown,
)
from service.alerts.figures import Expected, Increase, Latest
from service.alerts.series import Series
from service.live.feed import LATE_AFTER_S

# A poll that has not ended for two minutes: longer than any device is left alone.
_NO_POLL_S: Final = 120
# The spool is emptied each second. What waits for two minutes waits for something.
_WAITS_S: Final = 120
# So long before the spool is full somebody should see to it: a night.
_FULL_WITHIN_S: Final = 8 * 3600
_TICKS: Final = "0+60"


def technical_alerts(site: str) -> Iterator[Alert]:
    """Every alert about programs and their ways, for one site."""
    yield collector_down(site)
    yield _evaluation_late(site)
    yield _server_down(site)
    yield database_down(site)
    yield from _spool(site)
    yield from _losses(site)
    yield from _collector_states(site)


def collector_down(site: str) -> Alert:
    """Nobody polls."""
    last = _told_by_collector(site)
    return Alert(
        name="BoucleCollectorDown",
        when=AbsentOrOlder(last, _NO_POLL_S),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        held=False,
        example=Example(fires={}, silent={last.promql: _TICKS}),
    )


def _evaluation_late(site: str) -> Alert:
    seen = _of_site(site, "boucle_snapshot_timestamp_seconds")
    work = _of_site(site, "boucle_evaluation_at_work")
    return Alert(
        name="BoucleEvaluationLate",
        when=NobodyAtWork(made=seen, at_work=work, seconds=round(3 * LATE_AFTER_S)),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        held=False,
        for_s=30,
        example=Example(
            fires={seen.promql: "0", work.promql: "1"},
            silent={seen.promql: _TICKS, work.promql: "1"},
        ),
    )


def _server_down(site: str) -> Alert:
    seen = _of_site(site, "boucle_snapshot_timestamp_seconds")
    return Alert(
        name="BoucleServerDown",
        when=Absent(seen),
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        held=False,
        for_s=120,
        example=Example(fires={}, silent={seen.promql: _TICKS}),
    )


def database_down(site: str) -> Alert:
    """The database answers a program no more."""
    up = _of_site(site, "boucle_database_up")
    program = _of_site(site, "boucle_database_up", program="collect").promql
    return Alert(
        name="BoucleDatabaseDown",
        when=Compared(figure=Latest(up), than="==", limit=0, least=True),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        example=Example(fires={program: "0"}, silent={program: "1"}),
    )


def _of_site(site: str, family: str, **labels: str) -> Series:
    return Series(family=family, labels={"site": site, **labels})


def _told_by_collector(site: str) -> Series:
    return _of_site(site, "boucle_collector_last_poll_timestamp_seconds")


def _spool(site: str) -> Iterator[Alert]:
    alive = _told_by_collector(site)
    oldest = _of_site(site, "boucle_spool_oldest_timestamp_seconds")
    size, limit = _of_site(site, "boucle_spool_bytes"), _of_site(site, "boucle_spool_limit_bytes")
    yield Alert(
        name="BoucleSpoolGrowing",
        when=OlderThan(oldest, _WAITS_S),
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        alive=alive,
        example=Example(fires={oldest.promql: "0"}, silent={oldest.promql: _TICKS}),
    )
    yield Alert(
        name="BoucleSpoolFull",
        when=Compared(figure=Expected(size, 15, _FULL_WITHIN_S), than=">", limit=limit),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        for_s=300,
        # 3 kB a minute fill a megabyte in less than a night.
        example=Example(
            fires={size.promql: "0+3000", limit.promql: "1000000"},
            silent={size.promql: "0+1000", limit.promql: "1000000"},
        ),
    )
    refused = _of_site(site, "boucle_spool_disk_refused")
    yield Alert(
        name="BoucleDiskRefused",
        when=Shown(Latest(refused)),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        for_s=0,
        example=Example(fires={refused.promql: "1"}, silent={refused.promql: "0"}),
    )
    other = _of_site(site, "boucle_store_adoption_needed")
    yield Alert(
        name="BoucleAdoptionNeeded",
        when=Shown(Latest(other)),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        for_s=0,
        example=Example(fires={other.promql: "1"}, silent={other.promql: "0"}),
    )


def _losses(site: str) -> Iterator[Alert]:
    for name, family, severity in (
        ("BoucleReadingsLost", "boucle_readings_dropped_total", Severity.CRITICAL),
        ("BoucleReadingsRefused", "boucle_readings_dead_letter_total", Severity.WARNING),
    ):
        series = _of_site(site, family)
        yield Alert(
            name=name,
            when=Compared(figure=Increase(series, 1), than=">", limit=0),
            kind=Kind.TECHNICAL,
            severity=severity,
            for_s=0,
            example=Example(fires={series.promql: "0+1"}, silent={series.promql: "7"}),
        )


def _collector_states(site: str) -> Iterator[Alert]:
    for name, family, above, severity, for_s in (
        ("BouclePollsStretched", "boucle_poll_stretch_ratio", TOLD_FROM, Severity.WARNING, 300),
        ("BoucleClockMoved", "boucle_collector_clock_in_doubt", 0.0, Severity.WARNING, 0),
        ("BoucleReloadFailed", "boucle_collector_reload_failed", 0.0, Severity.WARNING, 0),
    ):
        series = _of_site(site, family)
        yield Alert(
            name=name,
            when=Compared(figure=Latest(series), than=">", limit=above),
            kind=Kind.TECHNICAL,
            severity=severity,
            for_s=for_s,
            example=Example(
                fires={series.promql: f"{above + 1:g}"}, silent={series.promql: f"{above:g}"}
            ),
        )
