"""Alerts about the watching itself: programs, database, spool, clocks."""

from collections.abc import Iterator
from typing import Final

from collectors.pace import TOLD_FROM
from service.alerts.alert import Alert, Example, Kind, Severity, selector
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
    here = selector(site=site)
    last = f"boucle_collector_last_poll_timestamp_seconds{here}"
    return Alert(
        name="BoucleCollectorDown",
        condition=f"absent({last}) or (time() - max({last}) > {_NO_POLL_S})",
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        held=False,
        example=Example(fires={}, silent={last: _TICKS}),
    )


def _evaluation_late(site: str) -> Alert:
    here = selector(site=site)
    seen, work = f"boucle_snapshot_timestamp_seconds{here}", f"boucle_evaluation_at_work{here}"
    late_s = 3 * LATE_AFTER_S
    return Alert(
        name="BoucleEvaluationLate",
        condition=(
            f"(time() - max({seen}) > {late_s:.0f}) or "
            f"(absent(max({work}) == 1) unless on () (time() - max({seen}) <= {late_s:.0f}))"
        ),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        held=False,
        for_s=30,
        example=Example(fires={seen: "0", work: "1"}, silent={seen: _TICKS, work: "1"}),
    )


def _server_down(site: str) -> Alert:
    seen = f"boucle_snapshot_timestamp_seconds{selector(site=site)}"
    return Alert(
        name="BoucleServerDown",
        condition=f"absent({seen})",
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        held=False,
        for_s=120,
        example=Example(fires={}, silent={seen: _TICKS}),
    )


def database_down(site: str) -> Alert:
    """The database answers a program no more."""
    up = f"boucle_database_up{selector(site=site)}"
    program = up.replace("}", ',program="collect"}')
    return Alert(
        name="BoucleDatabaseDown",
        condition=f"min by () ({up}) == bool 0",
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        example=Example(fires={program: "0"}, silent={program: "1"}),
    )


def _told_by_collector(site: str) -> str:
    return f"boucle_collector_last_poll_timestamp_seconds{selector(site=site)}"


def _spool(site: str) -> Iterator[Alert]:
    here, alive = selector(site=site), _told_by_collector(site)
    oldest = f"boucle_spool_oldest_timestamp_seconds{here}"
    size, limit = f"boucle_spool_bytes{here}", f"boucle_spool_limit_bytes{here}"
    yield Alert(
        name="BoucleSpoolGrowing",
        condition=f"time() - max by () ({oldest}) > bool {_WAITS_S}",
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        alive=alive,
        example=Example(fires={oldest: "0"}, silent={oldest: _TICKS}),
    )
    yield Alert(
        name="BoucleSpoolFull",
        condition=(
            f"max by () (predict_linear({size}[15m], {_FULL_WITHIN_S})) > bool max by () ({limit})"
        ),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        for_s=300,
        # 3 kB a minute fill a megabyte in less than a night.
        example=Example(
            fires={size: "0+3000", limit: "1000000"},
            silent={size: "0+1000", limit: "1000000"},
        ),
    )
    refused = f"boucle_spool_disk_refused{here}"
    yield Alert(
        name="BoucleDiskRefused",
        condition=f"max by () ({refused})",
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        for_s=0,
        example=Example(fires={refused: "1"}, silent={refused: "0"}),
    )
    other = f"boucle_store_adoption_needed{here}"
    yield Alert(
        name="BoucleAdoptionNeeded",
        condition=f"max by () ({other})",
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        for_s=0,
        example=Example(fires={other: "1"}, silent={other: "0"}),
    )


def _losses(site: str) -> Iterator[Alert]:
    here = selector(site=site)
    for name, family, severity in (
        ("BoucleReadingsLost", "boucle_readings_dropped_total", Severity.CRITICAL),
        ("BoucleReadingsRefused", "boucle_readings_dead_letter_total", Severity.WARNING),
    ):
        series = f"{family}{here}"
        yield Alert(
            name=name,
            condition=f"max by () (increase({series}[1h])) > bool 0",
            kind=Kind.TECHNICAL,
            severity=severity,
            for_s=0,
            example=Example(fires={series: "0+1"}, silent={series: "7"}),
        )


def _collector_states(site: str) -> Iterator[Alert]:
    here = selector(site=site)
    for name, family, above, severity, for_s in (
        ("BouclePollsStretched", "boucle_poll_stretch_ratio", TOLD_FROM, Severity.WARNING, 300),
        ("BoucleClockMoved", "boucle_collector_clock_in_doubt", 0.0, Severity.WARNING, 0),
        ("BoucleReloadFailed", "boucle_collector_reload_failed", 0.0, Severity.WARNING, 0),
    ):
        series = f"{family}{here}"
        yield Alert(
            name=name,
            condition=f"max by () ({series}) > bool {above:g}",
            kind=Kind.TECHNICAL,
            severity=severity,
            for_s=for_s,
            example=Example(fires={series: f"{above + 1:g}"}, silent={series: f"{above:g}"}),
        )
