"""What befalls the plant: events with a start and an end that change its physics.

A scenario is part of what the plant is: a plant stays a pure function of (seed, scenario,
time), and keeps every law of :mod:`simulators.plant.balance`. An event is felt at the 5-minute
nodes in ``[start, end)``; powers go from before to during in a straight line of one node.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np

from models.readings import FloatArray, IntArray
from simulators.plant.errors import ScenarioError
from simulators.plant.signals import UPSS


class ScenarioKind(StrEnum):
    """What may befall the plant."""

    LOOP_REFUSES_HEAT = "loop_refuses_heat"
    HEAT_PUMPS_STOPPED = "heat_pumps_stopped"
    FOULED_EXCHANGER = "fouled_exchanger"
    GENERATOR_RUNS = "generator_runs"
    UPS_ON_BYPASS = "ups_on_bypass"
    UPS_PUMP_MOVED = "ups_pump_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A number an event takes: what is assumed when it is not given, and its bounds."""

    default: float
    least: float
    most: float


EVENT_PARAMS: Final[Mapping[ScenarioKind, Mapping[str, Param]]] = {
    ScenarioKind.LOOP_REFUSES_HEAT: {
        "refused_ratio": Param(default=1.0, least=0.0, most=1.0),
    },
    ScenarioKind.HEAT_PUMPS_STOPPED: {
        "stopped_ratio": Param(default=1.0, least=0.0, most=1.0),
    },
    ScenarioKind.FOULED_EXCHANGER: {
        "ua_ratio": Param(default=0.6, least=0.2, most=1.0),
        "grows_days": Param(default=0.0, least=0.0, most=3650.0),
    },
    ScenarioKind.GENERATOR_RUNS: {
        "power_kw": Param(default=175.0, least=0.0, most=600.0),
    },
    ScenarioKind.UPS_ON_BYPASS: {},
    ScenarioKind.UPS_PUMP_MOVED: {},
}
_DEVICES: Final[Mapping[ScenarioKind, tuple[str, ...]]] = {ScenarioKind.UPS_ON_BYPASS: UPSS}
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioEvent:
    """One event over ``[start, end)``; ``device`` empty means all that it can befall."""

    kind: ScenarioKind
    start: datetime
    end: datetime
    device: str = ""
    params: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what the plant could not play."""
        if self.start.tzinfo is None or self.end.tzinfo is None:
            msg = f"{self.kind.value}: start and end need a time zone"
            raise ScenarioError(msg)
        if self.end <= self.start:
            msg = f"{self.kind.value}: end {self.end} must lie after start {self.start}"
            raise ScenarioError(msg)
        devices = _DEVICES.get(self.kind, ())
        if self.device and self.device not in devices:
            takes = f"it befalls {', '.join(devices)}" if devices else "it takes no device"
            msg = f"{self.kind.value} cannot befall {self.device!r}; {takes}"
            raise ScenarioError(msg)
        _check_params(self.kind, self.params)

    def param(self, name: str) -> float:
        """A parameter, or what is assumed for it."""
        return self.params.get(name, EVENT_PARAMS[self.kind][name].default)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorRun:
    """One run of the generator beyond its tests, at some nodes."""

    start_s: float
    end_s: float
    power_kw: FloatArray
    run_ratio: FloatArray


class Scenario:
    """The events of a plant, asked by the parts of the physics they change.

    Every answer has one value per time given (seconds of UTC since 1970).
    """

    def __init__(self, events: Sequence[ScenarioEvent] = ()) -> None:
        self.events = tuple(events)

    def accepted_ratio(self, unix_s: IntArray) -> FloatArray:
        """Share of its wish for heat that the district keeps."""
        kept = np.ones(unix_s.shape)
        for event, inside in self._during(ScenarioKind.LOOP_REFUSES_HEAT, unix_s):
            kept *= 1.0 - event.param("refused_ratio") * inside
        return kept

    def heat_pumps_ratio(self, unix_s: IntArray) -> FloatArray:
        """Share of the heat pumps' capacity that can run."""
        able = np.ones(unix_s.shape)
        for event, inside in self._during(ScenarioKind.HEAT_PUMPS_STOPPED, unix_s):
            able *= 1.0 - event.param("stopped_ratio") * inside
        return able

    def ua_ratio(self, unix_s: IntArray) -> FloatArray:
        """UA of the exchanger over what it would be; falls in a line over ``grows_days``."""
        ratio = np.ones(unix_s.shape)
        for event, inside in self._during(ScenarioKind.FOULED_EXCHANGER, unix_s):
            grown = np.ones(unix_s.shape)
            if event.param("grows_days") > 0.0:
                days = (unix_s - event.start.timestamp()) / _DAY_S
                grown = np.clip(days / event.param("grows_days"), 0.0, 1.0)
            ratio *= 1.0 - (1.0 - event.param("ua_ratio")) * grown * inside
        return ratio

    def bypass_ratio(self, unix_s: IntArray) -> FloatArray:
        """1 while a UPS is on bypass, else 0; shape (UPSs, times)."""
        ratio = np.zeros((len(UPSS), *unix_s.shape))
        for event, inside in self._during(ScenarioKind.UPS_ON_BYPASS, unix_s):
            for n, device in enumerate(UPSS):
                if event.device in {"", device}:
                    ratio[n] = np.maximum(ratio[n], inside)
        return ratio

    def pump_moved_ratio(self, unix_s: IntArray) -> FloatArray:
        """1 while the chilled-water pump hangs on mechanical board A, else 0."""
        ratio = np.zeros(unix_s.shape)
        for _, inside in self._during(ScenarioKind.UPS_PUMP_MOVED, unix_s):
            ratio = np.maximum(ratio, inside)
        return ratio

    def generator_runs(self, unix_s: IntArray) -> tuple[GeneratorRun, ...]:
        """Every run that has begun by the last of the times."""
        return tuple(
            GeneratorRun(
                start_s=event.start.timestamp(),
                end_s=event.end.timestamp(),
                power_kw=event.param("power_kw") * inside,
                run_ratio=inside,
            )
            for event, inside in self._during(ScenarioKind.GENERATOR_RUNS, unix_s)
            if event.start.timestamp() <= unix_s[-1]
        )

    def _during(
        self, kind: ScenarioKind, unix_s: IntArray
    ) -> Iterator[tuple[ScenarioEvent, FloatArray]]:
        """Events of a kind with 1 at the times inside them, 0 elsewhere."""
        for event in self.events:
            if event.kind is kind:
                inside = (unix_s >= event.start.timestamp()) & (unix_s < event.end.timestamp())
                yield event, inside.astype(np.float64)


NOTHING_HAPPENS: Final = Scenario()


def _check_params(kind: ScenarioKind, params: Mapping[str, float]) -> None:
    known = EVENT_PARAMS[kind]
    unknown = sorted(params.keys() - known.keys())
    if unknown:
        takes = ", ".join(known) or "none"
        msg = f"{kind.value} has no parameter {', '.join(unknown)}; it takes {takes}"
        raise ScenarioError(msg)
    for name, value in params.items():
        bounds = known[name]
        if not bounds.least <= value <= bounds.most:
            msg = f"{kind.value}: {name} must be {bounds.least} to {bounds.most}, got {value}"
            raise ScenarioError(msg)
