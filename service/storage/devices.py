"""What the collector last said of each device."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from collectors.ports import DeviceHealth
from models.readings import DeviceState
from models.trouble.charge import Charge
from models.trouble.trouble import Trouble
from service.storage.connection import Connection
from service.storage.named_sql import load_queries

_SQL = load_queries("devices.sql")
_TROUBLES = frozenset(Trouble)
_CHARGE = TypeAdapter(Charge)
_REPORTED = (
    "device",
    "since",
    "last_ok_at",
    "polls_total",
    "failures_total",
    "consecutive_failures",
    "bad_points",
    "last_error",
    "last_poll_s",
    "clock_offset_s",
    "updated_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStateRow:
    """The state of a device. ``updated_at`` tells whether the collector itself is alive."""

    device: str
    state: DeviceState
    since: datetime
    last_ok_at: datetime | None
    polls_total: int
    failures_total: int
    consecutive_failures: int
    bad_points: int
    last_error: str | None
    last_poll_s: float | None
    clock_offset_s: float | None
    trouble: Trouble | None
    updated_at: datetime
    charge: Charge | None


async def upsert_device_states(
    conn: Connection, site: str, healths: Iterable[DeviceHealth]
) -> None:
    """Write the states of devices, replacing what was known; one per device."""
    rows = [
        (
            h.device,
            h.state.value,
            h.since,
            h.last_ok_at,
            h.polls_total,
            h.failures_total,
            h.consecutive_failures,
            h.bad_points,
            h.last_error,
            h.last_poll_s,
            h.clock_offset_s,
            None if h.trouble is None else h.trouble.value,
        )
        for h in sorted(healths, key=lambda h: h.device)
    ]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await conn.execute(_SQL["upsert_device_states"], site, *columns)


async def fetch_device_states(conn: Connection, site: str) -> list[DeviceStateRow]:
    """The state of every device that ever reported, by name."""
    rows = await conn.fetch(_SQL["fetch_device_states"], site)
    return [
        DeviceStateRow(
            **{name: row[name] for name in _REPORTED},
            state=DeviceState(row["state"]),
            trouble=_trouble(row["trouble"]),
            charge=None if row["charge"] is None else _CHARGE.validate_json(row["charge"]),
        )
        for row in rows
    ]


def _trouble(name: str | None) -> Trouble | None:
    """One that this version does not know, of a newer collector, is another one all the same."""
    if name is None:
        return None
    return Trouble(name) if name in _TROUBLES else Trouble.OTHER
