"""Scripted faults: what can be done to a device, and what is being done to it now."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from collectors.profiles.schema import ModbusProfile
from models.quantities import Quantity
from simulators.errors import FaultError
from simulators.site import SimulatedDevice, SimulatedSite


class FaultKind(StrEnum):
    """Everything that can be done to a device."""

    SILENT = "silent"
    REFUSED = "refused"
    UNPLUGGED = "unplugged"
    SLOW = "slow"
    LYING = "lying"
    GARBAGE = "garbage"
    EXCEPTIONS = "exceptions"
    SHORT = "short"
    FROZEN = "frozen"
    SWAPPED_WORDS = "swapped_words"
    CT_REVERSED = "ct_reversed"
    METER_REPLACED = "meter_replaced"
    ROLLOVER = "rollover"
    CLOCK_JUMP = "clock_jump"
    DRIFT = "drift"
    BAD_STATUS = "bad_status"
    GLYCOL = "glycol"
    AIR_IN_FLOW = "air_in_flow"
    REVERSE_FLOW = "reverse_flow"
    YESTERDAY = "yesterday"
    SWAPPED_CTS = "swapped_cts"
    HOT_DAY_DROPOUT = "hot_day_dropout"
    LOCAL_CLOCK = "local_clock"


# parameters a fault takes, with what is assumed when they are not given
PARAMS: Final[Mapping[FaultKind, Mapping[str, float]]] = {
    FaultKind.SLOW: {"seconds": 3.0},
    FaultKind.ROLLOVER: {"counts": 200.0},
    FaultKind.CLOCK_JUMP: {"seconds": 3600.0},
    FaultKind.DRIFT: {"share_per_min": 0.02, "k_per_min": 0.5},
    FaultKind.GLYCOL: {"gain": 1.08},
    # unit of the other meter on the same link; there is none to assume
    FaultKind.SWAPPED_CTS: {"unit": math.nan},
    FaultKind.HOT_DAY_DROPOUT: {"above_degc": 28.0},
}
_MODBUS_ONLY: Final = frozenset(
    {
        FaultKind.SLOW,
        FaultKind.GARBAGE,
        FaultKind.EXCEPTIONS,
        FaultKind.SHORT,
        FaultKind.SWAPPED_WORDS,
        FaultKind.ROLLOVER,
        FaultKind.SWAPPED_CTS,
    }
)
_OPCUA_ONLY: Final = frozenset({FaultKind.CLOCK_JUMP, FaultKind.LOCAL_CLOCK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault at work. ``serial`` tells it from an earlier one of the same kind."""

    device: str
    kind: FaultKind
    serial: int
    since_s: float
    until_s: float | None
    params: Mapping[str, float] = field(default_factory=dict)

    def param(self, name: str) -> float:
        """A parameter, or what is assumed for it."""
        return self.params.get(name, PARAMS[self.kind][name])


class FaultBook:
    """The faults at work, by device. A fault with a duration ends by itself."""

    def __init__(
        self, site: SimulatedSite, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.revision = 0
        self.monotonic_s = monotonic_s
        self._devices = {device.id: device for device in site.devices}
        self._active: dict[str, dict[FaultKind, Fault]] = {}

    def apply(
        self, device: str, kind: str, seconds: float | None, params: Mapping[str, float]
    ) -> Fault:
        """Start a fault, or start it anew; ``seconds`` None is until cleared."""
        known = self._known(device)
        try:
            fault_kind = FaultKind(kind)
        except ValueError:
            msg = f"{kind!r} is not a fault; use one of {', '.join(FaultKind)}"
            raise FaultError(msg) from None
        _require_fits(known, fault_kind, params)
        if fault_kind is not FaultKind.SWAPPED_CTS:
            return self._start(device, fault_kind, seconds, params)
        other = self._neighbour(known, params)
        self._end_swap(device)
        self._end_swap(other.id)
        # what one meter shows too much the other shows too little: they begin and end together
        self._start(other.id, fault_kind, seconds, {"unit": float(known.device.unit or 0)})
        return self._start(device, fault_kind, seconds, params)

    def clear(self, device: str) -> None:
        """End all faults of a device, and what they made another one do."""
        self._known(device)
        self._end_swap(device)
        self._active.pop(device, None)
        self.revision += 1

    def swapped_with(self, device: str) -> SimulatedDevice | None:
        """The meter whose current transformers this one reads, if they are swapped now."""
        fault = self.active(device).get(FaultKind.SWAPPED_CTS)
        return None if fault is None else self._neighbour(self._known(device), fault.params)

    def active(self, device: str) -> Mapping[FaultKind, Fault]:
        """The faults of one device now."""
        faults = self._active.get(device)
        if not faults:
            return _NONE
        now_s = self.monotonic_s()
        ended = [k for k, f in faults.items() if f.until_s is not None and f.until_s <= now_s]
        if ended:
            self.revision += 1
            for kind in ended:
                del faults[kind]
        return faults

    def all_active(self) -> tuple[Fault, ...]:
        """Every fault at work."""
        return tuple(f for device in list(self._active) for f in self.active(device).values())

    def is_off_line(self, device: SimulatedDevice) -> bool:
        """Whether its own socket should be closed."""
        faults = self.active(device.id)
        alone = device.is_alone and FaultKind.UNPLUGGED in faults
        return alone or FaultKind.REFUSED in faults

    def _start(
        self, device: str, kind: FaultKind, seconds: float | None, params: Mapping[str, float]
    ) -> Fault:
        self.revision += 1
        now_s = self.monotonic_s()
        fault = Fault(
            device=device,
            kind=kind,
            serial=self.revision,
            since_s=now_s,
            until_s=None if seconds is None else now_s + seconds,
            params=dict(params),
        )
        self._active.setdefault(device, {})[kind] = fault
        return fault

    def _end_swap(self, device: str) -> None:
        other = self.swapped_with(device)
        for one in (device, other.id) if other else ():
            self._active.get(one, {}).pop(FaultKind.SWAPPED_CTS, None)

    def _neighbour(self, device: SimulatedDevice, params: Mapping[str, float]) -> SimulatedDevice:
        """The other meter of the same make on the link of a device, by its unit."""
        for other in self._devices.values():
            is_alike = other.link.id == device.link.id and other.profile.id == device.profile.id
            if is_alike and other.id != device.id and other.device.unit == params.get("unit"):
                return other
        msg = (
            f"swapped_cts of {device.id} needs unit: that of another {device.profile.id}"
            f" on link {device.link.id}"
        )
        raise FaultError(msg)

    def _known(self, device: str) -> SimulatedDevice:
        found = self._devices.get(device)
        if found is None:
            msg = f"there is no device {device!r}; devices are {', '.join(self._devices)}"
            raise FaultError(msg)
        return found


_NONE: Final[Mapping[FaultKind, Fault]] = {}


def _require_fits(device: SimulatedDevice, kind: FaultKind, params: Mapping[str, float]) -> None:
    is_modbus = isinstance(device.profile, ModbusProfile)
    if kind in _MODBUS_ONLY and not is_modbus:
        msg = f"{kind.value} is a fault of Modbus devices; {device.id} speaks OPC UA"
        raise FaultError(msg)
    if kind in _OPCUA_ONLY and is_modbus:
        msg = f"{kind.value} is a fault of OPC UA devices; {device.id} speaks Modbus"
        raise FaultError(msg)
    if kind is FaultKind.REFUSED and not (device.is_alone and is_modbus):
        msg = f"{device.id} shares link {device.link.id} with others; use unplugged or silent"
        raise FaultError(msg)
    if kind is FaultKind.SWAPPED_CTS and not any(
        point.quantity is Quantity.ACTIVE_ENERGY for point in device.points
    ):
        msg = f"{device.id} counts no electricity: it has no current transformers to swap"
        raise FaultError(msg)
    unknown = sorted(params.keys() - PARAMS.get(kind, {}).keys())
    if unknown:
        takes = ", ".join(PARAMS.get(kind, {})) or "none"
        msg = f"{kind.value} has no parameter {', '.join(unknown)}; it takes {takes}"
        raise FaultError(msg)
