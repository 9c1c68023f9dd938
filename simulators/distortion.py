"""Faults that change what a device measures, before it is put on any wire."""

import random
from collections.abc import Mapping

from models.quantities import Quantity
from simulators.faults import Fault, FaultBook, FaultKind
from simulators.site import Point, SimulatedDevice
from simulators.values import LiveValues, Snapshot

_DAY_US = 86_400_000_000
_ELECTRIC = frozenset({Quantity.ACTIVE_POWER, Quantity.ACTIVE_ENERGY})
# what a meter derives from its current transformers
_BY_CURRENT = _ELECTRIC | {
    Quantity.REACTIVE_POWER,
    Quantity.APPARENT_POWER,
    Quantity.POWER_FACTOR,
    Quantity.CURRENT,
}
_HEAT = frozenset({Quantity.HEAT_POWER, Quantity.HEAT_ENERGY})
_FLOW = frozenset({Quantity.VOLUME_FLOW, Quantity.VOLUME}) | _HEAT
# share of the flow a meter still sees with air bubbles in its path
_LEAST_SEEN_SHARE = 0.2
_TEMPERATURES = frozenset({Quantity.TEMPERATURE, Quantity.TEMPERATURE_DIFFERENCE})
_NO_GAIN = frozenset(
    {
        Quantity.VOLTAGE,
        Quantity.FREQUENCY,
        Quantity.POWER_FACTOR,
        Quantity.STATE,
        Quantity.DURATION,
        Quantity.SOUND_LEVEL,
    }
)


def is_too_hot(faults: Mapping[FaultKind, Fault], live: LiveValues) -> bool:
    """Whether a device that gives up in the heat is silent now."""
    fault = faults.get(FaultKind.HOT_DAY_DROPOUT)
    return fault is not None and live.current().outdoor_temp_degc > fault.param("above_degc")


class Distortion:
    """The values one device shows, its faults included.

    What a faulty meter failed to count (or counted too much) stays in its register after the
    fault, as it does in a real one.
    """

    def __init__(self, device: SimulatedDevice, live: LiveValues, faults: FaultBook) -> None:
        self._device = device
        self._live = live
        self._faults = faults
        self._miscounted: dict[str, float] = {}
        self._previous: dict[str, float] = {}
        self._kept: dict[int, Mapping[str, float]] = {}
        self._latest: tuple[int, int, dict[str, float]] | None = None

    def values(self, snapshot: Snapshot) -> dict[str, float]:
        """What the device shows at a snapshot, by point name."""
        faults = self._faults.active(self._device.id)
        mark = (snapshot.version, self._faults.revision)
        if self._latest is not None and self._latest[:2] == mark:
            return self._latest[2]
        sound = {p.name: snapshot.values[self._device.key(p)] for p in self._device.points}
        shown = self._counted(sound, faults, snapshot) if faults or self._miscounted else sound
        self._previous = self._counted_now(snapshot)
        if faults:
            shown = self._replaced(shown, faults, snapshot)
        else:
            self._kept.clear()
        self._latest = (*mark, shown)
        return shown

    def _counted(
        self, sound: Mapping[str, float], faults: Mapping[FaultKind, Fault], snapshot: Snapshot
    ) -> dict[str, float]:
        """Gains of faulty measurement: on gauges now, on counters from now on."""
        shown: dict[str, float] = {}
        for point in self._device.points:
            value = sound[point.name]
            gain, shift = self._gain_and_shift(point, faults, snapshot)
            seen = self._seen_key(point)
            if point.kind == "counter":
                step = value - self._previous.get(self._device.key(point), value)
                # of a meter just swapped the step before is not known: its own stands for it
                seen_step = snapshot.values[seen] - self._previous.get(
                    seen, snapshot.values[seen] - step
                )
                extra = self._miscounted.get(point.name, 0.0) + gain * seen_step - step
                if extra:
                    self._miscounted[point.name] = extra
                shown[point.name] = value + extra
            else:
                shown[point.name] = snapshot.values[seen] * gain + shift
        return shown

    def _seen_key(self, point: Point) -> str:
        """Where a point has its value from: from the other meter while transformers are swapped."""
        other = self._faults.swapped_with(self._device.id)
        if other is None or point.quantity not in _BY_CURRENT:
            return self._device.key(point)
        return other.key(point)

    def _counted_now(self, snapshot: Snapshot) -> dict[str, float]:
        """Registers of this device and of the one it reads, to know their next steps."""
        counters = [p for p in self._device.points if p.kind == "counter"]
        keys = {key for p in counters for key in (self._device.key(p), self._seen_key(p))}
        return {key: snapshot.values[key] for key in keys}

    def _gain_and_shift(
        self, point: Point, faults: Mapping[FaultKind, Fault], snapshot: Snapshot
    ) -> tuple[float, float]:
        gain, shift = 1.0, 0.0
        if FaultKind.CT_REVERSED in faults and point.quantity in _ELECTRIC:
            gain /= 3.0  # one phase of three counts against the other two
        if (glycol := faults.get(FaultKind.GLYCOL)) and point.quantity in _HEAT:
            gain *= glycol.param("gain")  # the calculator takes the heat capacity of water
        if FaultKind.AIR_IN_FLOW in faults and point.quantity in _FLOW:
            gain *= random.Random(snapshot.ts_us // 2_000_000).uniform(_LEAST_SEEN_SHARE, 1.0)
        if FaultKind.REVERSE_FLOW in faults and point.quantity in _FLOW:
            # registers of forward flow stand still while the flow is negative
            gain *= 0.0 if point.kind == "counter" else -0.3
        if drift := faults.get(FaultKind.DRIFT):
            minutes = (self._faults.monotonic_s() - drift.since_s) / 60.0
            if point.quantity in _TEMPERATURES:
                shift = drift.param("k_per_min") * minutes
            elif point.quantity not in _NO_GAIN:
                gain *= 1.0 + drift.param("share_per_min") * minutes
        return gain, shift

    def _replaced(
        self, shown: dict[str, float], faults: Mapping[FaultKind, Fault], snapshot: Snapshot
    ) -> dict[str, float]:
        """Faults that put another time or another index in the place of the value."""
        if FaultKind.YESTERDAY in faults:
            past = self._live.measured_at(snapshot.ts_us - _DAY_US)
            shown = {p.name: past[self._device.key(p)] for p in self._device.points}
        if replaced := faults.get(FaultKind.METER_REPLACED):
            start = self._kept.setdefault(replaced.serial, shown)
            shown = {
                p.name: shown[p.name] - (start[p.name] if p.kind == "counter" else 0.0)
                for p in self._device.points
            }
        if frozen := faults.get(FaultKind.FROZEN):
            shown = dict(self._kept.setdefault(frozen.serial, shown))
        return shown
