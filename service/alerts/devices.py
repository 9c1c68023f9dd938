"""Alerts about devices and the links they hang on."""

from collections.abc import Iterator
from typing import Final

from collectors.device_clock import AHEAD_AT_MOST_S, BEHIND_AT_MOST_S
from models.site.devices import Device
from models.site.site import Site
from service.alerts.alert import Alert, Example, Kind, Severity
from service.alerts.conditions import Compared, Shown
from service.alerts.figures import Distance, Latest
from service.alerts.series import Series

# A device is lost after some polls; a gateway that restarts is back within this.
_LOST_S: Final = 30
_MISSED_POLLS: Final = 3
_DEGRADED_S: Final = 600


def device_alerts(site: Site) -> Iterator[Alert]:
    """Every device, and every link that more than one hangs on."""
    by_link: dict[str, list[Device]] = {}
    for device in site.devices.values():
        by_link.setdefault(device.link, []).append(device)
        yield from _of_device(site.identity.id, device)
    for link, devices in by_link.items():
        if len(devices) > 1:
            yield _of_link(site.identity.id, link, devices)


def _of_device(site: str, device: Device) -> Iterator[Alert]:
    here = {"site": site, "device": device.id}
    labels = {"device": device.id, "link": device.link}
    words = {"label_fr": device.label_fr, "label_en": device.label_en, "link": device.link}
    up = Series(family="boucle_device_up", labels=here)
    yield Alert(
        name="BoucleDeviceDown",
        when=Compared(figure=Latest(up), than="==", limit=0),
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        for_s=max(_LOST_S, round(_MISSED_POLLS * device.poll_s)),
        labels=labels,
        words=words,
        example=Example(fires={up.promql: "0"}, silent={up.promql: "1"}),
    )
    state = Series(family="boucle_device_state", labels={**here, "state": "degraded"})
    yield Alert(
        name="BoucleDeviceDegraded",
        when=Shown(Latest(state)),
        kind=Kind.TECHNICAL,
        severity=Severity.INFO,
        for_s=_DEGRADED_S,
        labels=labels,
        words=words,
        example=Example(fires={state.promql: "1"}, silent={state.promql: "0"}),
    )
    if device.protocol == "opcua":
        offset = Series(family="boucle_device_clock_offset_seconds", labels=here)
        middle_s = (AHEAD_AT_MOST_S - BEHIND_AT_MOST_S) / 2.0
        reach_s = (AHEAD_AT_MOST_S + BEHIND_AT_MOST_S) / 2.0
        yield Alert(
            name="BoucleDeviceClockOff",
            # Ahead or behind by too much, in one comparison: the distance to the middle.
            when=Compared(figure=Distance(offset, middle_s), than=">", limit=reach_s),
            kind=Kind.TECHNICAL,
            severity=Severity.WARNING,
            for_s=120,
            labels=labels,
            words=words,
            example=Example(
                fires={offset.promql: f"{AHEAD_AT_MOST_S + 1:g}"},
                silent={offset.promql: f"{-BEHIND_AT_MOST_S + 1:g}"},
            ),
        )


def _of_link(site: str, link: str, devices: list[Device]) -> Alert:
    names = tuple(device.id for device in devices)
    up = Series(family="boucle_device_up", labels={"site": site}, one_of={"device": names})
    series = [
        Series(family="boucle_device_up", labels={"site": site, "device": name}).promql
        for name in names
    ]
    return Alert(
        name="BoucleLinkDown",
        when=Compared(figure=Latest(up), than="==", limit=0),
        kind=Kind.TECHNICAL,
        severity=Severity.CRITICAL,
        for_s=_LOST_S,
        labels={"link": link},
        words={"link": link, "count": str(len(devices))},
        example=Example(
            fires=dict.fromkeys(series, "0"),
            silent={**dict.fromkeys(series, "0"), series[0]: "1"},
        ),
    )
