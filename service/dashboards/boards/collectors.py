"""The collectors: devices, polls, clocks, and what waits on disk."""

from dataclasses import replace
from typing import Final

from models.readings import DeviceState
from service.dashboards.description import (
    LANG,
    Board,
    Column,
    Look,
    Panel,
    Prometheus,
    Row,
)
from service.dashboards.figures import (
    BAD_IF_ONE,
    DEVICE,
    DEVICE_STATES,
    DEVICE_VARIABLE,
    NONE_WANTED,
    SITE,
    SITE_VARIABLE,
    since_column,
)
from service.dashboards.promql import age, instant_ms, one, rate, series
from service.dashboards.units import BYTES, COUNT, INSTANT, PER_SECOND, SECONDS, SHARE
from service.metrics import collecting, devices, pipeline
from service.metrics.family import Family

_ONE_DEVICE: Final = "=~$device"
_NAMED: Final = "{{site}}, {{device}}"
_SITE: Final = "{{site}}"
# The worse, the higher: what a line over time shows of a device that was in two states.
_STATE_NUMBERS: Final = {
    DeviceState.OK: 0,
    DeviceState.STARTING: 1,
    DeviceState.DEGRADED: 2,
    DeviceState.LOST: 3,
}
_NUMBERED_STATES: Final = tuple(
    replace(shown, value=str(_STATE_NUMBERS[DeviceState(shown.value)])) for shown in DEVICE_STATES
)
_STATE_AS_NUMBER: Final = "max by (site, device) ({})".format(
    " or ".join(
        f"{n} * {series(devices.DEVICE_STATE, state=state.value, device=_ONE_DEVICE)}"
        for state, n in _STATE_NUMBERS.items()
    )
)
_INFO_LABELS: Final = ("site", "device", f"label_{LANG}", "profile", "link", "protocol")


def _of_devices(key: str, expr: str, unit: str, *, width: int = 8) -> Panel:
    return Panel(
        key=key,
        look=Look.SERIES,
        unit=unit,
        width=width,
        queries=(Prometheus(expr=expr, legend=_NAMED),),
    )


def _yes_or_no(key: str, family: Family) -> Panel:
    return Panel(
        key=key,
        look=Look.STAT,
        width=4,
        height=4,
        shown=BAD_IF_ONE,
        queries=(Prometheus(expr=one(family), legend=_SITE),),
    )


def _must_be_none(key: str, family: Family) -> Panel:
    """What was counted in the time shown; a series that was reset counts on."""
    return Panel(
        key=key,
        look=Look.STAT,
        unit=COUNT,
        width=4,
        height=4,
        steps=NONE_WANTED,
        queries=(
            Prometheus(expr=f"max by (site) (increase({series(family)}[$__range]))", legend=_SITE),
        ),
    )


_POLL_COUNT: Final = rate(
    devices.DEVICE_POLLS, suffix="_count", by=("site", "device"), device=_ONE_DEVICE
)
_POLL_TIME: Final = rate(
    devices.DEVICE_POLLS, suffix="_sum", by=("site", "device"), device=_ONE_DEVICE
)
_FAILURES: Final = rate(devices.DEVICE_FAILURES, by=("site", "device"), device=_ONE_DEVICE)

_DEVICES: Final = Row(
    key="devices",
    panels=(
        Panel(
            key="devices_by_state",
            look=Look.STAT,
            unit=COUNT,
            width=8,
            height=5,
            queries=(
                Prometheus(
                    expr=f"sum by (site, state) ({one(devices.DEVICE_STATE)})",
                    legend="{{site}}, {{state}}",
                ),
            ),
        ),
        Panel(
            key="last_poll_age",
            look=Look.STAT,
            unit=SECONDS,
            width=4,
            height=5,
            queries=(Prometheus(expr=age(collecting.LAST_POLL), legend=_SITE),),
        ),
        Panel(
            key="device_table",
            look=Look.TABLE,
            width=12,
            height=13,
            queries=(
                Prometheus(expr=one(devices.DEVICE_INFO, by=_INFO_LABELS, device=_ONE_DEVICE)),
                Prometheus(expr=_STATE_AS_NUMBER),
                Prometheus(expr=instant_ms(devices.DEVICE_STATE_SINCE, device=_ONE_DEVICE)),
                Prometheus(expr=instant_ms(devices.DEVICE_ANSWERED, device=_ONE_DEVICE)),
            ),
            columns=(
                SITE,
                DEVICE,
                Column(field=f"label_{LANG}", word="title"),
                Column(field="profile", word="profile"),
                Column(field="link", word="link"),
                Column(field="protocol", word="protocol"),
                Column(field="Value #B", word="state", shown=_NUMBERED_STATES),
                since_column("Value #C"),
                Column(field="Value #D", word="answered", unit=INSTANT),
            ),
        ),
        Panel(
            key="device_states",
            look=Look.STATES,
            width=12,
            height=8,
            shown=_NUMBERED_STATES,
            queries=(Prometheus(expr=_STATE_AS_NUMBER, legend=_NAMED),),
        ),
    ),
)

_POLLS: Final = Row(
    key="polls",
    panels=(
        _of_devices("polls", _POLL_COUNT, PER_SECOND),
        _of_devices("poll_time", f"{_POLL_TIME} / {_POLL_COUNT}", SECONDS),
        _of_devices("poll_failures", f"{_FAILURES} / {_POLL_COUNT}", SHARE),
        _of_devices(
            "refused_points", one(devices.DEVICE_REFUSED_POINTS, device=_ONE_DEVICE), COUNT
        ),
        _of_devices("split_blocks", one(devices.DEVICE_SPLIT_BLOCKS, device=_ONE_DEVICE), COUNT),
        _of_devices("clock_offset", one(devices.DEVICE_CLOCK_OFFSET, device=_ONE_DEVICE), SECONDS),
        _yes_or_no("clock_in_doubt", collecting.CLOCK_IN_DOUBT),
        _must_be_none("clock_steps", collecting.CLOCK_STEPS),
        _yes_or_no("reload_failed", collecting.RELOAD_FAILED),
        Panel(
            key="stretch",
            look=Look.SERIES,
            unit="suffix: ×",
            queries=(Prometheus(expr=one(collecting.POLL_STRETCH), legend=_SITE),),
        ),
        Panel(
            key="left_out",
            look=Look.SERIES,
            unit=PER_SECOND,
            queries=(Prometheus(expr=rate(collecting.LEFT_OUT), legend=_SITE),),
        ),
    ),
)

_SPOOL: Final = Row(
    key="spool",
    panels=(
        Panel(
            key="spool_readings",
            look=Look.SERIES,
            unit=COUNT,
            width=8,
            queries=(
                Prometheus(expr=one(pipeline.SPOOL_ROWS), legend=_SITE),
                Prometheus(expr=one(collecting.QUEUED), legend="{{site}}, RAM"),
            ),
        ),
        Panel(
            key="spool_bytes",
            look=Look.SERIES,
            unit=BYTES,
            width=8,
            queries=(
                Prometheus(expr=one(pipeline.SPOOL_BYTES), legend=_SITE),
                Prometheus(expr=one(pipeline.SPOOL_LIMIT), legend="{{site}}, max."),
            ),
        ),
        Panel(
            key="spool_age",
            look=Look.SERIES,
            unit=SECONDS,
            width=8,
            queries=(Prometheus(expr=age(pipeline.SPOOL_OLDEST), legend=_SITE),),
        ),
        Panel(
            key="readings_rate",
            look=Look.SERIES,
            unit=PER_SECOND,
            width=24,
            queries=(
                Prometheus(
                    expr=rate(pipeline.COUNTERS["acknowledged_total"]), legend="{{site}}, ↓ spool"
                ),
                Prometheus(expr=rate(pipeline.COUNTERS["written_total"]), legend="{{site}}, → SQL"),
            ),
        ),
        _must_be_none("readings_dropped", pipeline.COUNTERS["dropped_total"]),
        _must_be_none("readings_refused", pipeline.COUNTERS["dead_letter_total"]),
        _must_be_none("readings_lost", pipeline.COUNTERS["lost_total"]),
        _yes_or_no("disk_refused", pipeline.SPOOL_REFUSED),
        _yes_or_no("adoption_needed", pipeline.ADOPTION_NEEDED),
    ),
)

BOARD: Final = Board(
    uid="boucle-collectors",
    key="collectors",
    rows=(_DEVICES, _POLLS, _SPOOL),
    variables=(SITE_VARIABLE, DEVICE_VARIABLE),
    since="now-6h",
)
